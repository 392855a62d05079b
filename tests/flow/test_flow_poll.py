from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING

import virtual
from fakes import FakeStore
from flow_made import MONDAY, arxiv, channel
from virtual import FakeChance, FakeClock

from bot.flow import ingest, poll
from bot.flow.poll import Poller
from bot.flow.schedule import Plan
from bot.flow.watch import Metrics, standings
from bot.ports import Batch, Poll, SourceDown, Unchanged

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from datetime import datetime


@dataclass
class Scene:
    """ArXiv by script: `answers` by feed, the last one stays; without one it shows nothing."""

    parts: tuple[str, ...] = ("cs.AI", "cs.CL", "math.AG")
    plan: Plan = field(default_factory=lambda: Plan(None))
    answers: dict[str, list[Poll]] = field(default_factory=dict)
    pages: dict[str | None, Poll] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    name: str = "arxiv"

    def __post_init__(self) -> None:
        self.clock = FakeClock(MONDAY)
        self.store = FakeStore(self.clock)

    def poller(self, owner: str = "me") -> Poller:
        """A poller of the script."""
        store = self.store
        return Poller(
            self,
            self.parts,
            self.plan,
            store.papers,
            store.feeds,
            store.leases,
            store.channels,
            self.clock,
            FakeChance(),
            owner,
            Metrics(),
            backfill=self if self.pages else None,
        )

    async def poll(self, feed: str, etag: str | None) -> Poll:
        """The next answer of the feed."""
        del etag
        self.asked.append(feed)
        await self.clock.sleep(3)
        left = self.answers.get(feed, [])
        if len(left) > 1:
            return left.pop(0)
        return left[0] if left else Batch(())

    async def page(self, feed: str, since: datetime, token: str | None) -> Poll:
        """A page of the past."""
        assert since == self.clock.now() - timedelta(days=14)
        self.asked.append(f"past {feed} {token}")
        await self.clock.sleep(3)
        return self.pages.get(token, Batch(()))

    async def run_for(self, seconds: float, *owners: str) -> None:
        """Let pollers run."""
        stop = asyncio.Event()
        async with asyncio.TaskGroup() as group:
            for owner in owners or ("me",):
                group.create_task(poll.run(self.poller(owner), stop))
            await self.clock.sleep(seconds)
            stop.set()


def played(scene: Scene, story: Callable[[], Awaitable[None]]) -> None:
    """Play on the scene's clock."""

    async def main() -> None:
        await story()

    virtual.run(main, scene.clock)


def test_named_classes_come_first() -> None:
    """The classes that subscriptions name are asked first, also when they come meanwhile."""
    scene = Scene()

    async def story() -> None:
        await scene.store.channels.write([channel("cat:math.AG")], None, 1000)
        await scene.run_for(60)
        assert scene.asked == ["math.AG", "cs.AI", "cs.CL"]

    played(scene, story)


def test_one_process_asks() -> None:
    """Of three processes one asks; when it goes, another takes over."""
    scene = Scene(plan=Plan(60.0))

    async def story() -> None:
        await scene.run_for(30, "a", "b", "c")
        assert sorted(scene.asked) == ["cs.AI", "cs.CL", "math.AG"]
        await scene.run_for(60, "d")
        assert len(scene.asked) == 6

    played(scene, story)


def test_the_past_is_read_when_nothing_is_due() -> None:
    """Pages follow one another after the first round, for the archive only, and only once."""
    scene = Scene(parts=("cs.CL",))
    old = [arxiv(number, published_at=MONDAY - timedelta(days=3)) for number in (1, 2, 3)]
    scene.pages = {None: Batch(tuple(old[:2]), next_page="p2"), "p2": Batch(tuple(old[2:]))}

    async def story() -> None:
        await scene.run_for(60)
        assert scene.asked == ["cs.CL", "past cs.CL None", "past cs.CL p2"]
        state = await scene.store.feeds.state("arxiv/cs.CL")
        assert state.backfilled_at is not None
        assert state.backfill_papers == 3
        events = await scene.store.papers.since("0", 10)
        assert events is not None
        assert [event.kind for event in events] == ["baseline"] * 3
        await scene.run_for(60)
        assert len(scene.asked) == 3

    played(scene, story)


def test_the_past_is_read_beside_a_short_pace() -> None:
    """A pace of seconds does not keep the past from being read."""
    scene = Scene(parts=("cs.CL",), plan=Plan(1.0))
    scene.pages = {None: Batch((arxiv(1),))}

    async def story() -> None:
        await scene.run_for(60)
        assert scene.asked.count("past cs.CL None") == 1

    played(scene, story)


def test_expired_token_starts_over() -> None:
    """A page token that has expired begins the class again; papers are not counted twice."""
    scene = Scene(parts=("cs.CL",))
    scene.pages = {
        None: Batch((arxiv(1),), next_page="old"),
        "old": SourceDown("expired", start_over=True),
    }

    async def story() -> None:
        await scene.run_for(8)
        scene.pages = {None: Batch((arxiv(1),), next_page="new"), "new": Batch((arxiv(2),))}
        await scene.run_for(60)
        state = await scene.store.feeds.state("arxiv/cs.CL")
        assert state.backfill_papers == 2
        assert state.backfilled_at is not None

    played(scene, story)


def test_a_past_that_fails_lets_others_go_on() -> None:
    """A class whose past cannot be read waits, and the next class has its turn."""
    scene = Scene(parts=("cs.AI", "cs.CL"))
    scene.pages = {None: SourceDown("no such set")}

    async def story() -> None:
        await scene.run_for(90)
        past = [one for one in scene.asked if one.startswith("past")]
        assert past[0] != past[1]
        assert 2 <= len(past) <= 8

    played(scene, story)


