"""Ingest: recorded papers through the real path into the embedded store, a stage at a time.

`python benchmarks/ingest.py [--quick]` takes one month of papers (May 2025) with 100 of the
queries that people wrote for other alerts, five a channel, and prints papers a second of each
stage: reading (JSON, TeX), `take` (what is known of each paper is read, what is new is remembered
and put on the stream by one script), reading the stream, matching with its reasons, queueing
alerts, acknowledging. The store syncs its append-only file after every script.

The stages are timed one after the other. Then all is done again in a fresh store as in the
running bot, where taking and matching go on at once: that is the line "all of it".
"""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
import time
from collections import defaultdict
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).parents[1]))

import structlog
from data import DATA, papers
from measuring import cpu_s, head, is_quick, table
from queries import translate

from adapters.redis import keys
from adapters.redis.embedded import EmbeddedServer
from adapters.redis.store import Store
from bot.flow import match
from bot.flow.ingest import take
from bot.flow.subscribers import Subscribers
from bot.flow.watch import Metrics
from bot.model.channel import Channel, ChannelId, UserId
from bot.model.subscription import DEFAULT_TYPES, Subscription, SubscriptionId
from bot.query.ast import Query
from bot.query.parse import parse
from bot.query.show import show
from bot.world import SystemChance, SystemClock

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator, Sequence

    from bot.model.paper import Paper

SUBSCRIPTIONS = 100
CHANNEL_SIZE = 5
MONTH = "papers/arxiv-2025/2025-05.jsonl.gz"
QUICK = 600
ANSWER = 1_000
"""Papers of one answer; arXiv's largest feeds show as many on a busy day."""

STAGES = {
    "read": "read: JSON, TeX",
    "known": "take: look up what is known",
    "remember": "take: remember, put on the stream",
    "take": "take: the rest, deciding",
    "stream": "read from the stream",
    "match": "match with 100 subscriptions, make the alerts",
    "queue": "queue the alerts",
    "acknowledge": "acknowledge",
}


@dataclass(slots=True)
class Watch:
    """Seconds by stage: by the wall, and of this process's processor."""

    took: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    used: dict[str, float] = field(default_factory=lambda: defaultdict(float))

    @contextmanager
    def on(self, stage: str, *inner: str) -> Iterator[None]:
        """Time a stage without the stages that are timed inside of it."""
        begun, used = time.perf_counter(), time.process_time()
        took_s, used_s = (sum(each[one] for one in inner) for each in (self.took, self.used))
        try:
            yield
        finally:
            self.took[stage] += time.perf_counter() - begun
            self.used[stage] += time.process_time() - used
            self.took[stage] -= sum(self.took[one] for one in inner) - took_s
            self.used[stage] -= sum(self.used[one] for one in inner) - used_s

    def wrapped(self, stage: str, call: Callable[..., Any]) -> Callable[..., Any]:
        """The same call, timed."""

        async def timed(*args: Any) -> Any:
            with self.on(stage):
                return await call(*args)

        return timed


class Timed:
    """A port of which some calls are timed."""

    def __init__(self, port: object, watch: Watch, **stages: str) -> None:
        self._port = port
        for name, stage in stages.items():
            setattr(self, name, watch.wrapped(stage, getattr(port, name)))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._port, name)


@dataclass(frozen=True, slots=True)
class Fresh:
    """A new store with the subscriptions, on a folder of its own."""

    store: Store
    server: EmbeddedServer
    clock: SystemClock


@asynccontextmanager
async def fresh() -> AsyncIterator[Fresh]:
    """Open until the context ends."""
    clock = SystemClock()
    with tempfile.TemporaryDirectory(prefix="paperwire-bench-") as folder:
        async with (
            await EmbeddedServer.start(Path(folder), clock) as server,
            await Store.open(server.url, SystemChance().token()) as store,
        ):
            for channel in channels(clock):
                await store.channels.write([channel], None, 10_000)
            yield Fresh(store, server, clock)


