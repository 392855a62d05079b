"""Everything that was recorded, and everything hostile, through the readers."""

from __future__ import annotations

import asyncio
import gc
import sys
import time
from itertools import islice
from typing import TYPE_CHECKING, TypeAlias

import pytest

from adapters.sources import arxiv_oai, arxiv_rss, huggingface, recorded
from adapters.sources.fetch import ARXIV, HUGGINGFACE
from adapters.sources.papers_file import read_papers
from adapters.sources.reads import gather, gather_gently
from bot.model.paper import Paper
from bot.ports import Batch, SourceDown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime
    from pathlib import Path

    from adapters.sources.reads import Read

Reader: TypeAlias = "Callable[[bytes], Iterator[Read]]"

STEP_MAX_S = 0.05
"""No reader may hold the event loop longer (RELIABILITY G27)."""


def test_every_recorded_feed_of_arxiv_is_read_whole(data: Path) -> None:
    """RSS and Atom of one day say the same; errors are SourceDown; no entry is skipped."""
    folder = data / "responses/arxiv-rss"
    made = {path.name: next(recorded.batches("arxiv", path)) for path in folder.glob("*.xml")}

    assert len(made) == 25
    for name, batch in made.items():
        assert isinstance(batch, SourceDown) == name.startswith("error_")
        if isinstance(batch, Batch):
            assert batch.skipped == ()
            assert bool(batch.papers) == ("EMPTY" not in name)
        if name.endswith(".rss.xml") and isinstance(batch, Batch):
            atom = made[name.replace(".rss.", ".atom.")]
            assert isinstance(atom, Batch)
            assert batch.papers == atom.papers


def test_every_recorded_page_of_oai_is_read_whole(data: Path) -> None:
    """Five pages lead to 503 papers with authors; every error is SourceDown."""
    folder = data / "responses/arxiv-oai"
    pages = [
        next(recorded.batches("arxiv", path))
        for path in sorted(folder.glob("listrecords_arXiv_page*.xml"))
    ]
    errors = [next(recorded.batches("arxiv", path)) for path in folder.glob("error_*.xml")]

    assert all(isinstance(batch, Batch) and not batch.skipped for batch in pages)
    papers = [paper for batch in pages if isinstance(batch, Batch) for paper in batch.papers]
    assert len(papers) == 503
    assert all(paper.authors and paper.categories for paper in papers)
    assert [bool(b.next_page) for b in pages if isinstance(b, Batch)] == [True] * 4 + [False]
    assert len(errors) > 8
    assert all(isinstance(error, SourceDown) for error in errors)


def test_every_recorded_day_of_hugging_face_is_read(data: Path) -> None:
    """393 days give all their papers; 22 that were saved as lists of texts are told as damaged."""
    days = sorted((data / "hf-daily/days").glob("*.json.gz"))
    made = {path.name[:10]: next(recorded.batches("huggingface", path)) for path in days}

    read = {day: batch for day, batch in made.items() if isinstance(batch, Batch)}
    damaged = sorted(set(made) - set(read))
    assert (len(made), len(read)) == (415, 393)
    assert (damaged[0], damaged[-1]) == ("2024-12-11", "2025-01-10")
    assert sum(len(batch.skipped) for batch in read.values()) == 0
    assert sum(len(batch.papers) for batch in read.values()) == 5_841
    assert all(p.upvotes is not None for batch in read.values() for p in batch.papers)


def test_real_papers_are_read_from_files(data: Path) -> None:
    """The first 1,500 lines of two files, with mended ids and without codes among the classes."""
    for name in ("arxiv-2018/2018-01", "arxiv-2025/2025-06"):
        got = list(islice(read_papers(data / "papers" / f"{name}.jsonl.gz"), 1_500))

        papers = [one for one in got if isinstance(one, Paper)]
        assert 1_500 == len(papers) == len({paper.id for paper in papers})
        assert all(len(paper.id) == len("arxiv:2505.23783") for paper in papers)
        assert not [c for p in papers for c in p.categories if " " in c or c[0].isdigit()]


def test_no_hostile_file_gets_through_or_raises(data: Path) -> None:
    """Ill-formed, strangely encoded and explosive documents give no paper in any reader."""
    files = [path for path in (data / "hostile").rglob("*") if path.suffix in {".xml", ".json"}]

    assert len(files) > 90
    for path in files:
        for reader in (arxiv_rss.read_feed, arxiv_oai.read_records, huggingface.read_list):
            got = gather(reader(path.read_bytes()))
            assert isinstance(got, SourceDown) or not got.papers


def test_feeds_of_others_are_no_papers(data: Path) -> None:
    """Well-formed feeds that are not arXiv's give no paper."""
    files = [path for path in (data / "responses/feeds").rglob("*") if path.is_file()]

    assert len(files) > 30
    for path in files:
        for reader in (arxiv_rss.read_feed, arxiv_oai.read_records, huggingface.read_list):
            got = gather(reader(path.read_bytes()))
            assert isinstance(got, SourceDown) or not got.papers


# ---------------------------------------------------------------- the event loop stays awake

HEAD = (
    b'<rss xmlns:dc="http://purl.org/dc/elements/1.1/" '
    b'xmlns:arxiv="http://arxiv.org/schemas/atom"><channel>'
)


