"""Hugging Face's daily papers as Papers."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from fakes import FakeLeases
from sources_kit import Script
from virtual import FakeClock

from adapters.sources import huggingface
from adapters.sources.fetch import Fetcher
from adapters.sources.http import Answer
from adapters.sources.huggingface import HuggingFaceDaily
from adapters.sources.reads import gather
from bot.model.paper import AnnounceType, Paper
from bot.ports import Batch, Skipped, SourceDown

INNER = {
    "id": "2603.00001",
    "title": "A title",
    "summary": "An abstract. See github.com/c/d and https://github.com/A/B.",
    "publishedAt": "2026-02-27T13:03:18.000Z",
    "submittedOnDailyAt": "2026-03-02T01:18:40.635Z",
    "authors": [
        {"name": "Ann Lee", "hidden": False},
        {"name": "Équipe", "hidden": True},
        {"name": "Bo Li"},
        {"name": None},
        "Carl",
    ],
    "upvotes": 0,
    "githubRepo": "https://github.com/a/b.git",
    "githubStars": 12,
    "projectPage": " https://x.example.org/y?z=1#w",
    "ai_summary": "Machine text.",
}


def entry(outer: dict[str, Any] | None = None, **changes: Any) -> dict[str, Any]:
    """An entry; a change of None takes the field out of the paper."""
    inner = {k: v for k, v in {**INNER, **changes}.items() if v is not None}
    return {"paper": inner, "publishedAt": "2026-03-02T08:00:00.000Z", **(outer or {})}


def read(*entries: object) -> Batch:
    """The Batch of a list."""
    batch = gather(huggingface.read_list(json.dumps(entries).encode()))
    assert isinstance(batch, Batch)
    return batch


def test_an_entry_becomes_a_paper_with_its_votes_and_code() -> None:
    """Hidden authors are left out, 0 votes are 0, code comes from the field and the text."""
    expected = Paper(
        id="arxiv:2603.00001",  # type: ignore[arg-type]  # as the source is expected to say it
        title="A title",
        abstract="An abstract. See github.com/c/d and https://github.com/A/B.",
        authors=("Ann Lee", "Bo Li"),
        categories=(),
        published_at=datetime(2026, 2, 27, 13, 3, 18, tzinfo=UTC),
        announced=AnnounceType.NEW,
        sources=("huggingface",),
        code_links=("https://github.com/a/b", "https://github.com/c/d"),
        project_url="https://x.example.org/y?z=1#w",
        upvotes=0,
        stars=12,
    )

    batch = read(entry())

    assert (expected,) == batch.papers
    assert datetime(2026, 3, 2, 1, 18, 40, 635000, tzinfo=UTC) == batch.at


@pytest.mark.parametrize(
    "name", ["title", "summary", "upvotes", "githubStars", "projectPage", "id"]
)
def test_a_field_counts_wherever_it_stands(name: str) -> None:
    """What is missing in the paper is taken from beside it."""
    beside = entry({name: INNER[name]}, **{name: None})

    assert read(entry()).papers == read(beside).papers


def test_the_papers_own_date_goes_before_the_day_of_featuring() -> None:
    """The date beside the paper is the day of featuring: it serves where there is no other."""
    (own,), (featured,) = read(entry()).papers, read(entry(publishedAt=None)).papers

    assert (own.published_at.day, featured.published_at.day) == (27, 2)


@pytest.mark.parametrize("value", [None, "7", 7.5, True, -1, 10**30])
def test_a_count_that_is_no_count_is_none(value: object) -> None:
    """Votes are None where there are none to read, so that they are not taken for 0."""
    assert read(entry(upvotes=value)).papers[0].upvotes is None


@pytest.mark.parametrize(
    "page",
    [
        "javascript:alert(1)",
        "data:text/html,x",
        "http://example.org",
        "https://user@example.org/",
        "https://example.org@evil.org/",
        "https://еxample.org/",
        "https://xn--xample-2of.org/",
        "https://127.0.0.1/",
        "https://example.org:8443/",
        "https://example.org/<script>",
        "https://localhost/",
        "//example.org",
        7,
    ],
)
def test_a_link_that_could_lie_is_not_shown(page: object) -> None:
    """Only https links to plain host names are kept."""
    assert read(entry(projectPage=page)).papers[0].project_url is None


def test_a_damaged_entry_is_skipped() -> None:
    """An entry that is no object, or has no id, title or date, does not harm the others."""
    lone = entry(publishedAt=None)
    del lone["publishedAt"]

    batch = read(entry(), "{'paper': 1}", 7, {"paper": []}, entry(id="x"), entry(title=" "), lone)

    assert len(batch.papers) == 1
    assert [
        Skipped("entry 2", "it is no object with a paper in it"),
        Skipped("entry 3", "it is no object with a paper in it"),
        Skipped("entry 4", "it has no arXiv id"),
        Skipped("x", "it has no arXiv id"),
        Skipped("2603.00001", "it has no title"),
        Skipped("2603.00001", "it has no date"),
    ] == list(batch.skipped)


def test_a_full_list_says_that_it_may_be_cut() -> None:
    """Hugging Face lists 50 at most."""
    entries = [entry(id=f"2603.{number:05}") for number in range(1, 51)]

    assert read(*entries).truncated
    assert not read(*entries[:-1]).truncated


def test_an_empty_list_is_a_quiet_day() -> None:
    """The list of a day is empty before the first paper is featured."""
    assert Batch(()) == read()


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "could not be read: it is empty."),
        (b"<html>Busy</html>", "could not be read: a web page came in its place."),
        (b'{"error":"x"}', "could not be read: it is no list of papers."),
        (b'[{"paper":', "could not be read: it is no JSON (Expecting value, line 1)."),
        (b"[" * 90_000, "could not be read: it is no JSON."),
        (b"[" + b"[]," * 90_000 + b"[]]", "was not read: it has too many parts to be papers."),
        (b"[" + b"9" * 5_000 + b"]", "could not be read: it is no JSON."),
        ("é".encode("latin-1"), "could not be read: it is no JSON."),
    ],
)
def test_what_is_no_list_is_source_down_with_the_reason(body: bytes, reason: str) -> None:
    """Pages, cut, nested and bloated bodies are told in words and never raised."""
    assert SourceDown(f"Hugging Face's answer {reason}") == gather(huggingface.read_list(body))


@pytest.mark.parametrize("feed", ["", "weekly", "daily/", "daily/2026-3-2", "daily?date=x"])
async def test_what_is_no_feed_is_never_asked(feed: str) -> None:
    """Hugging Face ignores what it does not know, so we do not ask for it."""
    clock = FakeClock(skips=True)
    http = Script([Answer(200, {}, b"[]")])
    source = HuggingFaceDaily("http://hf", Fetcher(http, clock, FakeLeases(clock)))

    assert isinstance(await source.poll(feed, None), SourceDown)
    assert http.asked == []


async def test_a_refusal_is_no_quiet_day() -> None:
    """HTTP 404 is SourceDown, whatever its body says."""
    clock = FakeClock(skips=True)
    http = Script([Answer(404, {}, b"[]")])
    source = HuggingFaceDaily("http://hf", Fetcher(http, clock, FakeLeases(clock)))

    assert SourceDown("Hugging Face answered HTTP 404 for daily.") == await source.poll(
        "daily", None
    )
