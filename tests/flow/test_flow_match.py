from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from fakes import FakeStore
from flow_made import ANNA, GENERAL, MONDAY, arxiv, channel, hugging
from virtual import FakeClock

from bot.flow import match
from bot.flow.classes import names_class
from bot.flow.match import alerts_of, post_key, wanted_types
from bot.flow.subscribers import Subscribers
from bot.flow.watch import Metrics
from bot.model.channel import Pause
from bot.model.paper import AnnounceType
from bot.model.subscription import ChangeType
from bot.ports import EventKind, PaperEvent, PaperRecord, PaperWrite

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.card.post import Post
    from bot.model.channel import Channel
    from bot.model.paper import Paper

OTHER = replace(GENERAL, channel="other")


def event(paper: Paper, kind: EventKind = EventKind.NEW, **changes: Any) -> PaperEvent:
    """A change of a paper on the stream."""
    return replace(PaperEvent("1-0", kind, paper, MONDAY), **changes)


async def following(store: FakeStore, *channels: Channel) -> Subscribers:
    """Subscribers in step with these channels."""
    for one in channels:
        known = await store.channels.read(one.id)
        await store.channels.write([replace(one, revision=known.revision)], None, 1000)
    subscribers = Subscribers()
    await subscribers.refresh(store.channels)
    return subscribers


async def test_reasons_of_a_channel_are_one_alert() -> None:
    """A paper is one alert a channel, with each subscription that matched; words come later."""
    made = channel("widgets", "study author:Lovelace", "gadgets")
    named = replace(made.subscriptions[0], name="My widgets")
    made = replace(made, subscriptions=(named, *made.subscriptions[1:]))
    subscribers = await following(FakeStore(), made, channel("study", channel_id=OTHER))
    alerts = alerts_of(event(arxiv(1)), subscribers, MONDAY)

    assert [(one.channel, one.key) for one in alerts] == [
        (GENERAL, "arxiv:2603.00001"),
        (OTHER, "arxiv:2603.00001"),
    ]
    first, second = alerts[0].reasons
    assert (first.number, first.label, first.words) == (1, "My widgets", ())
    assert (second.number, second.label) == (2, "study author:Lovelace")


@pytest.mark.parametrize(
    ("kind", "announced", "age_days", "types"),
    [
        (EventKind.NEW, AnnounceType.NEW, 0, {ChangeType.NEW}),
        (EventKind.CROSS, AnnounceType.NEW, 0, {ChangeType.CROSS}),
        (EventKind.REPLACE, AnnounceType.REPLACE_CROSS, 0, {ChangeType.REPLACE}),
        (EventKind.FACTS, AnnounceType.NEW, 0, {ChangeType.NEW}),
        (EventKind.FACTS, AnnounceType.CROSS, 0, {ChangeType.CROSS}),
        (EventKind.FACTS, AnnounceType.REPLACE, 3, {ChangeType.NEW, ChangeType.REPLACE}),
        (EventKind.FACTS, AnnounceType.REPLACE, 300, {ChangeType.REPLACE}),
        (EventKind.BASELINE, AnnounceType.NEW, 0, set()),
    ],
)
def test_types(kind: EventKind, announced: AnnounceType, age_days: int, types: set[str]) -> None:
    """The kind of change decides which subscriptions want it; facts count as the announcement."""
    paper = arxiv(1, announced=announced, published_at=MONDAY - timedelta(days=age_days))
    assert wanted_types(event(paper, kind)) == types


async def test_baseline_alerts_nobody() -> None:
    """What a baseline brings is for the archive."""
    subscribers = await following(FakeStore(), channel("widgets", types=frozenset(ChangeType)))
    assert alerts_of(event(arxiv(1), EventKind.BASELINE), subscribers, MONDAY) == []


def test_keys() -> None:
    """A paper alerts once; a replacement once a version."""
    assert post_key(event(arxiv(1))) == post_key(event(arxiv(1), EventKind.FACTS))
    second = event(arxiv(1, version=2), EventKind.REPLACE)
    assert post_key(second) == "arxiv:2603.00001#v2"


@pytest.mark.parametrize("with_before", [True, False])
async def test_facts_alert_those_whom_they_concern(with_before: bool) -> None:
    """Votes alert who asks for votes and was not met before; not who asks for words alone."""
    votes = channel("widgets upvotes:>=10", channel_id=OTHER)
    subscribers = await following(FakeStore(), channel("widgets"), votes)
    before = hugging(1, upvotes=9) if with_before else None
    change = event(hugging(1, upvotes=11), EventKind.FACTS, before=before)

    assert [one.channel for one in alerts_of(change, subscribers, MONDAY)] == [OTHER]
    again = event(hugging(1, upvotes=12), EventKind.FACTS, before=hugging(1, upvotes=11))
    assert alerts_of(again, subscribers, MONDAY) == []


