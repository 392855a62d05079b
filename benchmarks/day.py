"""One day of arXiv through the whole path: from a feed's bytes to queued alerts.

`python benchmarks/day.py [--quick] [--write] [--papers N]` fills the embedded store with a million
subscriptions over 100,000 channels (filling.py), starts the bot's part of the path in a process of
its own, gives it feeds of real papers, and counts until the last alert stands in the outbox: fetch
and posting are left out, parsing, deciding, the stream, matching, alerts and the store's
append-only file (synced after each script) are in. A full day is 1,500 papers; with a million
subscriptions a paper makes thousands of alerts, so that fewer papers tell the pace (N), and growth
is shown from a tenth: ten times the subscriptions, the papers, the channels.

Where the processor's time goes is sampled (sampling.py); the store's is the server's own. A task
that ticks beside all of it measures how long the event loop is held: by the wall, where other
processes count, and by the work of the loop's thread.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from email.utils import format_datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final
from xml.sax.saxutils import escape

sys.path.insert(0, str(Path(__file__).parents[1]))

import corpus
import structlog
from measuring import block, cpu_s, head, memory, quantile, table
from sampling import Sampler
from ticking import Ticks

from adapters.redis import keys
from adapters.redis.embedded import EmbeddedServer
from adapters.redis.store import Store
from adapters.sources.arxiv_rss import read_feed
from adapters.sources.reads import gather_gently
from bot.app.compiling import compiled_loops
from bot.flow import match
from bot.flow.ingest import take
from bot.flow.subscribers import Subscribers
from bot.flow.watch import Metrics
from bot.ports import Batch
from bot.world import SystemChance, SystemClock

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.model.paper import Paper

FEED: Final = 250
"""Papers of one feed: arXiv shows a day in some 150 feeds, one a class."""

PARTS: Final = (
    ("adapters/redis/codec.py", "encode and decode"),
    ("pydantic", "encode and decode"),
    ("adapters/redis/", "talk to the store"),
    ("site-packages/redis/", "talk to the store"),
    ("bot/match/", "match"),
    ("bot/flow/match.py", "make alerts"),
    ("bot/flow/table.py", "make alerts"),
    ("bot/flow/packing.py", "make alerts"),
    ("bot/flow/subscribers.py", "follow the subscriptions"),
    ("bot/flow/", "accept"),
    ("adapters/sources/", "parse"),
    ("/asyncio/", "event loop, sockets"),
    ("benchmarks/", "this script"),
)


@dataclass(frozen=True, slots=True)
class Case:
    """How large a run is."""

    subscriptions: int
    channels: int
    papers: int


@dataclass(frozen=True, slots=True)
class Figures:
    """What one run took. Seconds by the wall and of processors; MB; shares of the bot's time."""

    subscriptions: int
    channels: int
    papers: int
    ready_s: float
    wall_s: float
    bot_s: float
    store_s: float
    alerts: int
    hold_s: float
    hold_p99_s: float
    hold_wall_s: float
    hold_in: dict[str, int]
    bot_mb: float
    bot_peak_mb: float
    store_mb: float
    store_before_mb: float
    parts: dict[str, float]


def feed(some: Sequence[Paper]) -> bytes:
    """The papers as arXiv's RSS."""
    items = "".join(map(_item, some))
    return (
        '<?xml version="1.0" encoding="UTF-8"?><rss version="2.0" '
        'xmlns:arxiv="http://arxiv.org/schemas/atom" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/"><channel><title>cs.CL</title>'
        f"{items}</channel></rss>"
    ).encode()


def _item(paper: Paper) -> str:
    name = paper.id.partition(":")[2]
    classes = "".join(f"<category>{escape(code)}</category>" for code in paper.categories)
    return (
        f"<item><title>{escape(paper.title)}</title><link>https://arxiv.org/abs/{name}</link>"
        f"<description>arXiv:{name}v1 Announce Type: new\nAbstract: {escape(paper.abstract)}"
        f"</description>{classes}<guid>oai:arXiv.org:{name}v1</guid>"
        f"<pubDate>{format_datetime(paper.published_at)}</pubDate>"
        f"<dc:creator>{escape(', '.join(paper.authors))}</dc:creator>"
        "<arxiv:announce_type>new</arxiv:announce_type></item>"
    )


async def run(case: Case, folder: Path) -> Figures:
    """The bot's part in this process, its store beside it."""
    clock, metrics, stop = SystemClock(), Metrics(), asyncio.Event()
    some = corpus.measured(case.papers)
    feeds = [feed(some[at : at + FEED]) for at in range(0, len(some), FEED)]
    del some
    begun = time.perf_counter()
    async with (
        await EmbeddedServer.start(folder, clock) as server,
        await Store.open(server.url, SystemChance().token()) as store,
    ):
        gc.collect()
        gc.freeze()  # as bot.app.serving does, before the subscriptions are there
        subscribers = Subscribers()
        compiled = Path(tempfile.gettempdir()) / "paperwire-bench" / "compiled"
        subscribers.match_by(compiled_loops(compiled))
        await subscribers.refresh(store.channels, clock.sleep)
        assert len(subscribers) == case.subscriptions, len(subscribers)
        ready_s = time.perf_counter() - begun
        before = memory(server.pid)
        sampler = Sampler(_part)
        ticks = Ticks(sampler)
        await store.papers.read("bench", 1, 0.0)
        wall, used, served = time.perf_counter(), time.process_time(), cpu_s(server.pid)
        with sampler:
            async with asyncio.TaskGroup() as group:
                ticking = group.create_task(ticks.run(clock))
                group.create_task(
                    match.run(
                        store.papers,
                        store.channels,
                        store.outbox,
                        clock,
                        "bench",
                        stop,
                        asyncio.Event(),
                        metrics,
                        0.02,
                        subscribers,
                    )
                )
                for body in feeds:
                    batch = await gather_gently(read_feed(body), clock)
                    assert isinstance(batch, Batch), batch
                    await take(batch.papers, "arxiv/bench", store.papers, clock, baseline=False)
                while await _unmatched(store):
                    await clock.sleep(0.01)
                wall_s, bot_s = time.perf_counter() - wall, time.process_time() - used
                stop.set()
                ticking.cancel()
        books = await store.outbox.books()
        here, there = memory(), memory(server.pid)
        return Figures(
            **asdict(case),
            ready_s=ready_s,
            wall_s=wall_s,
            bot_s=bot_s,
            store_s=cpu_s(server.pid) - served,
            alerts=books.queued,
            hold_s=max(ticks.work_s),
            hold_p99_s=quantile(ticks.work_s, 0.99),
            hold_wall_s=max(ticks.wall_s),
            hold_in=dict(ticks.during),
            bot_mb=here.now,
            bot_peak_mb=here.peak,
            store_mb=there.now,
            store_before_mb=before.now,
            parts=sampler.shares(),
        )


