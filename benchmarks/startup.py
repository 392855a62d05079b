"""From nothing to ready to match: `python benchmarks/startup.py [SUBSCRIPTIONS] [--write]`.

Fills the embedded store of a data folder (filling.py), ten subscriptions a channel, and starts
three times, each time in a new process: reading all subscriptions from the store (which then
writes the snapshot), from the snapshot, and from the snapshot after a thousand channels changed.
Seconds by the wall; *held* is the longest time that the event loop did not run, by its own work.
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
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

sys.path.insert(0, str(Path(__file__).parents[1]))

import corpus
import structlog
from filling import channel_id
from measuring import block, cpu_s, head, memory, table
from sampling import Sampler
from ticking import Ticks

from adapters.archive.snapshot import FILE, SnapshotFile
from adapters.redis.embedded import EmbeddedServer
from adapters.redis.store import Store
from bot.flow.subscribers import Subscribers
from bot.world import SystemChance, SystemClock

if TYPE_CHECKING:
    from collections.abc import Sequence

EACH: Final = 10
"""Subscriptions of a channel."""

CHANGED: Final = 1_000

PARTS: Final = (
    ("adapters/redis/codec.py", "decode"),
    ("pydantic", "decode"),
    ("adapters/redis/", "talk to the store"),
    ("site-packages/redis/", "talk to the store"),
    ("bot/query/", "read queries"),
    ("bot/match/", "index"),
    ("bot/flow/table.py", "table of subscriptions"),
    ("bot/flow/classes.py", "table of subscriptions"),
    ("bot/flow/", "table of subscriptions"),
    ("adapters/archive/", "read the file"),
    ("/asyncio/", "event loop, sockets"),
    ("benchmarks/", "this script"),
)


@dataclass(frozen=True, slots=True)
class Started:
    """Seconds of the parts of one start, MB, and shares of the bot's processor while it read."""

    how: str
    server_s: float
    open_s: float
    read_s: float
    first_match_s: float
    ready_s: float
    bot_s: float
    store_s: float
    held_s: float
    held_in: dict[str, int]
    save_s: float
    saved_mb: float
    bot_mb: float
    store_mb: float
    parts: dict[str, float]


async def start(how: str, folder: Path) -> Started:
    """Start, and leave the snapshot for the next time."""
    clock = SystemClock()
    paper = corpus.measured(1)[0]
    begun = time.perf_counter()
    async with await EmbeddedServer.start(folder, clock) as server:
        server_s = time.perf_counter() - begun
        async with await Store.open(server.url, SystemChance().token()) as store:
            open_s = time.perf_counter() - begun - server_s
            subscribers = Subscribers(snapshots=SnapshotFile(folder, store.epoch))
            served, used = cpu_s(server.pid), time.process_time()
            since = time.perf_counter()
            sampler = Sampler(_part)
            ticks = Ticks(sampler)
            async with asyncio.TaskGroup() as group:
                ticking = group.create_task(ticks.run(clock))
                with sampler:
                    await subscribers.refresh(store.channels, clock.sleep)
                await subscribers.refresh(store.channels, clock.sleep)  # what changed since
                ticking.cancel()
            read_s, bot_s = time.perf_counter() - since, time.process_time() - used
            since = time.perf_counter()
            subscribers.table.match([paper])
            match_s = time.perf_counter() - since
            ready_s = time.perf_counter() - begun
            gc.collect()
            here, there = memory(), memory(server.pid)
            served = cpu_s(server.pid) - served
            since = time.perf_counter()
            await subscribers.save(clock.sleep)
            return Started(
                how=how,
                server_s=server_s,
                open_s=open_s,
                read_s=read_s,
                first_match_s=match_s,
                ready_s=ready_s,
                bot_s=bot_s,
                store_s=served,
                held_s=max(ticks.work_s, default=0.0),
                held_in=dict(ticks.during),
                save_s=time.perf_counter() - since,
                saved_mb=(folder / FILE).stat().st_size / 1e6,
                bot_mb=here.now,
                store_mb=there.now,
                parts=sampler.shares(),
            )


async def change(folder: Path) -> None:
    """Change a thousand channels while nobody follows: each loses its last subscription."""
    async with (
        await EmbeddedServer.start(folder, SystemClock()) as server,
        await Store.open(server.url, SystemChance().token()) as store,
    ):
        for place in range(CHANGED):
            channel = await store.channels.read(channel_id(place))
            fewer = replace(channel, subscriptions=channel.subscriptions[:-1])
            await store.channels.write([fewer], None, 10_000)


def _part(file: str, _function: str) -> str | None:
    return next((part for begins, part in PARTS if begins in file), None)


def measured(count: int) -> list[Started]:
    """The three starts."""
    with tempfile.TemporaryDirectory(prefix="paperwire-bench-") as folder:
        _python("filling.py", folder, str(count), str(max(1, count // EACH)))
        starts = [_started("the store", folder), _started("the snapshot", folder)]
        asyncio.run(change(Path(folder)))
        return [*starts, _started(f"the snapshot, {CHANGED:,} channels changed", folder)]


def _started(how: str, folder: str) -> Started:
    said = _python("startup.py", "--one", how, "--folder", folder)
    return Started(**json.loads(said.splitlines()[-1]))


def _python(name: str, *args: str) -> str:
    done = subprocess.run(  # noqa: S603  # this folder's own scripts
        [sys.executable, Path(__file__).with_name(name), *args],
        stdout=subprocess.PIPE,
        check=True,
        text=True,
    )
    return done.stdout


def text(count: int, starts: Sequence[Started], opening: str) -> str:
    """The tables."""
    columns = (
        "subscriptions come from|server up, file loaded s|connect s|read s|first match s|"
        "**ready s**|bot's processor s|store's processor s|held ms|save s|saved MB|bot MB|store MB"
    )
    rows = [
        [
            one.how,
            *(f"{s:.2f}" for s in (one.server_s, one.open_s, one.read_s, one.first_match_s)),
            f"**{one.ready_s:.1f}**",
            f"{one.bot_s:.1f}",
            f"{one.store_s:.1f}",
            f"{one.held_s * 1000:.0f}",
            f"{one.save_s:.1f}",
            f"{one.saved_mb:,.0f}",
            f"{one.bot_mb:,.0f}",
            f"{one.store_mb:,.0f}",
        ]
        for one in starts
    ]
    first = starts[0]
    shares = [
        [name, f"{share * first.bot_s:.1f}", f"{share:.0%}"] for name, share in first.parts.items()
    ]
    return (
        f"{opening}\n{count:,} subscriptions over {count // EACH:,} channels.\n\n"
        f"{table(columns.split('|'), rows)}\nReading them from the store, the bot's processor:\n\n"
        f"{table(['part', 's', 'share'], shares)}"
    )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("count", nargs="?", default="1_000_000")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--one", help="internal: one start")
    parser.add_argument("--folder", type=Path)
    args = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(40))
    if args.one:
        print(json.dumps(asdict(asyncio.run(start(args.one, args.folder)))))
        return
    opening = head()
    count = 50_000 if args.quick else int(args.count.replace("_", ""))
    starts = measured(count)
    said = text(count, starts, opening)
    print(said)
    if args.write:
        file = Path(__file__).with_name("startup.json")
        file.write_text(json.dumps([asdict(one) for one in starts], indent=1) + "\n")
        block("startup", said)


if __name__ == "__main__":
    main()
