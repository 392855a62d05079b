"""A world for stories: scripted sources, a platform that misbehaves, processes that die."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from fakes import FakeStore, faulty
from virtual import FakeChance, FakeClock

from bot.card.post import PaperList
from bot.flow import deliver, index_archive, match, poll, supervise
from bot.flow.next_step import POST_TIMEOUT_S, SETTLE_S
from bot.flow.poll import Poller
from bot.flow.schedule import Plan
from bot.flow.sender import Sender
from bot.flow.watch import Metrics
from bot.model.alert import PostKey, Receipt
from bot.ports import Batch, Busy, Found, Posted, SourceDown, Unchanged, Unreachable

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from random import Random  # noqa: TID251 - seeded by the test

    from bot.card.card import Card
    from bot.model.channel import Channel, ChannelId
    from bot.model.paper import Paper
    from bot.ports import Backfill, Outcome, Poll

DAY = timedelta(days=1)


class Crash(BaseException):
    """The process is killed: nothing of it runs on."""


@dataclass
class Script:
    """A source whose feeds show, from a time on, certain papers."""

    name: str
    clock: FakeClock
    shown: dict[str, list[tuple[datetime, tuple[Paper, ...]]]] = field(default_factory=dict)
    down: Callable[[], bool] = lambda: False
    polls: list[tuple[datetime, str]] = field(default_factory=list)

    def show(self, feed: str, at: datetime, *papers: Paper) -> None:
        """From this time on the feed shows these papers."""
        self.shown.setdefault(feed, []).append((at, papers))
        self.shown[feed].sort(key=lambda entry: entry[0])

    async def poll(self, feed: str, etag: str | None) -> Poll:
        """What the feed shows now."""
        self.polls.append((self.clock.now(), feed))
        await self.clock.sleep(0.2)
        if self.down():
            return SourceDown("it is not there")
        batches = [entry for entry in self.shown.get(feed, []) if entry[0] <= self.clock.now()]
        if not batches:
            return Batch((), etag="nothing")
        at, papers = batches[-1]
        mark = f"{at.isoformat()}"
        return Unchanged() if etag == mark else Batch(papers, at=at, etag=mark)


@dataclass
class Landing:
    """One message that the platform took, when its readers see it."""

    at: datetime
    channel: ChannelId
    key: PostKey
    keys: tuple[PostKey, ...]
    card: Card


class Platform:
    """A chat service that neither dedupes nor answers reliably, but can be read back."""

    platform = "web"

    def __init__(
        self, clock: FakeClock, random: Random | None = None, trouble: float = 0.0
    ) -> None:
        self.clock = clock
        self.landings: list[Landing] = []
        self.answer: Callable[[Card, ChannelId, PostKey], Outcome | None] = lambda *_: None
        self._random = random
        self._trouble = trouble

    def bad_luck(self) -> float:
        """A number in [0, 1) when this request fares ill, otherwise 1."""
        if self._random is None or self._random.random() >= self._trouble:
            return 1.0
        return self._random.random()

    async def post(self, card: Card, channel: ChannelId, key: PostKey) -> Outcome:
        """Take a message, or not; say so, or not."""
        scripted = self.answer(card, channel, key)
        if scripted is not None:
            return scripted
        luck = self.bad_luck()
        if luck < 0.2:
            return Busy(3.0, platform_wide=luck < 0.05)
        if luck < 0.4:
            return Unreachable("refused", maybe_posted=False)
        late_s = 30.0 if luck < 0.6 else 0.05
        if luck < 0.9 or luck == 1.0:
            at = self.clock.now() + timedelta(seconds=late_s)
            self.landings.append(Landing(at, channel, key, (), card))
        if luck < 1.0:
            if luck < 0.7:
                await self.clock.sleep(100)  # the caller gives up before
            return Unreachable("reset", maybe_posted=True)
        await self.clock.sleep(0.1)
        return Posted(Receipt(f"r{len(self.landings)}"))

    async def find(self, channel: ChannelId, key: PostKey, since: datetime) -> Receipt | Found:
        """Read the channel back."""
        await self.clock.sleep(0.1)
        for place, one in enumerate(self.seen(channel)):
            if one.key == key and one.at >= since:
                return Receipt(f"r{place}")
        return Found.ABSENT

    def seen(self, channel: ChannelId) -> list[Landing]:
        """What people see in the channel now, oldest first."""
        now = self.clock.now()
        found = [one for one in self.landings if one.channel == channel and one.at <= now]
        return sorted(found, key=lambda one: one.at)


NONCE_S = 60.0


class NoncePlatform(Platform):
    """One that, for a minute, gives the first message back when a post is repeated."""

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self.lost_at: dict[tuple[ChannelId, PostKey], float] = {}
        self.repeats = 0

    def may_repeat(self, channel: ChannelId, key: PostKey) -> bool:
        """Whether a repeat lands before the first message's minute ends, however late it lands."""
        first = self.lost_at.get((channel, key))
        left_s = NONCE_S - POST_TIMEOUT_S - SETTLE_S
        may = first is not None and self.clock.monotonic() - first < left_s
        self.repeats += may
        return may

    async def post(self, card: Card, channel: ChannelId, key: PostKey) -> Outcome:
        """As elsewhere, but of two messages with a key within a minute the first one stays."""
        began = self.clock.monotonic()
        try:
            outcome = await super().post(card, channel, key)
        except asyncio.CancelledError:
            outcome = Unreachable("given up", maybe_posted=True)
            raise
        finally:
            if isinstance(outcome, Unreachable) and outcome.maybe_posted:
                self.lost_at.setdefault((channel, key), began)
            self._forget_doubles(channel, key)
        return outcome

    def _forget_doubles(self, channel: ChannelId, key: PostKey) -> None:
        same = [one for one in self.landings if (one.channel, one.key) == (channel, key)]
        same.sort(key=lambda one: one.at)
        for first, second in pairwise(same):
            if (second.at - first.at).total_seconds() < NONCE_S:
                self.landings.remove(second)
                return


