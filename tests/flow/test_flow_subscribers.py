"""All subscriptions in memory: whatever came before, they are as the store has them."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
import virtual
from fakes import FakeStore
from flow_made import ANNA, GENERAL, MONDAY, arxiv, channel
from hypothesis import given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs
from virtual import FakeClock

from bot.flow import subscribers as module
from bot.flow.match import alerts_of
from bot.flow.subscribers import Subscribers, follow
from bot.flow.table import Table
from bot.match.mute import muted
from bot.match.plain import holds
from bot.model.channel import Channel, ChannelId, Pause
from bot.model.errors import StoreDown
from bot.model.subscription import ChangeType
from bot.ports import EventKind, PaperEvent
from bot.query.ast import Query
from bot.query.parse import parse

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from bot.model.alert import Alert, Reason
    from bot.model.paper import Paper
    from bot.model.subscription import Subscription

PLACES = tuple(replace(GENERAL, channel=name) for name in ("general", "b", "ü:c"))
QUERIES = ("widgets", "study -gadgets", '"widgets"', "cat:cs.CL", "no (a OR b)", "wid*", "OR (")
PAPERS = (
    arxiv(1),
    arxiv(2, "Gadgets", abstract="No a."),
    arxiv(3, "Of b", categories=("math.AG",)),
)


class Kept:
    """A Snapshots port in memory; `pieces` are joined as a file would join them."""

    def __init__(self, data: bytes | None = None) -> None:
        self.data = data

    async def load(self) -> bytes | None:
        """What was saved last."""
        return self.data

    async def save(self, pieces: Sequence[bytes | bytearray | memoryview]) -> None:
        """Keep it."""
        self.data = b"".join(pieces)

    async def drop(self) -> None:
        """Keep nothing."""
        self.data = None


async def no_wait(seconds: float) -> None:
    """A turn for others."""


def alerts(subscribers: Subscribers) -> list[Alert]:
    """What all kinds of change of the papers would queue, in the order of channels."""
    kinds = (EventKind.NEW, EventKind.CROSS)
    found = [
        alert
        for paper in PAPERS
        for kind in kinds
        for alert in alerts_of(PaperEvent("1-0", kind, paper, MONDAY), subscribers, MONDAY)
    ]
    return sorted(found, key=lambda alert: (alert.key, alert.channel, repr(alert)))


async def set_channel(store: FakeStore, one: Channel) -> None:
    """Write the channel over what is there."""
    known = await store.channels.read(one.id)
    await store.channels.write([replace(one, revision=known.revision)], None, 10_000)


async def plainly(store: FakeStore) -> list[tuple[str, ChannelId, list[int]]]:
    """The same by the plain evaluator: key, channel and numbers of each alert."""
    found = []
    for paper in PAPERS:
        for wanted in (ChangeType.NEW, ChangeType.CROSS):
            async for one in store.channels.all():
                numbers = [
                    each.number
                    for each in one.subscriptions
                    if each.pause is None and wanted in each.types and _holds(each.query, paper)
                ]
                if numbers and muted(one.muted, paper) is None:
                    found.append((str(paper.id), one.id, numbers))
    return sorted(found)


def _holds(text: str, paper: Paper) -> bool:
    query = parse(text)
    return isinstance(query, Query) and holds(query.tree, paper)


async def agree(store: FakeStore, subscribers: Subscribers) -> None:
    """These subscribers say what others say who read all anew, and what the papers say."""
    fresh = Subscribers()
    await fresh.refresh(store.channels)
    assert alerts(subscribers) == alerts(fresh)
    found = alerts(subscribers)
    said = [(str(one.key), one.channel, [why.number for why in one.reasons]) for one in found]
    assert sorted(said) == await plainly(store)
    assert subscribers.named == fresh.named
    assert len(subscribers) == len(fresh)


SUBSCRIPTION = st.tuples(
    st.sampled_from(["s1", "s2", "s3", "s4"]),
    st.sampled_from(QUERIES),
    st.booleans(),
    st.sampled_from([frozenset({ChangeType.NEW}), frozenset(ChangeType)]),
    st.sampled_from([None, "A name", "ü\0\1\2 Ω"]),
)
WRITE = st.tuples(
    st.sampled_from(PLACES),
    st.lists(SUBSCRIPTION, max_size=3, unique_by=lambda one: one[0]),
    st.sampled_from([(), (), ("gadgets",)]),
)


def made(place: ChannelId, wanted: Sequence[tuple[Any, ...]], muted: tuple[str, ...]) -> Channel:
    """A channel of a generated write."""
    one = channel(*(query for _, query, *_ in wanted), channel_id=place, muted=muted)
    pause = Pause(MONDAY, "later", ANNA)

    def drawn(subscription: Subscription, seed: tuple[Any, ...]) -> Subscription:
        name, _, is_paused, types, label = seed
        return replace(
            subscription, id=name, pause=pause if is_paused else None, types=types, name=label
        )

    return replace(one, subscriptions=tuple(map(drawn, one.subscriptions, wanted)))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(WRITE, max_size=4), min_size=1, max_size=5), st.integers(0, 5))
def test_changes_in_any_order_end_as_a_fresh_reading(
    rounds: list[list[Any]], restart: int
) -> None:
    """After any changes, and a restart from a snapshot, all is as if read anew."""

    async def story() -> None:
        store, kept = FakeStore(), Kept()
        following = Subscribers(snapshots=kept, snapshot_from=1)
        for number, writes in enumerate(rounds):
            for write in writes:
                await set_channel(store, made(*write))
            if number == restart:
                following = Subscribers(snapshots=kept, snapshot_from=1)
            await following.refresh(store.channels, no_wait)
            await agree(store, following)
            await following.save(no_wait)

    asyncio.run(story())


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(WRITE, max_size=6), max_size=4))
def test_channels_put_together_are_as_one_by_one(batches: list[list[Any]]) -> None:
    """Known and new channels, one repeatedly, paused and unreadable ones: the tables agree."""
    together, alone = Table(), Table()
    for batch in batches:
        channels = [replace(made(*write), revision=at) for at, write in enumerate(batch)]
        together.put_many(channels)
        for one in channels:
            alone.put(one)

        assert len(together) == len(alone)
        assert _said(together) == _said(alone)
        assert together.classes.counts == alone.classes.counts
        found = zip(together.match(PAPERS), alone.match(PAPERS), strict=True)
        assert all(_names(together, one) == _names(alone, two) for one, two in found)


def _said(table: Table) -> dict[ChannelId, Any]:
    """What a table knows of each channel, but for its numbers."""
    return {
        one: (table.revision(one), table.muted.get(place), [row[1:] for row in table.rows(one)])
        for one, place in table.places.items()
    }


def _names(table: Table, found: Any) -> list[tuple[ChannelId, Reason]]:
    """What is said of the subscriptions of these numbers, but of paused ones."""
    wanted = table.wanted(found, frozenset(ChangeType))
    those = ((table.channel(at), table.reasons(at, numbers)) for at, numbers in wanted)
    return sorted(((one, each) for one, some in those for each in some), key=repr)


async def saved(store: FakeStore) -> Kept:
    """A snapshot of the store as it is."""
    kept = Kept()
    subscribers = Subscribers(snapshots=kept, snapshot_from=1)
    await subscribers.refresh(store.channels, no_wait)
    await subscribers.save(no_wait)
    assert kept.data
    return kept


class Troubled:
    """A feed of channels that brings each twice, breaks off once, and tells of changes."""

    def __init__(self, store: FakeStore, breaks_after: int = 0) -> None:
        self._port = store.channels
        self._left = breaks_after

    def __getattr__(self, name: str) -> Any:
        return getattr(self._port, name)

    async def all(self) -> AsyncIterator[Channel]:
        """As ChannelFeed.all."""
        async for one in self._port.all():
            yield one
            yield one
            self._left -= 1
            if not self._left:
                raise StoreDown("It is gone.")


async def filled(count: int) -> FakeStore:
    """A store of so many channels with two subscriptions each."""
    store = FakeStore()
    for number in range(count):
        place = replace(GENERAL, channel=f"c{number}")
        await set_channel(store, channel("widgets", f'"study {number}"', channel_id=place))
    return store


async def test_a_reading_that_broke_off_begins_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was taken in before the store failed is neither there nor there twice."""
    monkeypatch.setattr(module, "READ", 5)
    store = await filled(20)
    feed = Troubled(store, breaks_after=11)
    subscribers = Subscribers()
    with pytest.raises(StoreDown):
        await subscribers.refresh(feed, no_wait)
    assert not subscribers.is_read

    await subscribers.refresh(feed, no_wait)

    assert len(subscribers) == 40
    await agree(store, subscribers)