def channels(clock: SystemClock) -> list[Channel]:
    """The subscriptions, some a channel."""
    lines = (DATA / "queries" / "queries.jsonl").read_text(encoding="utf-8").splitlines()
    texts = []
    for entry in islice(map(json.loads, lines), SUBSCRIPTIONS):
        query = parse(translate(entry)[0])
        assert isinstance(query, Query), entry["id"]
        texts.append(show(query.tree))
    made = []
    for number in range(0, len(texts), CHANNEL_SIZE):
        home = ChannelId("web", "local", f"bench-{number // CHANNEL_SIZE}")
        subscriptions = [
            Subscription(
                id=SubscriptionId(f"bench-{number + place}"),
                channel=home,
                number=place + 1,
                query=text,
                types=DEFAULT_TYPES,
                created_by=UserId("local"),
                created_at=clock.now(),
            )
            for place, text in enumerate(texts[number : number + CHANNEL_SIZE])
        ]
        made.append(
            Channel(home, next_number=len(subscriptions) + 1, subscriptions=tuple(subscriptions))
        )
    return made


async def in_stages(some: Sequence[Paper], watch: Watch) -> int:
    """Every stage for all papers before the next one; how many alerts were queued."""
    async with fresh() as one:
        store, metrics, subscribers = one.store, Metrics(), Subscribers()
        await subscribers.refresh(store.channels)
        seen: Any = Timed(
            store.papers,
            watch,
            known="known",
            remember="remember",
            read="stream",
            acknowledge="acknowledge",
        )
        outbox: Any = Timed(store.outbox, watch, queue="queue")
        with watch.on("take", "known", "remember"):
            for answer in answers(some):
                await take(answer, "arxiv/bench", seen, one.clock, baseline=False)
        new = 0
        with watch.on("match", "stream", "queue", "acknowledge"):
            while events := await seen.read("bench", match.EVENTS, 0.0):
                new += await match.step(
                    events, subscribers, seen, store.channels, outbox, one.clock, metrics
                )
        return new


async def at_once(some: Sequence[Paper]) -> tuple[float, float, float]:
    """Seconds by the wall, and of the processors of the bot and of the store."""
    async with fresh() as one:
        store, stop = one.store, asyncio.Event()
        await store.papers.read("bench", 1, 0.0)
        begun, used, served = time.perf_counter(), time.process_time(), cpu_s(one.server.pid)
        async with asyncio.TaskGroup() as group:
            matching = match.run(
                store.papers,
                store.channels,
                store.outbox,
                one.clock,
                "bench",
                stop,
                asyncio.Event(),
                Metrics(),
                0.02,
            )
            group.create_task(matching)
            for answer in answers(some):
                await take(answer, "arxiv/bench", store.papers, one.clock, baseline=False)
            while await _unmatched(store):
                await one.clock.sleep(0.01)
            wall_s = time.perf_counter() - begun
            stop.set()
        return wall_s, time.process_time() - used, cpu_s(one.server.pid) - served


async def _unmatched(store: Store) -> bool:
    """Whether a paper on the stream was not taken by the matcher, or not acknowledged."""
    groups = await store.link.command("XINFO", "GROUPS", keys.STREAM)
    facts = dict(zip(groups[0][::2], groups[0][1::2], strict=True))
    return bool(facts[b"pending"] or facts[b"lag"])


def answers(some: Sequence[Paper]) -> list[Sequence[Paper]]:
    """The papers as a source would show them."""
    return [some[start : start + ANSWER] for start in range(0, len(some), ANSWER)]


async def main() -> None:
    """Print the table."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(40))
    print(head())
    watch = Watch()
    with watch.on("read"):
        some = list(islice(papers([DATA / MONTH]), QUICK if is_quick() else None))
    alerts = await in_stages(some, watch)
    wall_s, bot_s, store_s = await at_once(some)
    count = len(some)
    rows = [
        [words, *_pace(count, watch.took[stage]), _ms(watch.used[stage], count)]
        for stage, words in STAGES.items()
    ]
    whole_s, used_s = wall_s + watch.took["read"], bot_s + watch.used["read"]
    rows.append(["**all of it, as the bot runs**", *_pace(count, whole_s), _ms(used_s, count)])
    print(f"{count:,} papers of {Path(MONTH).name[:7]}, {alerts:,} alerts queued.\n")
    print(table(["stage", "papers/s", "ms a paper", "of them the bot's processor"], rows))
    print(f"The store's processor worked {_ms(store_s, count)} ms a paper for all of it.\n")


def _pace(count: int, seconds: float) -> tuple[str, str]:
    return f"{count / seconds:,.0f}", _ms(seconds, count)


def _ms(seconds: float, count: int) -> str:
    return f"{seconds / count * 1000:.2f}"


if __name__ == "__main__":
    asyncio.run(main())