@dataclass
class World:
    """A store, sources and a platform that outlive the processes."""

    clock: FakeClock
    store: FakeStore
    sources: list[Script]
    platform: Platform
    plans: dict[str, float | None] = field(default_factory=dict)
    parts: dict[str, tuple[str, ...]] = field(default_factory=dict)
    backfill: Backfill | None = None
    alerts_per_day: int = 30
    idle_s: float = 5.0
    hook: Callable[[str, str], Awaitable[None]] | None = None
    generation: int = 0
    dead: bool = False

    @classmethod
    def make(cls, start: datetime, *names: str) -> World:
        """A world with these sources, in which nothing has happened."""
        clock = FakeClock(start)
        sources = [Script(name, clock) for name in names]
        return cls(clock, FakeStore(clock), sources, Platform(clock))

    async def subscribe(self, channel: Channel) -> None:
        """Set a channel; whatever was set is replaced."""
        known = await self.store.channels.read(channel.id)
        await self.store.channels.write(
            [replace(channel, revision=known.revision)], None, 1_000_000
        )

    async def live(self, until: datetime) -> None:
        """Run one process until a time, then stop it in good order."""
        stop, queued = asyncio.Event(), asyncio.Event()
        async with asyncio.TaskGroup() as group:
            group.create_task(self._process(stop, queued))
            await self.clock.run_until(until)
            stop.set()

    async def until_crash(self, until: datetime) -> None:
        """Run one process until it dies or a time has come; then it is gone at once."""
        stop, queued = asyncio.Event(), asyncio.Event()
        seconds = max(0.0, (until - self.clock.now()).total_seconds())
        self.dead = False
        try:
            async with asyncio.timeout(seconds):
                await self._process(stop, queued)
        except (TimeoutError, Crash):
            pass
        except BaseExceptionGroup as group:
            if group.split(Crash)[1] is not None:
                raise
        finally:
            self.dead = True

    async def _process(self, stop: asyncio.Event, queued: asyncio.Event) -> None:
        self.generation += 1
        owner, metrics = f"process-{self.generation}", Metrics()
        chance, clock, store = FakeChance(self.generation), self.clock, self.store
        papers, channels = self._port(store.papers), self._port(store.channels)
        outbox, feeds = self._port(store.outbox), self._port(store.feeds)
        leases, archive = self._port(store.leases), self._port(store.archive)
        sender = Sender(
            {"web": self._port(self.platform)},
            outbox,
            papers,
            archive,
            channels,
            clock,
            chance,
            owner,
            metrics,
            alerts_per_day=self.alerts_per_day,
            idle_s=self.idle_s,
        )
        wait_s = self.idle_s
        loops: dict[str, supervise.Loop] = {
            "match": lambda: match.run(
                papers, channels, outbox, clock, owner, stop, queued, metrics, wait_s
            ),
            "deliver": lambda: deliver.run(sender, stop, queued),
            "archive": lambda: index_archive.run(papers, archive, clock, stop, wait_s),
        }
        for source in self.sources:
            poller = Poller(
                self._port(source),
                self.parts.get(source.name) or tuple(source.shown),
                Plan(self.plans.get(source.name)),
                papers,
                feeds,
                leases,
                channels,
                clock,
                chance,
                owner,
                metrics,
                backfill=self.backfill if source.name == "arxiv" else None,
                look_s=wait_s,
            )
            loops[f"poll-{source.name}"] = lambda poller=poller: poll.run(poller, stop)  # type: ignore[misc]
        await supervise.run(loops, stop, clock, chance, metrics)

    def _port(self, port: object) -> Any:
        return port if self.hook is None else faulty(port, self.hook)

    # ------------------------------------------------------------ what came of it

    def alerted(self, channel: ChannelId) -> list[PostKey]:
        """Keys of alerts that people see, in order; a list counts as its alerts."""
        keys: list[PostKey] = []
        for landing in self.platform.seen(channel):
            keys += self.keys_of(channel, landing.key)
        return keys

    def keys_of(self, channel: ChannelId, key: PostKey) -> Sequence[PostKey]:
        """The alerts behind a post's key."""
        kept = self.store.outbox._box(channel).kept[key].post
        return [one.key for one in kept.alerts] if isinstance(kept, PaperList) else [key]
