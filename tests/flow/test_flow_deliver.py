from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
import virtual
from fakes import FakeStore
from flow_made import GENERAL, MONDAY, arxiv, channel
from structlog.testing import capture_logs
from virtual import FakeChance, FakeClock

from bot.card.card import Card, CardKind
from bot.card.post import Notice
from bot.flow import deliver
from bot.flow.sender import Sender
from bot.flow.watch import Metrics
from bot.model.alert import Alert, PostKey, Reason, Receipt
from bot.model.channel import Channel, Pause
from bot.model.errors import ArchiveDown, StoreDown
from bot.model.subscription import Mention, MentionKind
from bot.ports import (
    Busy,
    EventKind,
    Fault,
    Found,
    Outcome,
    PaperRecord,
    PaperWrite,
    Posted,
    Refused,
    Unreachable,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from datetime import datetime

    from bot.model.channel import ChannelId

    Answer = Callable[[Card], Awaitable[Outcome]]

OTHER = replace(GENERAL, channel="other")


async def taken(card: Card) -> Outcome:
    """The platform takes it."""
    return Posted(Receipt(card.fallback[:20]))


@dataclass
class Scene:
    """A sender on a store with posts, and a platform that answers by script, then takes all."""

    clock: FakeClock = field(default_factory=lambda: FakeClock(MONDAY))
    answers: list[Outcome | Answer] = field(default_factory=list)
    found: Receipt | Found = Found.ABSENT
    posted: list[tuple[ChannelId, PostKey, Card]] = field(default_factory=list)
    looked: list[datetime] = field(default_factory=list)
    platform: str = "web"

    def __post_init__(self) -> None:
        self.store = FakeStore(self.clock)
        self.sender = self.made_sender("me")

    def made_sender(self, owner: str, **changes: Any) -> Sender:
        """Another sender on the same store."""
        store = self.store
        ports = (store.outbox, store.papers, store.archive, store.channels)
        return Sender({"web": self}, *ports, self.clock, FakeChance(), owner, Metrics(), **changes)

    async def post(self, card: Card, channel: ChannelId, key: PostKey) -> Outcome:
        """The scripted answer."""
        self.posted.append((channel, key, card))
        answer = self.answers.pop(0) if self.answers else taken
        return await answer(card) if callable(answer) else answer

    async def find(self, channel: ChannelId, key: PostKey, since: datetime) -> Receipt | Found:
        """What reading back is to say."""
        del channel, key
        self.looked.append(since)
        return self.found

    async def queue(self, *numbers: int, where: ChannelId = GENERAL) -> None:
        """Alerts of papers that the store knows."""
        for number in numbers:
            paper = arxiv(number)
            record = PaperRecord(paper.id, 0, MONDAY, frozenset(), 1, paper)
            await self.store.papers.remember([PaperWrite(record, EventKind.NEW)])
            alert = Alert(PostKey(paper.id), where, paper.id, (), self.clock.now())
            await self.store.outbox.queue([alert])

    async def step(self) -> bool:
        """Send what is due next; False when nothing is."""
        head = await deliver.lease(self.sender)
        if head is None:
            return False
        await deliver.send(self.sender, head)
        return True

    async def next_in(self) -> float:
        """Seconds until something is due."""
        due = await self.store.outbox.next_due_at()
        assert due is not None
        return (due - self.clock.now()).total_seconds()


def played(story: Callable[[Scene], Awaitable[None]], **changes: Any) -> None:
    """Play a scene on its own clock; in the end the books balance."""
    scene = Scene(**changes)

    async def main() -> None:
        await story(scene)
        assert (await scene.store.outbox.books()).difference == 0

    virtual.run(main, scene.clock)


def test_posted_once_in_order() -> None:
    """What is queued is posted in order, each once, and nothing is left."""

    async def story(scene: Scene) -> None:
        await scene.queue(1, 2, 3)
        while await scene.step():
            pass
        assert [key[-1] for _, key, _ in scene.posted] == ["1", "2", "3"]
        books = await scene.store.outbox.books()
        assert (books.sent, books.waiting) == (3, 0)

    played(story)


def test_busy_waits_as_long_as_asked() -> None:
    """A busy platform is asked again after the time it named, and nothing is ambiguous."""

    async def story(scene: Scene) -> None:
        await scene.queue(1)
        await scene.step()
        assert 30 <= await scene.next_in() <= 33
        await scene.clock.advance(34)
        await scene.step()
        assert not scene.looked
        assert (await scene.store.outbox.books()).sent == 1

    played(story, answers=[Busy(30)])


def test_whole_platform_waits() -> None:
    """When the platform as a whole is busy, other channels wait too."""

    async def story(scene: Scene) -> None:
        await scene.queue(1)
        await scene.queue(2, where=OTHER)
        await scene.step()
        assert not await scene.step()
        await scene.clock.advance(40)
        assert await scene.step()
        assert await scene.step()
        assert len(scene.posted) == 3

    played(story, answers=[Busy(30, platform_wide=True)])


@pytest.mark.parametrize(
    ("trouble", "said"),
    [
        (Unreachable("Discord answered 503", maybe_posted=False), "platform.no_answer"),
        (Busy(600, platform_wide=True), "platform.takes_nothing"),
    ],
)
def test_a_platform_in_trouble_is_told_once(trouble: Outcome, said: str) -> None:
    """One line when it begins to take nothing and one when that is over, however many fail."""

    async def story(scene: Scene) -> None:
        await scene.queue(1, 2)
        with capture_logs() as lines:
            while (await scene.store.outbox.books()).waiting:
                if not await scene.step():
                    await scene.clock.advance(700)
        told = [one["event"] for one in lines if one["event"].startswith("platform.")]
        assert told == [said, "platform.takes_posts"]

    played(story, answers=[trouble] * 3)


def test_a_new_process_does_not_wait_for_what_the_last_was_told() -> None:
    """A token that was refused for an hour may be another one after a restart: it is tried."""

    async def story(scene: Scene) -> None:
        await scene.queue(1)
        await scene.step()
        await scene.clock.advance(5)
        assert not await scene.step()
        scene.sender = scene.made_sender("the next one")
        assert await scene.step()
        assert (await scene.store.outbox.books()).sent == 1

    played(story, answers=[Busy(3600, platform_wide=True)])


@pytest.mark.parametrize("found", [Receipt("theirs"), Found.ABSENT, Found.UNKNOWN])
def test_lost_answer_is_looked_for(found: Receipt | Found) -> None:
    """After a lost answer the channel is read back, once settled, before any second post."""

    async def story(scene: Scene) -> None:
        await scene.queue(1)
        await scene.step()
        assert (await scene.store.outbox.books()).ambiguous == 1
        while not scene.looked:
            await scene.clock.advance(await scene.next_in())
            await scene.step()
        assert (scene.clock.now() - MONDAY).total_seconds() >= 40
        assert scene.looked[0] <= MONDAY
        assert len(scene.posted) == (1 if found == "theirs" else 2)
        assert (await scene.store.outbox.books()).sent == 1

    played(story, found=found, answers=[Unreachable("reset", maybe_posted=True)])


def test_lost_answer_is_repeated_where_that_is_safe() -> None:
    """A platform that gives the first message back is asked again; nothing is read."""

    async def story(scene: Scene) -> None:
        asked: list[tuple[ChannelId, PostKey]] = []

        class Again(Scene):
            """May repeat twice."""

            def may_repeat(self, channel: ChannelId, key: PostKey) -> bool:
                asked.append((channel, key))
                return len(asked) <= 2

        again = Again(scene.clock, [Unreachable("reset", maybe_posted=True)] * 3)
        await again.queue(1)
        while (await again.store.outbox.books()).waiting:
            await scene.clock.advance(max(0.0, await again.next_in()))
            await again.step()
        counted = again.sender.metrics.ambiguous.labels("web", "repeated")._value.get()
        assert len(again.posted) == 4
        assert len(again.looked) == 1
        assert counted == 2
        assert set(asked) == {(GENERAL, PostKey(arxiv(1).id))}

    played(story)


def test_busy_on_a_second_try_stays_ambiguous() -> None:
    """A 429 on a later attempt says nothing of the first one: that is still looked for."""

    async def story(scene: Scene) -> None:
        await scene.queue(1)
        while (await scene.store.outbox.books()).waiting:
            await scene.clock.advance(max(0.0, await scene.next_in()))
            await scene.step()
        assert len(scene.posted) == 3
        assert len(scene.looked) == 2

    played(story, answers=[Unreachable("reset", maybe_posted=True), Busy(5)])


def test_platform_that_never_answers() -> None:
    """A post has a deadline; its answer counts as lost."""

    async def story(scene: Scene) -> None:
        async def never(_: Card) -> Outcome:
            await scene.clock.sleep(10**6)
            raise AssertionError

        scene.answers = [never]
        await scene.queue(1)
        await scene.step()
        assert scene.clock.monotonic() < 30
        assert (await scene.store.outbox.books()).ambiguous == 1

    played(story)


def test_channel_that_is_gone_pauses_at_once() -> None:
    """A channel that is gone is paused with the reason, its posts are kept, others go on."""

    async def story(scene: Scene) -> None:
        await scene.queue(1, 2)
        await scene.queue(3, where=OTHER)
        while await scene.step():
            pass
        assert len(scene.posted) == 2
        settings = await scene.store.channels.read(GENERAL)
        assert settings.pause is not None
        assert (settings.pause.reason, settings.pause.by) == ("gone", None)
        await scene.store.channels.write([replace(settings, pause=None)], None, 1000)
        await scene.store.outbox.resume(GENERAL, scene.clock.now())
        while await scene.step():
            pass
        assert [key[-1] for _, key, _ in scene.posted] == ["1", "3", "1", "2"]

    played(story, answers=[Refused(Fault.CHANNEL_GONE, "gone")])


def test_missing_right_pauses_after_three() -> None:
    """Three refusals ten minutes apart pause the channel; not a fourth is asked."""

    async def story(scene: Scene) -> None:
        await scene.queue(1)
        for _ in range(3):
            assert await scene.step()
            assert not await scene.step()
            await scene.clock.advance(601)
        await scene.clock.advance(86_400)
        assert not await scene.step()
        assert len(scene.posted) == 3

    played(story, answers=[Refused(Fault.CHANNEL_FORBIDS, "no right")] * 9)


def test_refused_layout_is_tried_as_plain_words() -> None:
    """A card that the platform refuses is sent once as plain words, then put aside."""

    async def story(scene: Scene) -> None:
        refused = Refused(Fault.POST, "too long")
        scene.answers = [refused, taken, refused, refused]
        await scene.queue(1, 2, 3)
        while await scene.step():
            pass
        plain = scene.posted[1][2]
        assert plain.buttons == plain.more == ()
        assert "A study of widgets" in plain.fallback
        books = await scene.store.outbox.books()
        assert (books.sent, books.dead, books.waiting) == (2, 1, 0)

    played(story)


def test_poison_stops_only_itself() -> None:
    """An alert that makes the adapter fail is put aside after five tries; the next one comes."""

    async def story(scene: Scene) -> None:
        async def broken(_: Card) -> Outcome:
            raise KeyError("bug")

        scene.answers = [broken] * 5
        await scene.queue(1, 2)
        while (await scene.store.outbox.books()).waiting:
            await scene.clock.advance(max(0.0, await scene.next_in()))
            await scene.step()
        books = await scene.store.outbox.books()
        assert (books.sent, books.dead) == (1, 1)
        assert scene.posted[-1][1] == PostKey(arxiv(2).id)

    played(story)


def test_paper_that_is_no_longer_kept() -> None:
    """An alert whose paper is known nowhere is put aside with a reason."""

    async def story(scene: Scene) -> None:
        alert = Alert(PostKey("arxiv:1"), GENERAL, arxiv(9).id, (), MONDAY)
        await scene.store.outbox.queue([alert])
        await scene.step()
        assert scene.store.outbox.dead[0][1] == "the paper's text is no longer kept"

    played(story)


def test_paper_from_the_archive() -> None:
    """A paper whose record is gone is taken from the archive."""

    async def story(scene: Scene) -> None:
        alert = Alert(PostKey("arxiv:1"), GENERAL, arxiv(9).id, (), MONDAY)
        await scene.store.outbox.queue([alert])
        await scene.store.archive.add([arxiv(9)], None)
        await scene.step()
        assert len(scene.posted) == 1

    played(story)


def test_an_archive_that_is_away_gives_no_alert_up() -> None:
    """An alert that needs the archive waits for it; it is not put aside as lost."""

    async def story(scene: Scene) -> None:
        async def away(_: object) -> None:
            raise ArchiveDown("the disk is full")

        get = scene.store.archive.get
        scene.store.archive.get = away  # type: ignore[method-assign,assignment]
        await scene.store.archive.add([arxiv(9)], None)
        await scene.store.outbox.queue(
            [Alert(PostKey("arxiv:1"), GENERAL, arxiv(9).id, (), MONDAY)]
        )
        await scene.step()
        assert (scene.posted, scene.store.outbox.dead) == ([], [])

        scene.store.archive.get = get  # type: ignore[method-assign]
        await scene.clock.advance(61)
        await scene.step()
        assert len(scene.posted) == 1

    played(story)


def test_list_waits_for_its_batch() -> None:
    """Over the daily number, alerts wait until the batch is over, then come as one list."""

    async def story(scene: Scene) -> None:
        scene.sender = scene.made_sender("me", alerts_per_day=2)
        await scene.queue(1, 2, 3, 4)
        for _ in range(3):
            await scene.step()
        assert await scene.next_in() == 20
        await scene.clock.advance(10)
        await scene.queue(5)
        await scene.clock.advance(10)
        await scene.step()
        assert await scene.next_in() == 10
        await scene.clock.advance(10)
        while await scene.step():
            pass
        assert [one[2].kind for one in scene.posted] == [CardKind.ALERT] * 2 + [CardKind.LIST]
        assert "3 more papers" in scene.posted[-1][2].title
        await scene.clock.advance(86_400)
        await scene.queue(6)
        await scene.step()
        assert scene.posted[-1][2].kind is CardKind.ALERT

    played(story)


def test_trickle_does_not_hold_a_list() -> None:
    """Alerts that never stop coming delay the list by fifteen minutes at most."""

    async def story(scene: Scene) -> None:
        scene.sender = scene.made_sender("me", alerts_per_day=1)
        await scene.queue(1)
        number = 1
        while scene.clock.now() < MONDAY + timedelta(minutes=16):
            number += 1
            await scene.queue(number)
            while await scene.step():
                pass
            await scene.clock.advance(30)
        assert CardKind.LIST in [card.kind for *_, card in scene.posted]

    played(story)


def test_paused_channel_waits_but_its_notices_come() -> None:
    """In a paused channel alerts wait, while a notice is said at once."""

    async def story(scene: Scene) -> None:
        await scene.store.channels.write([channel(pause=Pause(MONDAY, "rest"))], None, 1000)
        card = Card(CardKind.NOTICE, "Paused", (), "Paused")
        await scene.store.outbox.queue([Notice(PostKey("notice:1"), GENERAL, card, MONDAY)])
        await scene.queue(1)
        while await scene.step():
            pass
        assert [key for _, key, _ in scene.posted] == ["notice:1"]
        assert (await scene.store.outbox.books()).waiting == 1

    played(story)


def test_sender_that_was_frozen_posts_nothing() -> None:
    """A sender that was held up after its lease lets the post be."""

    async def story(scene: Scene) -> None:
        await scene.queue(1)
        head = await deliver.lease(scene.sender)
        assert head is not None
        read = scene.store.channels.read

        async def slow(channel_id: ChannelId) -> Any:
            scene.clock.elapse(16)
            return await read(channel_id)

        scene.store.channels.read = slow  # type: ignore[method-assign,assignment]
        await deliver.send(scene.sender, head)
        assert not scene.posted
        scene.store.channels.read = read  # type: ignore[method-assign]
        await scene.step()
        assert len(scene.posted) == 1

    played(story)


def test_lost_lease_posts_nothing() -> None:
    """A sender whose lease another has taken neither posts nor settles."""

    async def story(scene: Scene) -> None:
        await scene.queue(1)
        head = await deliver.lease(scene.sender)
        assert head is not None
        scene.clock.elapse(100)
        other = await deliver.lease(scene.made_sender("other"))
        assert other is not None
        await deliver.send(scene.sender, head)
        assert not scene.posted
        await deliver.send(scene.sender, other)
        assert len(scene.posted) == 1

    played(story)


def test_slow_channels_delay_no_other() -> None:
    """While some channels hang, another gets its alert at once: queueing wakes the sender."""

    async def story(scene: Scene) -> None:
        async def hang(_: Card) -> Outcome:
            await scene.clock.sleep(20)
            return Posted(Receipt("late"))

        scene.answers = [hang] * 7
        stop, queued = asyncio.Event(), asyncio.Event()
        async with asyncio.TaskGroup() as group:
            group.create_task(deliver.run(scene.sender, stop, queued))
            for number in range(7):
                await scene.queue(number, where=replace(GENERAL, channel=f"slow{number}"))
            queued.set()
            await scene.clock.sleep(1)
            began = scene.clock.monotonic()
            await scene.queue(99)
            queued.set()
            while len(scene.posted) < 8:
                await scene.clock.sleep(0.01)
            assert scene.clock.monotonic() - began < 0.1
            stop.set()
        assert (await scene.store.outbox.books()).sent == 8

    played(story)


def test_stop_finishes_what_is_being_sent() -> None:
    """A stop lets a post end, so that nothing is ambiguous."""

    async def story(scene: Scene) -> None:
        async def slow(_: Card) -> Outcome:
            await scene.clock.sleep(5)
            return Posted(Receipt("r"))

        scene.answers = [slow]
        await scene.queue(1, 2)
        stop = asyncio.Event()
        async with asyncio.TaskGroup() as group:
            group.create_task(deliver.run(scene.sender, stop, asyncio.Event()))
            await scene.clock.sleep(1)
            stop.set()
        books = await scene.store.outbox.books()
        assert (books.sent, books.waiting, books.ambiguous) == (1, 1, 0)

    played(story)


def test_store_that_goes_down_ends_the_loop() -> None:
    """The loop ends with StoreDown, for the supervisor to begin it again."""

    async def story(scene: Scene) -> None:
        async def lost(_: Card) -> Outcome:
            raise StoreDown("away")

        scene.answers = [lost]
        await scene.queue(1)
        with pytest.raises(StoreDown):
            await deliver.run(scene.sender, asyncio.Event(), asyncio.Event())
        assert (await scene.store.outbox.books()).ambiguous == 1

    played(story)


KIM = Mention(MentionKind.USER, "U7")


def called(where: ChannelId = GENERAL) -> Channel:
    """A channel whose one subscription calls Kim."""
    made = channel("widgets", channel_id=where)
    (one,) = made.subscriptions
    return replace(made, subscriptions=(replace(one, mention=KIM, tags=("vision",)),))


async def waits(scene: Scene, number: int, words: tuple[str, ...] = ("widgets",)) -> None:
    """An alert of the channel's one subscription."""
    paper = arxiv(number)
    record = PaperRecord(paper.id, 0, MONDAY, frozenset(), 1, paper)
    await scene.store.papers.remember([PaperWrite(record, EventKind.NEW)])
    why = Reason(called().subscriptions[0].id, 1, "widgets", words)
    alert = Alert(PostKey(paper.id), GENERAL, paper.id, (why,), scene.clock.now())
    await scene.store.outbox.queue([alert])


def test_an_alert_calls_as_is_set_when_it_is_posted() -> None:
    """Not as it was set when its paper came: who took the call away is not called again."""

    async def story(scene: Scene) -> None:
        await scene.store.channels.write([called()], None, 100)
        await waits(scene, 1)
        await waits(scene, 2)
        await waits(scene, 3)
        await scene.step()
        now = await scene.store.channels.read(GENERAL)
        (one,) = now.subscriptions
        other = replace(one, mention=replace(KIM, id="U8"), tags=())
        await scene.store.channels.write([replace(now, subscriptions=(other,))], None, 100)
        await scene.step()
        now = await scene.store.channels.read(GENERAL)
        await scene.store.channels.write([replace(now, subscriptions=())], None, 100)
        await scene.step()

        cards = [card for _, _, card in scene.posted]
        assert [card.mentions for card in cards] == [(KIM,), (replace(KIM, id="U8"),), ()]
        assert [card.tags for card in cards] == [("vision",), (), ()]

    played(story)


def test_a_list_and_plain_words_call_nobody() -> None:
    """The rest of a batch is no news to call for, and a call may be why a post was refused."""

    async def story(scene: Scene) -> None:
        await scene.store.channels.write([called()], None, 100)
        await waits(scene, 1)
        scene.answers = [Refused(Fault.POST, "invalid_blocks")]
        await scene.step()
        assert [card.mentions for _, _, card in scene.posted] == [(KIM,), ()]

        scene.sender = scene.made_sender("me", alerts_per_day=1)
        for number in range(2, 6):
            await waits(scene, number)
        while (await scene.store.outbox.books()).waiting:
            await scene.clock.sleep(60)
            await scene.step()
        (_, _, last) = scene.posted[-1]
        assert last.kind is CardKind.LIST
        assert (last.mentions, last.tags) == ((), ())

    played(story)


def test_why_a_paper_came_is_found_when_it_is_posted() -> None:
    """Alerts wait without words: the card has those that the query finds, alone and in a list."""

    async def story(scene: Scene) -> None:
        await scene.store.channels.write([channel("widgets")], None, 100)
        for number in range(1, 7):
            await waits(scene, number, words=())
        await scene.step()
        assert scene.posted[-1][2].fallback.endswith("matches widgets in #1")

        scene.sender = scene.made_sender("me", alerts_per_day=1)
        while (await scene.store.outbox.books()).waiting:
            await scene.clock.sleep(60)
            await scene.step()
        listed = scene.posted[-1][2]
        assert listed.kind is CardKind.LIST
        assert repr(listed).count("widgets', mark=<Mark.STRONG") == 5

    played(story)


def test_a_tenant_that_refuses_pauses_its_channels_alone() -> None:
    """What is set for the whole tenant is no channel, and nobody could resume it."""

    async def story(scene: Scene) -> None:
        await scene.store.channels.write([channel("x")], None, 100)
        await scene.store.channels.write([Channel(GENERAL.whole, managers=("1",))], None, 100)
        await scene.queue(1)
        scene.answers = [Refused(Fault.TENANT, "revoked")]
        await scene.step()

        assert (await scene.store.channels.read(GENERAL)).pause is not None
        assert (await scene.store.channels.read(GENERAL.whole)).pause is None

    played(story)


def test_a_tenant_that_refuses_is_asked_once() -> None:
    """A thousand alerts in a hundred channels, a revoked token: one request, all kept (G18)."""
    there = replace(GENERAL, tenant="T2")

    async def story(scene: Scene) -> None:
        rooms = [replace(GENERAL, channel=f"room{number}") for number in range(100)]
        for where in (*rooms, there):
            await scene.store.channels.write([channel("x", channel_id=where)], None, 1000)
        for where in rooms:
            await scene.queue(*range(1, 11), where=where)
        scene.answers = [Refused(Fault.TENANT, "revoked")]
        while await scene.step():
            pass
        assert len(scene.posted) == 1
        await scene.clock.sleep(3600)
        await scene.queue(*range(1, 11), where=there)
        while await scene.step():
            pass
        assert [where for where, _, _ in scene.posted[1:]] == [there] * 10
        for where in rooms:
            pause = (await scene.store.channels.read(where)).pause
            assert pause is not None
            assert (pause.reason, pause.by, pause.everywhere) == ("revoked", None, True)
        assert (await scene.store.channels.read(there)).pause is None
        assert (await scene.store.outbox.books()).waiting == 1000

    played(story)