def test_a_source_that_is_away() -> None:
    """A source that does not answer is asked ever more slowly, and found again when it is back."""
    scene = Scene(parts=tuple(f"cs.A{letter}" for letter in "ABCDEFGHIJ"))
    scene.answers = {part: [SourceDown("no network", everywhere=True)] for part in scene.parts}

    async def story() -> None:
        await scene.run_for(600)
        assert 10 <= len(scene.asked) <= 30
        [standing] = standings(await scene.store.feeds.all())
        assert standing.is_down
        assert standing.reason == "no network"
        scene.answers = {}
        await scene.run_for(300)
        states = await scene.store.feeds.all()
        assert all(state.succeeded_at for state in states)
        [standing] = standings(states)
        assert not standing.is_down

    played(scene, story)


def test_one_bad_feed_among_good_ones() -> None:
    """Feeds that always fail do not slow down one that answers."""
    scene = Scene(parts=tuple(f"cs.A{letter}" for letter in "ABCDEFGH"), plan=Plan(5.0))
    scene.answers = {part: [SourceDown("404")] for part in scene.parts[1:]}

    async def story() -> None:
        await scene.run_for(300)
        assert scene.asked.count("cs.AA") >= 20

    played(scene, story)


def test_state_after_each_answer() -> None:
    """A batch, an unchanged one and a failure leave in the state what status shows."""
    scene = Scene(parts=("cs.CL",), plan=Plan(10.0))
    batch = Batch((arxiv(1), arxiv(2)), at=MONDAY, etag="e")
    scene.answers = {"cs.CL": [batch, Unchanged(), SourceDown("away", 100.0), batch]}

    async def story() -> None:
        seen = []
        for _ in range(4):
            await scene.run_for(11)
            seen.append(await scene.store.feeds.state("arxiv/cs.CL"))
        first, second, third, fourth = seen
        assert (first.batch_size, first.papers_seen, first.etag) == (2, 2, "e")
        assert first.baselined_at == first.batch_changed_at is not None
        assert second.succeeded_at is not None
        assert first.succeeded_at is not None
        assert second.succeeded_at > first.succeeded_at
        assert second.batch_changed_at == first.batch_changed_at
        assert (third.failure, third.failures_in_a_row) == ("away", 1)
        assert third.retry_at is not None
        assert third.polled_at is not None
        assert (third.retry_at - third.polled_at).total_seconds() >= 100
        assert fourth == third
        await scene.run_for(120)
        last = await scene.store.feeds.state("arxiv/cs.CL")
        assert last.failure is None
        assert last.papers_seen == 2

    played(scene, story)


async def test_too_many_to_be_true() -> None:
    """More papers that were never seen than a feed can have, all called new, are held back."""
    store = FakeStore(FakeClock(skips=True))
    flood = [arxiv(number) for number in range(2_001)]
    feed = "arxiv/cs.CL"
    held = await ingest.take(flood, feed, store.papers, store.clock, baseline=False)
    assert held.held == 2_001
    assert await store.papers.since("0", 10) == []
    first = await ingest.take(flood[:1_500], feed, store.papers, store.clock, baseline=False)
    assert first.alerting == 1_500
    rest = await ingest.take(flood, feed, store.papers, store.clock, baseline=False)
    assert (rest.held, rest.alerting) == (0, 501)


async def test_large_papers_are_taken_few_at_a_time() -> None:
    """Papers are looked up together by their size too: what is known of them is as large."""
    store = FakeStore(FakeClock(skips=True))
    asked: list[int] = []
    known = store.papers.known

    async def counting(ids: list[str]) -> object:
        asked.append(len(ids))
        return await known(ids)  # type: ignore[arg-type]

    store.papers.known = counting  # type: ignore[method-assign,assignment]
    huge = [arxiv(number, authors=("A" * 300_000,)) for number in range(7)]
    taken = await ingest.take(huge, "arxiv/cs.CL", store.papers, store.clock, baseline=False)
    assert (taken.moved, asked) == (7, [3, 3, 1])


async def test_baseline_of_any_size() -> None:
    """A baseline and a person's own file have no such bound."""
    store = FakeStore(FakeClock(skips=True))
    flood = [arxiv(number) for number in range(5_001)]
    taken = await ingest.take(flood, "papers/x", store.papers, store.clock, baseline=True)
    assert (taken.held, taken.moved, taken.alerting) == (0, 5_001, 0)
    again = await ingest.take(
        [replace(one, version=2) for one in flood],
        "papers/y",
        store.papers,
        store.clock,
        baseline=False,
        new_max=None,
    )
    assert again.held == 0


async def test_two_writers_of_one_paper() -> None:
    """Where another process wrote first, the paper is decided about again."""
    store = FakeStore(FakeClock(skips=True))
    known = store.papers.known
    meddled: list[bool] = []

    async def meddling(ids: list[str]) -> object:
        found = await known(ids)  # type: ignore[arg-type]
        if not meddled:
            meddled.append(True)
            await ingest.take([arxiv(1)], "arxiv/cs.LG", store.papers, store.clock, baseline=False)
        return found

    store.papers.known = meddling  # type: ignore[method-assign,assignment]
    await ingest.take([arxiv(1)], "arxiv/cs.CL", store.papers, store.clock, baseline=False)
    events = await store.papers.since("0", 10)
    assert events is not None
    assert len(events) == 1
    record = (await known([arxiv(1).id]))[arxiv(1).id]
    assert record.shown_in == {"arxiv/cs.CL", "arxiv/cs.LG"}
