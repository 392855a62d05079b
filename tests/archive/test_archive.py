"""The archive: finds what the matcher matches, newest first, and is never in the way."""

from __future__ import annotations

import asyncio
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.archive.sqlite import SqliteArchive
from bot.match.plain import holds
from bot.model.errors import ArchiveDown
from bot.model.paper import AnnounceType, Paper, PaperId
from bot.model.subscription import ChangeType
from bot.query.ast import Query
from bot.query.parse import Use, parse

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


def paper(number: int, title: str, abstract: str = "", days_ago: float = 1.0) -> Paper:
    """A paper whose day of publication lies `days_ago` before NOW."""
    return Paper(
        id=PaperId(f"arxiv:2611.{number:05}"),
        title=title,
        abstract=abstract,
        authors=("Laurens van der Maaten", "Ada King"),
        categories=("cs.LG", "stat.ML"),
        published_at=NOW - timedelta(days=days_ago),
        announced=AnnounceType.NEW,
        sources=("arxiv",),
    )


def query(text: str) -> Query:
    """A query that must parse."""
    found = parse(text, use=Use.SEARCH)
    assert isinstance(found, Query), found
    return found


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[SqliteArchive]:
    """An empty archive."""
    archive = SqliteArchive(tmp_path / "archive.sqlite3")
    yield archive
    archive.close()


async def titles(archive: SqliteArchive, text: str) -> list[str]:
    """Titles of the first page of hits."""
    hits = await archive.search(query(text), NOW, 20, 0)
    return [hit.title for hit in hits.papers]


async def test_newest_first_and_pages(archive: SqliteArchive) -> None:
    """Hits come by day of publication, whatever order they arrived in; pages do not overlap."""
    order = [3, 1, 4, 2, 5]
    papers = [paper(n, f"Diffusion {n}", days_ago=n) for n in order]
    await archive.add(papers, "7")
    first = await archive.search(query("diffusion"), NOW, 2, 0)
    second = await archive.search(query("diffusion"), NOW, 2, 2)
    last = await archive.search(query("diffusion"), NOW, 2, 4)

    assert [p.title for p in first.papers] == ["Diffusion 1", "Diffusion 2"]
    assert [p.title for p in second.papers] == ["Diffusion 3", "Diffusion 4"]
    assert [p.title for p in last.papers] == ["Diffusion 5"]
    assert (first.more, second.more, last.more) == (True, True, False)
    assert await archive.cursor() == "7"


async def test_a_changed_paper_replaces_itself(archive: SqliteArchive) -> None:
    """A new version is found by its new words, no longer by its old ones, and stands once."""
    old = paper(1, "Old words")
    await archive.add([old], "1")
    await archive.add([replace(old, title="New words", version=2)], "2")
    await archive.add([replace(old, title="New words", published_at=NOW)], "3")

    assert await titles(archive, "old") == []
    assert await titles(archive, "new") == ["New words"]
    assert await archive.count() == 1
    found = await archive.get(old.id)
    assert found is not None
    assert found.published_at == NOW


async def test_a_doi_leads_to_the_arxiv_paper(archive: SqliteArchive) -> None:
    """A paper is found under its DOI too, in any case of letters."""
    await archive.add([replace(paper(1, "Known"), doi="10.1000/ABC(1)")], None)

    assert (await archive.get(PaperId("doi:10.1000/abc(1)"))) is not None
    assert await titles(archive, "doi:10.1000/abc(1)") == ["Known"]


async def test_dates_bound_a_search(archive: SqliteArchive) -> None:
    """`since:` and `until:` are inclusive UTC days."""
    await archive.add([paper(n, f"Day {n}", days_ago=n) for n in range(5)], None)

    assert await titles(archive, "day since:2d") == ["Day 0", "Day 1", "Day 2"]
    assert await titles(archive, "day until:2026-11-17") == ["Day 3", "Day 4"]


async def test_sample_counts_the_span_it_covers(archive: SqliteArchive) -> None:
    """A forecast says how many of how many papers, over how many days."""
    papers = [paper(n, "Diffusion" if n % 2 else "Other", days_ago=n / 4) for n in range(40)]
    replaced = replace(paper(99, "Diffusion"), announced=AnnounceType.REPLACE)
    await archive.add([*papers, replaced], None)
    types = frozenset({ChangeType.NEW, ChangeType.CROSS})
    got = await archive.sample(query("diffusion"), types, NOW - timedelta(days=5), 3)

    assert (got.matched, got.seen) == (10, 22)
    assert got.days == pytest.approx(5.0)
    assert [p.id for p in got.newest] == [papers[n].id for n in (1, 3, 5)]


async def test_sample_of_recorded_days(archive: SqliteArchive) -> None:
    """Where nothing is recent, the days before the newest paper are counted, and that is told."""
    await archive.add([paper(1, "Diffusion", days_ago=400)], None)
    got = await archive.sample(query("diffusion"), None, NOW - timedelta(days=14), 3)

    assert (got.matched, got.seen) == (1, 1)
    assert got.newest_at == NOW - timedelta(days=400)


async def test_sample_of_nothing(archive: SqliteArchive) -> None:
    """An empty archive forecasts nothing."""
    got = await archive.sample(query("x1"), None, NOW, 3)

    assert (got.matched, got.seen, got.days) == (0, 0, 0.0)


