"""Papers from JSON Lines, and answers from files."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from adapters.sources import recorded
from adapters.sources.papers_file import LINE_MAX_BYTES, read_papers, read_record
from adapters.sources.sample import sample_day
from bot.model.paper import AnnounceType, Paper
from bot.ports import Batch, Skipped, SourceDown

if TYPE_CHECKING:
    from pathlib import Path

RECORD: dict[str, Any] = {
    "id": "arxiv:2505.23783",
    "title": "A\ntitle",
    "abstract": "See https://github.com/a/b.",
    "authors": ["Ann Lee", "Bo Li", ""],
    "categories": ["cs.CL", "68T50 (Primary), 62-08", "I.2.7; I.4.m", "math.ST,\n cs.LG", "cs.CL"],
    "published": "2025-06-02",
}


def read(**changes: Any) -> Paper | Skipped:
    """The record as a paper; the names of `changes` replace what it says."""
    return read_record({**RECORD, **changes}, "line")


def test_a_record_becomes_a_paper() -> None:
    """Codes among the classes are left out, code is found in the abstract, space is folded."""
    assert read() == Paper(
        id="arxiv:2505.23783",  # type: ignore[arg-type]  # as the source is expected to say it
        title="A title",
        abstract="See https://github.com/a/b.",
        authors=("Ann Lee", "Bo Li"),
        categories=("cs.CL", "math.ST", "cs.LG"),
        published_at=datetime(2025, 6, 2, tzinfo=UTC),
        announced=AnnounceType.NEW,
        sources=("papers",),
        code_links=("https://github.com/a/b",),
    )


def test_all_that_a_paper_has_can_stand_in_a_file() -> None:
    """Every other field is read where it is given."""
    paper = read(
        announced="cross",
        version=2,
        doi="https://doi.org/10.1000/X",
        comment="5 pages",
        journal_ref="J. 1",
        code_links=["http://github.com/c/d", "javascript:alert(1)"],
        project_url="https://x.example.org/",
        upvotes=0,
        stars=3,
        licence="CC0",
        sources=["arxiv", "huggingface"],
    )

    assert isinstance(paper, Paper)
    assert (paper.announced, paper.version, paper.doi) == (AnnounceType.CROSS, 2, "10.1000/x")
    assert (paper.comment, paper.journal, paper.licence) == ("5 pages", "J. 1", "CC0")
    assert paper.code_links == ("https://github.com/c/d",)
    assert (paper.project_url, paper.upvotes, paper.stars) == ("https://x.example.org/", 0, 3)
    assert paper.sources == ("arxiv", "huggingface")


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("arxiv:1801.004", "arxiv:1801.00400"),
        ("arxiv:1801.0041899999999", "arxiv:1801.00419"),
        ("arxiv:1801.0041800000001", "arxiv:1801.00418"),
        ("doi:10.5555/A.1", "doi:10.5555/a.1"),
        ("hep-th/9901001", "arxiv:hep-th/9901001"),
    ],
)
def test_ids_that_were_taken_for_numbers_are_mended(written: str, meant: str) -> None:
    """Data frames drop zeros and add nines to arXiv's ids; the id that was meant is read."""
    paper = read(id=written)

    assert isinstance(paper, Paper)
    assert meant == paper.id


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"id": "x"}, "its id 'x' is neither one of arXiv nor a DOI"),
        ({"id": 7}, "its id '' is neither one of arXiv nor a DOI"),
        ({"title": None}, "it has no title"),
        ({"published": "soon"}, "its published date is missing or no date (2025-06-02)"),
        ({"published": None}, "its published date is missing or no date (2025-06-02)"),
    ],
)
def test_a_record_that_is_no_paper_says_what_is_missing(
    changes: dict[str, Any], reason: str
) -> None:
    """Id, title and date are needed."""
    assert Skipped("line", reason) == read(**changes)