async def test_muted_and_paused() -> None:
    """Muted words silence a channel; a paused subscription wants nothing, paused channels do."""
    pause = Pause(MONDAY, "later", ANNA)
    made = channel("widgets", channel_id=OTHER)
    resting = replace(made, subscriptions=(replace(made.subscriptions[0], pause=pause),))
    store = FakeStore()
    subscribers = await following(store, channel("widgets", muted=("study",)), resting)
    assert alerts_of(event(arxiv(1)), subscribers, MONDAY) == []
    subscribers = await following(store, channel("widgets", pause=pause), made)
    assert len(alerts_of(event(arxiv(1)), subscribers, MONDAY)) == 2


async def test_index_keeps_in_step() -> None:
    """What is added, edited, moved, paused or removed counts from the next refresh on."""
    store = FakeStore()
    subscribers = await following(store, channel("widgets"))

    async def told(*channels: Channel) -> list[str]:
        for one in channels:
            known = await store.channels.read(one.id)
            await store.channels.write([replace(one, revision=known.revision)], None, 1000)
        await subscribers.refresh(store.channels)
        return [one.channel.channel for one in alerts_of(event(arxiv(1)), subscribers, MONDAY)]

    assert await told() == ["general"]
    assert await told(channel("gadgets")) == []
    assert await told(channel("widgets")) == ["general"]
    moved = replace(channel("widgets").subscriptions[0], channel=OTHER)
    emptied = channel()
    assert await told(channel(channel_id=OTHER, subscriptions=(moved,)), emptied) == ["other"]
    assert await told(channel("widgets"), channel(channel_id=OTHER)) == ["general"]
    assert await told(emptied) == []
    assert len(subscribers) == 0


async def test_rebuilt_when_too_far_behind() -> None:
    """A matcher that missed too many changes reads all channels again."""
    store = FakeStore()
    subscribers = await following(store, channel("widgets"))
    for _ in range(1_100):
        known = await store.channels.read(OTHER)
        await store.channels.write([known], None, 1000)
    known = await store.channels.read(GENERAL)
    await store.channels.write([replace(channel("gadgets"), revision=known.revision)], None, 1000)
    await subscribers.refresh(store.channels)
    assert alerts_of(event(arxiv(1)), subscribers, MONDAY) == []


async def test_large_fan_out() -> None:
    """1,200 channels of one tenant and one of another get alerts; the paper is acknowledged."""
    store = FakeStore(FakeClock(skips=True))
    for number in range(1_200):
        one = channel("widgets", channel_id=replace(GENERAL, channel=f"c{number}"))
        await store.channels.write([one], None, 10_000)
    await store.channels.write(
        [channel("widgets", channel_id=replace(OTHER, tenant="t"))], None, 9
    )
    await store.papers.remember(
        [PaperWrite(PaperRecord(arxiv(1).id, 0, MONDAY, frozenset(), 1, arxiv(1)), EventKind.NEW)]
    )
    events = await store.papers.read("me", 10, 0)
    ports = (store.papers, store.channels, store.outbox, store.clock, Metrics())
    assert await match.step(events, Subscribers(), *ports) == 1_201
    assert await match.step(events, Subscribers(), *ports) == 0
    assert (await store.outbox.books()).queued == 1_201
    assert not store.papers._pending


async def test_classes_that_queries_name() -> None:
    """Classes are named by `cat:`, not by what stands under a NOT; archives name their classes."""
    one = channel(
        "cat:cs.CL widgets", "cat:math OR cat:=q-bio.NC", "widgets -cat:cs.CV", "gadgets"
    )
    named = (await following(FakeStore(), one)).named
    assert named == {"cs.cl", "math", "q-bio.nc"}
    assert names_class(named, "cs.CL")
    assert names_class(named, "math.AG")
    assert not names_class(named, "cs.CV")


async def test_many_matches_let_others_run() -> None:
    """A paper that very many channels want does not hold the loop until each has its alert."""
    clock = FakeClock()
    store = FakeStore(clock)
    made = [
        channel("study", channel_id=replace(GENERAL, channel=f"c{number}"))
        for number in range(3 * match.MATCHES)
    ]
    for one in made:
        await store.channels.write([one], None, 1_000_000)
    slept = 0
    sleep = clock.sleep

    async def counting(seconds: float) -> None:
        nonlocal slept
        slept += 1
        await sleep(seconds)

    clock.sleep = counting  # type: ignore[method-assign]
    change = event(arxiv(1))
    new = await match.step(
        [change], Subscribers(), store.papers, store.channels, store.outbox, clock, Metrics()
    )
    assert new == len(made)
    assert slept >= 3