async def test_a_broken_file_is_put_aside(tmp_path: Path) -> None:
    """A file that is no archive becomes an empty one; the broken one is kept."""
    path = tmp_path / "archive.sqlite3"
    path.write_bytes(b"this is no database at all, but long enough to be read as one" * 99)
    archive = SqliteArchive(path)
    await archive.add([paper(1, "Fresh")], None)

    assert await titles(archive, "fresh") == ["Fresh"]
    assert (tmp_path / "archive.sqlite3.broken").exists()
    archive.close()


async def test_a_file_that_cannot_be_used_is_told_in_a_sentence(tmp_path: Path) -> None:
    """Neither a traceback of the database's nor silence: which file, why, and what to do."""
    path = tmp_path / "archive.sqlite3"
    path.mkdir()
    archive = SqliteArchive(path)

    with pytest.raises(ArchiveDown, match=r"archive\.sqlite3 cannot be used \(unable to open"):
        await archive.count()

    path.rmdir()
    assert await archive.count() == 0
    archive.close()


async def test_an_older_version_is_rebuilt(tmp_path: Path) -> None:
    """A file of another version is emptied, so that its reader starts from the beginning."""
    path = tmp_path / "archive.sqlite3"
    first = SqliteArchive(path)
    await first.add([paper(1, "Seen")], "5")
    await first._run(lambda db: db.execute("PRAGMA user_version = 99"))
    first.close()
    second = SqliteArchive(path)

    assert await second.cursor() is None
    assert await second.count() == 0
    second.close()


WRITER = """
import asyncio, sys
from datetime import UTC, datetime
from pathlib import Path
from adapters.archive.sqlite import SqliteArchive
from bot.model.paper import AnnounceType, Paper, PaperId

async def write(archive, first):
    for number in range(first, first + 40):
        name = PaperId(f"arxiv:2611.{number:05}")
        at = datetime(2026, 11, 20, tzinfo=UTC)
        paper = Paper(name, "Shared", "", (), (), at, AnnounceType.NEW, ("arxiv",))
        await archive.add([paper], None)

archive = SqliteArchive(Path(sys.argv[1]))
asyncio.run(write(archive, int(sys.argv[2])))
archive.close()
"""


async def test_several_processes_write(tmp_path: Path) -> None:
    """Two writers and a reader share one file; nothing is refused and nothing is lost."""
    path = tmp_path / "archive.sqlite3"
    command = (sys.executable, "-c", WRITER, str(path))
    writers = [await asyncio.create_subprocess_exec(*command, n) for n in ("0", "100")]
    reader = SqliteArchive(path)
    while any(writer.returncode is None for writer in writers):
        await titles(reader, "shared")
    ended = [await writer.wait() for writer in writers]

    assert ended == [0, 0]
    assert await reader.count() == 80
    reader.close()


WORDS = ["pre", "training", "pretraining", "zero", "shot", "zeroshot", "models", "GANs", "class"]
TEXTS = st.lists(
    st.sampled_from([*WORDS, "pre-training", "zero-shot", "classes", "pre-training-free", "C++"]),
    max_size=6,
).map(" ".join)
QUERIES = st.recursive(
    st.sampled_from(
        [
            "pretraining",
            "pre-training",
            '"zero shot"',
            '"zero-shot pretraining"',
            '"pre training models"',
            "classe*",
            "pre-train*",
            "zer*",
            "=GANs",
            "gan",
            "c++",
            "title:class",
            "abs:zeroshot",
            'au:"L. van der Maaten"',
            "cat:stat",
            "cat:=cs.LG",
            "all:king",
            "all:zeroshot",
            "type:new",
            "gan OR upvotes:>=1",
            "pre training -zeroshot",
            "upvotes:>=1",
        ]
    ),
    lambda inner: st.one_of(
        st.tuples(inner, inner).map(lambda two: f"({two[0]}) ({two[1]})"),
        st.tuples(inner, inner).map(lambda two: f"({two[0]}) OR ({two[1]})"),
        st.tuples(inner, inner).map(lambda two: f"({two[0]}) -({two[1]})"),
    ),
    max_leaves=4,
)


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(texts=st.lists(st.tuples(TEXTS, TEXTS), max_size=8), text=QUERIES)
def test_search_and_forecast_agree_with_the_matcher(
    tmp_path_factory: pytest.TempPathFactory, texts: list[tuple[str, str]], text: str
) -> None:
    """Search finds, and a forecast counts, exactly the papers that the plain evaluator matches."""
    asked = query(text)
    papers = [paper(n, title, abstract, n) for n, (title, abstract) in enumerate(texts)]
    expected = [p.id for p in papers if holds(asked.tree, p, NOW)]

    async def search() -> tuple[list[PaperId], int]:
        archive = SqliteArchive(tmp_path_factory.mktemp("archive") / "a.sqlite3")
        await archive.add(papers, None)
        hits = await archive.search(asked, NOW, 20, 0)
        sample = await archive.sample(asked, None, NOW - timedelta(days=30), 3)
        archive.close()
        return [hit.id for hit in hits.papers], sample.matched

    assert asyncio.run(search()) == (expected, len(expected))