async def test_what_changes_while_all_are_read_is_not_missed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Channels are set, emptied and made between the parts: the next look has them all."""
    monkeypatch.setattr(module, "READ", 5)
    store = await filled(20)
    subscribers = Subscribers()
    turns = 0

    async def change(seconds: float) -> None:
        nonlocal turns
        del seconds
        turns += 1
        for query, number in (("gadgets -study", turns % 20), ("no", 30 + turns)):
            place = replace(GENERAL, channel=f"c{number}")
            await set_channel(store, channel(query, "widgets", channel_id=place))
        await set_channel(store, channel(channel_id=replace(GENERAL, channel=f"c{turns % 7}")))

    await subscribers.refresh(Troubled(store), change)
    assert turns > 10
    await subscribers.refresh(store.channels, no_wait)

    await agree(store, subscribers)


async def test_a_long_reading_tells_how_far_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """Progress is logged every so many channels, and the whole at the end."""
    monkeypatch.setattr(module, "READ", 7)
    monkeypatch.setattr(module, "TELL", 6)
    store = await filled(20)
    with capture_logs() as logs:
        await Subscribers().refresh(store.channels, no_wait)

    told = [(one["event"].split(".")[1], one["channels"]) for one in logs]
    assert told == [("reading", 6), ("reading", 12), ("reading", 18), ("read", 20)]
    assert logs[-1]["subscriptions"] == 40


class Counting:
    """A feed of channels that counts what is read from it."""

    def __init__(self, store: FakeStore) -> None:
        self._port = store.channels
        self.read: list[str] = []

    def __getattr__(self, name: str) -> Any:
        if name in ("all", "several", "revisions"):
            self.read.append(name)
        return getattr(self._port, name)


async def restarted(store: FakeStore, kept: Kept) -> list[str]:
    """What another process reads that begins with the snapshot; it ends as one that has none."""
    feed = Counting(store)
    following = Subscribers(snapshots=kept, snapshot_from=1)
    await following.refresh(feed, no_wait)
    await agree(store, following)
    return feed.read


async def test_a_restart_reads_only_what_changed() -> None:
    """From a snapshot on, nothing is read again but what the log names."""
    store = FakeStore()
    await set_channel(store, channel("widgets", "cat:cs.CL", muted=("gadgets",)))
    kept = await saved(store)
    assert await restarted(store, kept) == []

    await set_channel(store, channel("study", channel_id=PLACES[1]))
    assert await restarted(store, kept) == ["several"]


async def test_a_gap_is_healed_by_revisions() -> None:
    """Where the log is too short, revisions tell what changed, came and went."""
    store = FakeStore()
    await set_channel(store, channel("widgets"))
    await set_channel(store, channel("study", channel_id=PLACES[1]))
    kept = await saved(store)
    for _ in range(1_100):
        await set_channel(store, channel("study", channel_id=PLACES[2]))
    await set_channel(store, channel("gadgets", "widgets"))
    del store.channels._channels[PLACES[1]]  # as erasing does

    assert await restarted(store, kept) == ["revisions", "several"]


async def test_a_gap_is_written_down_at_once() -> None:
    """After a gap the snapshot does not wait: it may hold a tenant that was erased."""
    store = FakeStore()
    await set_channel(store, channel("widgets"))
    await set_channel(store, channel('"very secret"', channel_id=PLACES[1]))
    kept = await saved(store)
    assert b"very secret" in (kept.data or b"")
    following = Subscribers(snapshots=kept, snapshot_from=1)
    await following.refresh(store.channels, no_wait)
    assert not following.is_to_save

    for _ in range(1_100):
        await set_channel(store, channel("widgets", "study"))
    del store.channels._channels[PLACES[1]]
    await following.refresh(store.channels, no_wait)

    assert following.is_to_save
    await following.save(no_wait)
    assert b"very secret" not in (kept.data or b"very secret")


async def test_too_few_for_a_snapshot_leave_none() -> None:
    """A store that has become small keeps no snapshot of what it was."""
    store = FakeStore()
    await set_channel(store, channel("widgets"))
    kept = await saved(store)
    following = Subscribers(snapshots=kept, snapshot_from=2)
    await following.refresh(store.channels, no_wait)
    await set_channel(store, channel("study"))
    await following.refresh(store.channels, no_wait)
    await following.save(no_wait)

    assert kept.data is None


@settings(deadline=None)
@given(st.data())
def test_no_bytes_break_a_start(data: st.DataObject) -> None:
    """A damaged snapshot that passed for whole is not used, or says the same; none raises."""

    async def story() -> None:
        store = FakeStore()
        await set_channel(store, channel("widgets", "cat:cs.CL"))
        whole = (await saved(store)).data or b""
        cut = data.draw(st.integers(0, min(len(whole), 900)))
        damaged = data.draw(st.sampled_from([whole[:cut], whole[:cut] + b"x", b"", b"{}\n"]))
        following = Subscribers(snapshots=Kept(damaged), snapshot_from=1)
        await following.refresh(store.channels, no_wait)
        await agree(store, following)

    asyncio.run(story())


async def test_who_matches_nothing_takes_no_snapshot_of_who_does() -> None:
    """A process without an index does not begin with one, nor the other way round."""
    store = FakeStore()
    await set_channel(store, channel("widgets cat:cs.CL"))
    plain = Subscribers(matching=False, snapshots=await saved(store), snapshot_from=1)
    await plain.refresh(store.channels, no_wait)

    assert plain.named == {"cs.cl"}
    assert plain.table.index is None


async def test_what_moves_is_never_nowhere() -> None:
    """Between two parts of a long list, what moves stands in one channel or in both."""
    store = FakeStore()
    await set_channel(store, channel("widgets"))
    target = replace(GENERAL, channel="target")
    moved = replace(channel("widgets").subscriptions[0], channel=target)
    subscribers = Subscribers()
    await subscribers.refresh(store.channels)
    await set_channel(store, channel())  # it leaves first, and comes last
    for number in range(3 * module.PART):
        away = replace(GENERAL, channel=f"c{number}")
        await set_channel(store, channel("gadgets", channel_id=away))
    await set_channel(store, Channel(target, subscriptions=(moved,)))
    seen: list[int] = []

    async def look(seconds: float) -> None:
        del seconds
        change = PaperEvent("1-0", EventKind.NEW, arxiv(1), MONDAY)
        seen.append(len(alerts_of(change, subscribers, MONDAY)))

    await subscribers.refresh(store.channels, look)

    assert seen[-1] == 1
    assert min(seen) == 1
    assert len(seen) > 3


def test_changes_of_others_follow_within_a_second() -> None:
    """What another process sets counts within a second, also while no paper comes."""
    clock = FakeClock()
    store = FakeStore(clock)
    subscribers = Subscribers()

    async def story() -> None:
        stop = asyncio.Event()
        async with asyncio.TaskGroup() as group:
            group.create_task(follow(subscribers, store.channels, clock, stop))
            await clock.sleep(10)
            assert len(subscribers) == 0
            await set_channel(store, channel("widgets"))
            await clock.sleep(0.9)
            assert len(subscribers) == 1
            assert alerts(subscribers)
            stop.set()

    virtual.run(story, clock)


async def test_nothing_moves_under_who_matches() -> None:
    """While somebody matches, changes wait."""
    store = FakeStore()
    subscribers = Subscribers()
    await subscribers.refresh(store.channels)
    await set_channel(store, channel("widgets"))
    async with asyncio.TaskGroup() as group:
        async with subscribers.still:
            change = group.create_task(subscribers.refresh(store.channels, no_wait))
            for _ in range(20):
                await FakeClock(skips=True).sleep(0)
            assert len(subscribers) == 0
        await change

    assert len(subscribers) == 1


async def test_numbers_and_places_are_used_again() -> None:
    """Coming and going for long takes no more room than what is there at once."""
    store = FakeStore()
    subscribers = Subscribers()
    for number in range(60):
        place = PLACES[number % 3]
        await set_channel(store, channel("widgets", "study", channel_id=place))
        await subscribers.refresh(store.channels)
        await set_channel(store, channel(channel_id=place))
        await subscribers.refresh(store.channels)

    assert len(subscribers) == 0
    assert subscribers.table.numbers_made <= 4
    assert len(subscribers.table.ids) <= 2


@pytest.mark.parametrize("matching", [True, False])
async def test_a_million_need_no_object_each(*, matching: bool) -> None:
    """Beside the index some hundred bytes a subscription are kept, and no query's tree."""
    store = FakeStore()
    for number in range(200):
        place = replace(GENERAL, channel=f"c{number}")
        await set_channel(store, channel(*["widgets"] * 10, channel_id=place))
    subscribers = Subscribers(matching=matching)
    await subscribers.refresh(store.channels)
    table = subscribers.table
    packed = sum(map(len, table.packed))

    assert len(subscribers) == 2_000
    assert packed / 2_000 < 40
    assert table.channel_of.itemsize + table.row_at.itemsize + table.types.itemsize == 9