async def test_reasons_are_read_from_among_many() -> None:
    """Each alert has the ids, numbers and labels of its own subscriptions, in their order."""
    queries = [f'widgets OR "größe {number}"' for number in range(30)]
    made = channel(*queries, *(f"absent{number}" for number in range(30)))
    one, *others = made.subscriptions
    mixed = replace(made, subscriptions=(*others[::-1], replace(one, name="Мой запрос")))
    store = FakeStore()
    subscribers = await following(store, mixed)

    for kept in (mixed.subscriptions, mixed.subscriptions[1::2], mixed.subscriptions[-1:]):
        known = await store.channels.read(GENERAL)
        now = replace(mixed, subscriptions=kept, revision=known.revision)
        await store.channels.write([now], None, 1000)
        await subscribers.refresh(store.channels)
        (found,) = alerts_of(event(arxiv(1)), subscribers, MONDAY)
        wanted = sorted(one.number for one in kept if "widgets" in one.query)
        by_number = {one.number: one for one in kept}
        assert [reason.number for reason in found.reasons] == wanted
        for reason in found.reasons:
            own = by_number[reason.number]
            assert (reason.subscription, reason.label) == (own.id, own.name or own.query)


class Counted:
    """An outbox that remembers how many posts it was given at once."""

    def __init__(self, store: FakeStore) -> None:
        self._outbox = store.outbox
        self.given: list[int] = []

    async def queue(self, posts: Sequence[Post]) -> int:
        """As Outbox.queue."""
        self.given.append(len(posts))
        return await self._outbox.queue(posts)


@pytest.mark.parametrize(
    ("channels", "papers"), [(3, 40), (2 * match.MATCHES, 3), (match.MATCHES - 1, 3)]
)
async def test_alerts_are_queued_in_parts(
    channels: int, papers: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Few alerts each of many papers, or many of few: no part is much larger than the others."""
    monkeypatch.setattr(match, "QUEUE_AT", 50)
    store = FakeStore(FakeClock(skips=True))
    for number in range(channels):
        one = channel("widgets", channel_id=replace(GENERAL, channel=f"c{number}"))
        await store.channels.write([one], None, 10_000)
    outbox = Counted(store)
    events = [replace(event(arxiv(number)), id=f"{number}-0") for number in range(1, papers + 1)]
    ports = (store.papers, store.channels, outbox, store.clock, Metrics())

    assert await match.step(events, Subscribers(), *ports) == channels * papers  # type: ignore[arg-type]  # as much of an outbox as matching takes

    assert max(outbox.given) < match.QUEUE_AT + match.MATCHES
    assert sum(outbox.given) == channels * papers


async def test_a_channel_that_fails_stops_its_paper_only() -> None:
    """What was made before the failure is queued; the paper stays on the stream, others go on."""
    store = FakeStore(FakeClock(skips=True))
    subscribers = await following(
        store, channel("widgets"), channel("gadgets widgets", channel_id=OTHER)
    )
    for number, title in ((1, "Gadgets and widgets"), (2, "Widgets")):
        paper = arxiv(number, title)
        record = PaperRecord(paper.id, 0, MONDAY, frozenset(), 1, paper)
        await store.papers.remember([PaperWrite(record, EventKind.NEW)])
    subscribers.table.packed[subscribers.table.places[OTHER]] = "damaged"
    events = await store.papers.read("me", 10, 0)

    ports = (store.papers, store.channels, store.outbox, store.clock, Metrics())
    assert await match.step(events, subscribers, *ports) == 2

    assert list(store.papers._pending) == [events[0].id]


async def test_a_paper_that_breaks_the_matcher_is_put_off_alone() -> None:
    """The others of its burst are matched, queued and acknowledged."""
    store = FakeStore(FakeClock(skips=True))
    subscribers = await following(store, channel("widgets"))
    for paper in (arxiv(1), arxiv(2, authors=(None,), abstract=None), arxiv(3)):
        record = PaperRecord(paper.id, 0, MONDAY, frozenset(), 1, paper)
        await store.papers.remember([PaperWrite(record, EventKind.NEW)])
    events = await store.papers.read("me", 10, 0)

    ports = (store.papers, store.channels, store.outbox, store.clock, Metrics())
    assert await match.step(events, subscribers, *ports) == 2

    assert list(store.papers._pending) == [events[1].id]