def items(count: int, abstract: bytes, authors: bytes = b"Ann Lee, Bo Li") -> bytes:
    """A feed of so many papers."""
    one = (
        b"<item><title>T</title><guid>oai:arXiv.org:2601.NNNNNv1</guid><pubDate>Tue, 17 Jun 2025 "
        b"00:00:00 -0400</pubDate><description>"
        + abstract
        + b"</description><dc:creator>"
        + authors
    )
    one += b"</dc:creator></item>"
    every = (one.replace(b"NNNNN", b"%05d" % number) for number in range(1, count + 1))
    return HEAD + b"".join(every) + b"</channel></rss>"


def attributes(count: int) -> bytes:
    """So many attributes of a tag."""
    return b" ".join(b'a%d="1"' % number for number in range(count))


def keys(count: int) -> bytes:
    """So many names of an object."""
    return b",".join(b'"%d":{}' % number for number in range(count))


OAI = b'<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/"><ListRecords>'
LISTED = b'[{"paper":{"id":"2603.00001","title":"T","publishedAt":"2026-03-02","authors":['
TEX = b"We show $\\alpha_{1}^{2} \\le \\frac{a}{b}$ and {\\it such} \\'{e} things, 100\\%. "

FEED, RECORDS, LIST = arxiv_rss.read_feed, arxiv_oai.read_records, huggingface.read_list

HOSTILE: dict[str, tuple[Reader, Callable[[], bytes]]] = {
    "2,000 papers": (FEED, lambda: items(2_000, b"plain words " * 120)),
    "2,000 papers of TeX": (FEED, lambda: items(2_000, TEX * 15)),
    "abstracts of 98 KB of TeX": (FEED, lambda: items(60, TEX * 1_100)),
    "abstracts of open braces": (FEED, lambda: items(60, b"{" * 98_000)),
    "abstracts of backslashes": (FEED, lambda: items(60, b"\\" * 98_000)),
    "abstracts of dollars": (FEED, lambda: items(60, b"$a" * 49_000)),
    "abstracts of accents": (FEED, lambda: items(60, "e\u0301".encode() * 30_000)),
    "abstracts of half links": (FEED, lambda: items(60, b"github.com/" * 8_900)),
    "6,000 authors": (FEED, lambda: items(3, b"x", b"Ann Lee (MIT), " * 6_000)),
    "6,000 authors of TeX": (FEED, lambda: items(3, b"x", b'J. M{\\"u}ller, ' * 6_000)),
    "open parentheses": (FEED, lambda: items(3, b"x", b"(" * 98_000)),
    "a tag of 9 MB": (FEED, lambda: HEAD + b"<item " + b'a1="1" ' * 1_200_000 + b"/>"),
    "a tag of 250 KB": (FEED, lambda: HEAD + b"<item " + attributes(20_000) + b"/>"),
    "3,000,000 nested": (FEED, lambda: HEAD + b"<a>" * 3_000_000),
    "2,000,000 elements": (FEED, lambda: HEAD + b"<item>" + b"<a/>" * 2_000_000),
    "1,000,000 items": (FEED, lambda: HEAD + b"<item/>" * 1_000_000),
    "a comment of 9 MB": (FEED, lambda: HEAD + b"<!--" + b"x" * 9_000_000),
    "a title of 9 MB": (FEED, lambda: HEAD + b"<item><title>" + b"\n" * 9_000_000),
    "900,000 records": (RECORDS, lambda: OAI + b"<record/>" * 900_000),
    "2 MB of lists": (LIST, lambda: b"[" + b"[]," * 660_000 + b"[]]"),
    "99,000 parts": (LIST, lambda: b"[" + b"[]," * 49_000 + b"[]]"),
    "45,000 keys": (LIST, lambda: b"[{" + keys(45_000) + b"}]"),
    "45,000 authors": (LIST, lambda: LISTED + b'{"name":"A"},' * 45_000 + b"{}]}}]"),
    "long numbers": (LIST, lambda: b"[" + b",".join([b"9" * 4_000] * 480) + b"]"),
}


@pytest.mark.parametrize("name", HOSTILE)
async def test_no_answer_holds_the_event_loop(name: str) -> None:
    """While the largest and worst answers are read, a task that ticks is never late by 50 ms.

    Measured in the processor time of this thread, so that a busy machine does not count, and
    without collecting what other tests left behind.
    """
    if sys.gettrace() is not None:
        pytest.skip("a tracer makes every line slower")
    reader, made = HOSTILE[name]
    body = made()
    lane = HUGGINGFACE if reader is huggingface.read_list else ARXIV
    assert len(body) <= lane.body_max_bytes
    worst = 0.0
    over = False

    async def tick() -> None:
        nonlocal worst
        last = time.thread_time()
        while not over:
            await asyncio.sleep(0)  # noqa: TID251 - it gives the turn away and takes it again
            now = time.thread_time()
            worst, last = max(worst, now - last), now

    gc.collect()
    gc.freeze()
    try:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(tick())
            await gather_gently(reader(body), _Real())
            over = True
    finally:
        gc.unfreeze()

    assert worst < STEP_MAX_S


class _Real:
    """A clock of this thread's processor time, which lets others run when it is slept on."""

    def now(self) -> datetime:
        raise NotImplementedError

    def monotonic(self) -> float:
        return time.thread_time()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)  # noqa: TID251 - the readers sleep for 0 only
