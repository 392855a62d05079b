"""Search: the archive's pages and forecasts over 60,000 papers, and the memory they take.

`python benchmarks/search.py [--quick]` starts `paperwire run` on a new folder, gives it papers of
2025 by `paperwire ingest --baseline`, waits until they are in its archive, notes the memory of
both of its processes before and after, stops it, and asks the archive of that folder: 100 queries
of each kind, made of words of the papers. A page is the newest ten papers that match; a forecast
is what `subscribe` answers: how many papers of the last 14 days match, and three of them.

The peer is a plain scan: the evaluator of the query over the same papers, which it already holds
in memory, newest first, until a page is full or the 14 days are over. It is asked at most five
queries of each kind, and broken off after two seconds.
"""

from __future__ import annotations

import asyncio
import gc
import gzip
import os
import random  # noqa: TID251  # a benchmark seeds its own
import re
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import closing
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).parents[1]))

from data import paper_files, papers
from measuring import Memory, head, in_ms, is_quick, memory, quantile, table

from adapters.archive.sqlite import SqliteArchive
from bot.match.plain import holds
from bot.query.ast import Query
from bot.query.parse import Use, parse
from bot.world import SystemClock

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bot.model.paper import Paper

SEED = 20261123
PAPERS = 60_000
QUERIES, SCANS, QUICK_QUERIES = 100, 5, 10
SCAN_S = 2.0
"""A scan that takes longer is broken off, and its kind is scanned for no further query."""
PAGE, SPAN = 10, timedelta(days=14)
PATIENCE_S = 240.0
_WORD = re.compile(r"[a-z]{4,}")


@dataclass(slots=True)
class Took:
    """Seconds of each query of one kind."""

    page: list[float] = field(default_factory=list)
    forecast: list[float] = field(default_factory=list)
    scan_page: list[float] = field(default_factory=list)
    scan_forecast: list[float] = field(default_factory=list)