async def _unmatched(store: Store) -> bool:
    """Whether a paper on the stream was not taken by the matcher, or not acknowledged."""
    groups = await store.link.command("XINFO", "GROUPS", keys.STREAM)
    facts = dict(zip(groups[0][::2], groups[0][1::2], strict=True))
    return bool(facts[b"pending"] or facts[b"lag"])


def _part(file: str, _function: str) -> str | None:
    return next((part for begins, part in PARTS if begins in file), None)


# ---------------------------------------------------------------- the cases


def measured(case: Case) -> Figures:
    """One case: the store filled by one process, the bot in another."""
    with tempfile.TemporaryDirectory(prefix="paperwire-bench-") as folder:
        beside = Path(__file__).parent
        size = map(str, (case.subscriptions, case.channels))
        _python(beside / "filling.py", folder, *size)
        said = _python(beside / "day.py", "--one", json.dumps(asdict(case)), "--folder", folder)
        return Figures(**json.loads(said.splitlines()[-1]))


def _python(*command: str | Path) -> str:
    done = subprocess.run(  # noqa: S603  # this folder's own scripts
        [sys.executable, *command], stdout=subprocess.PIPE, check=True, text=True
    )
    return done.stdout


def cases(papers: int) -> list[Case]:
    """A tenth, and then ten times of each and of all."""
    base = Case(100_000, 10_000, 150)
    return [
        base,
        Case(1_000_000, 10_000, base.papers),
        Case(100_000, 10_000, 10 * base.papers),
        Case(100_000, 100_000, base.papers),
        Case(1_000_000, 100_000, papers),
    ]


def text(all_figures: Sequence[Figures], opening: str) -> str:
    """The tables."""
    columns = (
        "subscriptions|channels|papers|alerts|seconds|papers/s|alerts/s|bot's processor s|"
        "store's processor s|longest hold ms|p99 hold ms|bot MB|store MB"
    )
    rows = [
        [
            f"{one.subscriptions:,}",
            f"{one.channels:,}",
            f"{one.papers:,}",
            f"{one.alerts:,}",
            f"{one.wall_s:.1f}",
            f"{one.papers / one.wall_s:,.1f}",
            f"{one.alerts / one.wall_s:,.0f}",
            f"{one.bot_s:.1f}",
            f"{one.store_s:.1f}",
            f"{one.hold_s * 1000:.0f}",
            f"{one.hold_p99_s * 1000:.0f}",
            f"{one.bot_mb:,.0f}",
            f"{one.store_before_mb:,.0f} → {one.store_mb:,.0f}",
        ]
        for one in all_figures
    ]
    names = list(dict.fromkeys(part for one in all_figures for part in one.parts))
    parts = [
        [
            name,
            *(
                f"{one.parts.get(name, 0) * one.bot_s / one.alerts * 1e6:.1f}"
                for one in all_figures
            ),
        ]
        for name in names
    ]
    sizes = [f"{o.subscriptions:,} / {o.channels:,} / {o.papers:,}" for o in all_figures]
    parts.append(["*the store*", *(f"{o.store_s / o.alerts * 1e6:.1f}" for o in all_figures)])
    return (
        f"{opening}\n{table(columns.split('|'), rows)}\nProcessor µs an alert, by part:\n\n"
        f"{table(['part', *sizes], parts)}\n{_day(all_figures[-1])}"
    )


def _day(one: Figures) -> str:
    """A whole day at the last case's pace."""
    day = 1_500 / (one.papers / one.wall_s)
    return (
        f"At the last line's pace a day of 1,500 papers, {1_500 * one.alerts / one.papers:,.0f} "
        f"alerts, takes {day / 60:.1f} minutes"
        + (" (measured).\n" if one.papers >= 1_500 else f" (measured: {one.papers:,} papers).\n")
    )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--papers", type=int, default=150, help="of the last case; 1500 is a day")
    parser.add_argument("--one", help="internal: one case")
    parser.add_argument("--folder", type=Path)
    args = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(40))
    if args.one:
        print(json.dumps(asdict(asyncio.run(run(Case(**json.loads(args.one)), args.folder)))))
        return
    opening = head()
    wanted = [Case(10_000, 1_000, 60)] if args.quick else cases(args.papers)
    figures = []
    for case in wanted:
        figures.append(measured(case))
        print(figures[-1], file=sys.stderr, flush=True)
    said = text(figures, opening)
    print(said)
    if args.write:
        file = Path(__file__).with_name("day.json")
        file.write_text(json.dumps([asdict(one) for one in figures], indent=1) + "\n")
        block("day", said)


if __name__ == "__main__":
    main()