@pytest.mark.parametrize("packed", [False, True])
def test_lines_that_cannot_be_read_are_named_by_number(tmp_path: Path, packed: bool) -> None:
    """Damaged lines are told with file and line, gzip or not; the others are read."""
    good = json.dumps(RECORD).encode()
    lines = [
        good,
        b"",
        b"{",
        b"[]",
        b"[" * 9_000,
        b"\xff",
        b'"' + b"x" * LINE_MAX_BYTES + b'"',
        good,
    ]
    body = b"\n".join(lines)
    path = tmp_path / "papers.jsonl"
    path.write_bytes(gzip.compress(body) if packed else body)

    got = list(read_papers(path))

    assert [Paper, *[Skipped] * 5, Paper] == [type(one) for one in got]
    assert [(one.entry, one.reason) for one in got if isinstance(one, Skipped)] == [
        ("papers.jsonl:3", "the line is no JSON"),
        ("papers.jsonl:4", "the line is no JSON object"),
        ("papers.jsonl:5", "the line is no JSON"),
        ("papers.jsonl:6", "the line is no JSON"),
        ("papers.jsonl:7", "the line is over 2 MB"),
    ]


def test_a_file_that_ends_in_the_middle_gives_what_it_had(tmp_path: Path) -> None:
    """A cut gzip file is read up to the damage, and says so."""
    lines = [
        json.dumps({**RECORD, "id": f"2505.{n:05}", "title": f"T {n * 7919}"}) for n in range(500)
    ]
    path = tmp_path / "cut.jsonl.gz"
    path.write_bytes(gzip.compress("\n".join(lines).encode())[:-2_000])

    *papers, last = read_papers(path)

    assert 100 < len(papers) < 500
    assert isinstance(last, Skipped)
    assert last.reason == "the file's compression is damaged from here on"


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    """Missing files and folders are Skipped with the system's reason."""
    assert [Skipped("no.jsonl", "it could not be read (No such file or directory)")] == list(
        read_papers(tmp_path / "no.jsonl")
    )
    assert [Skipped(tmp_path.name, "it could not be read (Is a directory)")] == list(
        read_papers(tmp_path)
    )


def test_a_large_file_comes_in_batches(tmp_path: Path) -> None:
    """A file of papers is taken a thousand lines at a time."""
    path = tmp_path / "papers.jsonl"
    lines = (json.dumps({**RECORD, "id": f"2505.{number:05}"}) for number in range(1, 2_501))
    path.write_text("\n".join(lines))

    made = list(recorded.batches("papers", path))

    assert [len(b.papers) for b in made if isinstance(b, Batch)] == [1_000, 1_000, 500]


@pytest.mark.parametrize(
    ("source", "body", "reason"),
    [
        ("arxiv", b"<html>", "x: arXiv's feed could not be read: a web page came in its place."),
        ("huggingface", b"{", "x: Hugging Face's answer could not be read: it is no JSON"),
        (
            "papers",
            b"{",
            "x: None of its 1 entries could be read; the first: the line is no JSON.",
        ),
        ("arxiv", b"\x1f\x8b\x08rubbish", "x could not be read"),
        (
            "pubmed",
            b"",
            "There is no source 'pubmed'; files are read for arxiv, huggingface, papers.",
        ),
    ],
)
def test_a_file_that_is_no_answer_is_source_down(
    tmp_path: Path, source: str, body: bytes, reason: str
) -> None:
    """The reason names the file."""
    (tmp_path / "x").write_bytes(body)

    (made,) = recorded.batches(source, tmp_path / "x")

    assert isinstance(made, SourceDown)
    assert made.reason.startswith(reason)


def test_a_missing_answer_is_source_down(tmp_path: Path) -> None:
    """A file that is not there is told in a sentence."""
    (made,) = recorded.batches("arxiv", tmp_path / "x")

    assert SourceDown("x could not be read: No such file or directory.") == made


def test_the_sample_day_is_whole() -> None:
    """The built-in day has papers of every kind that a newcomer should see."""
    now = datetime(2026, 3, 2, 12, 34, tzinfo=UTC)
    papers = sample_day(now)

    assert 26 == len(papers) == len({paper.id for paper in papers})
    assert {("sample",)} == {paper.sources for paper in papers}
    assert {now.replace(minute=0)} == {paper.published_at for paper in papers}
    assert all(paper.abstract and paper.authors and paper.categories for paper in papers)
    assert sum(bool(paper.code_links) for paper in papers) >= 8
    assert {AnnounceType.NEW, AnnounceType.CROSS, AnnounceType.REPLACE} == {
        paper.announced for paper in papers
    }
    assert max(len(paper.authors) for paper in papers) > 70
    assert any(paper.upvotes == 0 for paper in papers)
    assert {"cs", "math", "q-bio", "hep-ex", "quant-ph"} <= {
        category.partition(".")[0] for paper in papers for category in paper.categories
    }