def draw(some: Sequence[Paper], count: int) -> dict[str, list[str]]:
    """Queries by kind. Common words stand in more than 5 % of the papers, others in fewer."""
    chance = random.Random(SEED)
    sample = chance.sample(list(some), 4_000)
    texts = [_WORD.findall(f"{paper.title} {paper.abstract}".lower()) for paper in sample]
    spread = Counter(word for text in texts for word in set(text))
    common = sorted(word for word, found in spread.items() if found > len(texts) // 20)
    rare = sorted(word for word, found in spread.items() if 2 <= found <= len(texts) // 100)

    def phrase() -> str:
        text = re.findall(r"[a-z]+", chance.choice(sample).abstract.lower())
        at = chance.randrange(max(1, len(text) - 2))
        return f'"{" ".join(text[at : at + 2])}"'

    def author() -> str:
        names = [name for name in chance.choice(sample).authors if name.isascii()]
        return f'au:"{names[0]}"' if names else "au:Smith"

    kinds: dict[str, Callable[[], str]] = {
        "one term": lambda: chance.choice(rare),
        "phrase of two words": phrase,
        "two common terms": lambda: " ".join(chance.sample(common, 2)),
        "field: ti:term": lambda: f"ti:{chance.choice(rare)}",
        "field: au:name": author,
        "prefix": lambda: f"{chance.choice(rare)[:4]}*",
        "class without a common term": lambda: f"cat:cs.LG -{chance.choice(common)}",
        "archive without two terms": lambda: (
            f"cat:cs.* -{chance.choice(common)} -{chance.choice(rare)}"
        ),
        "in no paper": lambda: (
            f"{chance.choice(rare)} {chance.choice(rare)} {chance.choice(rare)}"
        ),
    }
    return {name: [make() for _ in range(count)] for name, make in kinds.items()}


async def ask(archive: SqliteArchive, queries: Sequence[Query], took: Took) -> None:
    """Each query for a page and for a forecast."""
    clock = SystemClock()
    for query in queries:
        begun = time.perf_counter()
        await archive.search(query, clock.now(), PAGE, 0)
        took.page.append(time.perf_counter() - begun)
        begun = time.perf_counter()
        await archive.sample(query, None, clock.now() - SPAN, 3)
        took.forecast.append(time.perf_counter() - begun)


def scan(newest: Sequence[Paper], recent: int, queries: Sequence[Query], took: Took) -> None:
    """The same by asking the evaluator about one paper after the other."""
    for query in queries:
        page_s = scanned(query, newest, PAGE)
        forecast_s = scanned(query, newest[:recent], recent)
        took.scan_page.append(page_s)
        took.scan_forecast.append(forecast_s)
        if max(page_s, forecast_s) >= SCAN_S:
            return


def scanned(query: Query, some: Sequence[Paper], wanted: int) -> float:
    """Seconds until more than the wanted papers are found; SCAN_S at most."""
    begun, found = time.perf_counter(), 0
    for paper in some:
        found += holds(query.tree, paper)
        if found > wanted or time.perf_counter() - begun > SCAN_S:
            break
    return min(time.perf_counter() - begun, SCAN_S)


@dataclass(frozen=True, slots=True)
class Filled:
    """Seconds of ingest and until the archive had it all; memory of bot and store."""

    ingest_s: float
    archive_s: float
    empty: tuple[Memory, Memory]
    full: tuple[Memory, Memory]


def fill(folder: Path, files: Sequence[Path], count: int) -> Filled:
    """Let a running bot take the files' papers, as a person would."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith("PAPERWIRE_")}
    nowhere = "http://127.0.0.1:9"
    own = {
        "DATA_DIR": str(folder),
        "ARXIV_FEED_URL": nowhere,
        "ARXIV_OAI_URL": nowhere,
        "HUGGINGFACE_URL": nowhere,
        "LOG_LEVEL": "error",
    }
    env = {**kept, **{f"PAPERWIRE_{name}": value for name, value in own.items()}}
    command = [sys.executable, "-m", "bot"]
    process = subprocess.Popen(  # noqa: S603 - our own command
        [*command, "run", "--port", "0"],
        env=env,
        cwd=folder.parent,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        assert "running" in process.stdout.readline()
        time.sleep(2)  # noqa: TID251  # what the start needed is given back
        empty = both(process.pid)
        begun = time.perf_counter()
        asked = ["ingest", "--source", "papers", "--baseline", *map(str, files)]
        subprocess.run(  # noqa: S603 - as above
            [*command, *asked], env=env, check=True, stdout=subprocess.DEVNULL
        )
        ingest_s = time.perf_counter() - begun
        while in_archive(folder) < count:
            assert time.perf_counter() - begun < PATIENCE_S, "the archive does not fill"
            time.sleep(0.2)  # noqa: TID251  # a benchmark waits in real time
        archive_s = time.perf_counter() - begun
        time.sleep(2)  # noqa: TID251  # as above
        return Filled(ingest_s, archive_s, empty, both(process.pid))
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)


def both(pid: int) -> tuple[Memory, Memory]:
    """The memory of the bot and of its store."""
    (store,) = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return memory(pid), memory(int(store))


def in_archive(folder: Path) -> int:
    """How many papers the archive has."""
    try:
        with closing(sqlite3.connect(f"file:{folder}/archive.sqlite3?mode=ro", uri=True)) as db:
            return int(db.execute("SELECT count(*) FROM papers").fetchone()[0])
    except sqlite3.OperationalError:
        return 0


def chosen() -> list[Path]:
    """The newest files that make up PAPERS papers; one for a quick run."""
    files: list[Path] = []
    lines = 0
    for file in reversed(paper_files()):
        if lines < PAPERS and not (files and is_quick()):
            files.append(file)
            with gzip.open(file) as packed:
                lines += sum(1 for _ in packed)
    return files


async def main() -> None:
    """Print the tables."""
    print(head())
    files = chosen()
    with tempfile.TemporaryDirectory(prefix="paperwire-bench-") as name:
        folder = Path(name) / "data"
        folder.mkdir()
        newest = sorted(
            {paper.id: paper for paper in papers(files)}.values(),
            key=lambda paper: paper.published_at,
            reverse=True,
        )
        filled = fill(folder, files, len(newest))
        archive_mb = sum(f.stat().st_size for f in folder.glob("archive*")) / 1e6
        store_mb = sum(f.stat().st_size for f in folder.rglob("*") if f.is_file()) / 1e6
        print_memory(filled, len(newest), archive_mb, store_mb - archive_mb)
        bound = newest[0].published_at - SPAN
        recent = sum(paper.published_at >= bound for paper in newest)
        gc.freeze()
        kinds = draw(newest, QUICK_QUERIES if is_quick() else QUERIES)
        archive = SqliteArchive(folder / "archive.sqlite3")
        rows = []
        for kind, texts in kinds.items():
            queries = [parse(text, Use.SEARCH) for text in texts]
            good = [query for query in queries if isinstance(query, Query)]
            took = Took()
            await ask(archive, good, took)
            scan(newest, recent, good[:SCANS], took)
            rows.append(row(kind, took))
        archive.close()
    columns = ["kind of query", "page p50", "p99", "max", "scan p50"]
    columns += ["forecast p50", "p99", "max", "scan p50"]
    print(f"{len(newest):,} papers, {recent:,} of them in the last 14 days; milliseconds.\n")
    print(table(columns, rows))


def row(kind: str, took: Took) -> list[str]:
    """The figures of one kind."""
    cells = [kind]
    for ours, scans in ((took.page, took.scan_page), (took.forecast, took.scan_forecast)):
        cells += [in_ms(quantile(ours, share)) for share in (0.5, 0.99, 1.0)]
        median = quantile(scans, 0.5)
        cells.append(f"over {in_ms(SCAN_S)}" if median >= SCAN_S else in_ms(median))
    return cells


def print_memory(filled: Filled, count: int, archive_mb: float, store_mb: float) -> None:
    """What the processes and the folder hold."""
    rows = [
        [
            f"{name}, MB",
            f"{now.now:.0f} (at most {now.peak:.0f})",
            f"{then.now:.0f} ({then.peak:.0f})",
        ]
        for name, now, then in zip(
            ("bot", "embedded store"), filled.empty, filled.full, strict=True
        )
    ]
    print(table(["process", "at idle, empty", f"with {count:,} papers"], rows))
    print(
        f"`paperwire ingest --baseline` took {filled.ingest_s:.1f} s "
        f"({count / filled.ingest_s:,.0f} papers/s), and the archive beside it had all "
        f"after {filled.archive_s:.1f} s ({count / filled.archive_s:,.0f} papers/s). "
        f"On the disk: archive {archive_mb:,.0f} MB, store {store_mb:,.0f} MB.\n"
    )


if __name__ == "__main__":
    asyncio.run(main())
