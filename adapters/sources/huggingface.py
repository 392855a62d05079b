"""Hugging Face's daily papers: a list filled during the day, with votes, code and stars."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from adapters.sources import dates, ids, links, texts
from adapters.sources.fetch import HUGGINGFACE, Fetched
from adapters.sources.reads import Shown, entry_name, gather_gently
from bot.model.paper import AnnounceType, Paper
from bot.ports import Skipped, SourceDown

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from adapters.sources.fetch import Fetcher
    from adapters.sources.reads import Read
    from bot.ports import Poll

LIST_MAX = 50
"""The default `limit` of the API (huggingface_hub, hf_api.py): a full list may be a cut one."""

ENTRIES_MAX = 5_000
PARTS_MAX = 100_000
"""Brackets, braces and commas of an answer: JSON is decoded in one go, and 2 MB of `[],` would
take 0.2 s. The largest recorded answer has 7,000."""

_COUNT_MAX = 10**9
_FEED = re.compile(r"daily(?:/(?P<date>\d{4}-\d\d-\d\d))?", re.ASCII)


class HuggingFaceDaily:
    """The Source `huggingface`; its feeds are `daily` and, to catch up, `daily/2025-03-17`."""

    name = "huggingface"

    def __init__(self, base_url: str, fetcher: Fetcher) -> None:
        self._base_url = base_url.rstrip("/")
        self._fetcher = fetcher

    async def poll(self, feed: str, etag: str | None) -> Poll:
        """The list as it stands now; it grows during its day."""
        named = _FEED.fullmatch(feed)
        if named is None:
            return SourceDown(f"{feed[:40]!r} is no feed of Hugging Face; daily is the one.")
        query = f"?date={named['date']}" if named["date"] else ""
        url = f"{self._base_url}/api/daily_papers{query}"
        got = await self._fetcher.get(HUGGINGFACE, url, etag)
        if not isinstance(got, Fetched):
            return got
        if got.status != HTTPStatus.OK:
            return SourceDown(f"Hugging Face answered HTTP {got.status} for {feed}.")
        return await gather_gently(read_list(got.body), self._fetcher.clock, got.etag)


def read_list(body: bytes) -> Iterator[Read]:
    """What one answer says: papers, and entries that could not be read."""
    if sum(map(body.count, (b"[", b"{", b","))) > PARTS_MAX:
        yield SourceDown("Hugging Face's answer was not read: it has too many parts to be papers.")
        return
    try:
        entries = json.loads(body)
    except (ValueError, RecursionError) as error:
        yield SourceDown(f"Hugging Face's answer could not be read: {_why(body, error)}.")
        return
    yield None
    if not isinstance(entries, list):
        yield SourceDown("Hugging Face's answer could not be read: it is no list of papers.")
        return
    latest: datetime | None = None
    for number, entry in enumerate(entries[:ENTRIES_MAX], start=1):
        yield read_entry(entry, number)
        at = _featured_at(entry)
        latest = at if latest is None or (at is not None and at > latest) else latest
    yield Shown(latest, truncated=len(entries) >= LIST_MAX)


def read_entry(entry: object, number: int) -> Paper | Skipped:
    """One entry as a Paper. Its fields stand in `paper` or beside it, and both places are read."""
    if not isinstance(entry, Mapping):
        return Skipped(f"entry {number}", "it is no object with a paper in it")
    nested = entry.get("paper")
    inner: Mapping[str, Any] = nested if isinstance(nested, Mapping) else {}
    label = entry_name(
        [_text(inner, entry, "id"), _text(inner, entry, "title"), f"entry {number}"]
    )
    found = ids.arxiv_id(_text(inner, entry, "id"))
    if found is None:
        return Skipped(label, "it has no arXiv id")
    # beside the paper stands the time of featuring: only `paper.publishedAt` is the paper's own
    published_at = dates.iso_at(_text(inner, entry, "publishedAt"))
    if published_at is None:
        return Skipped(label, "it has no date")
    title = texts.title(_text(inner, entry, "title"))
    if not title:
        return Skipped(label, "it has no title")
    summary = _text(inner, entry, "summary")
    repository = links.code_url(_text(inner, entry, "githubRepo"))
    named = links.code_links(summary)
    page = links.page_url(_text(inner, entry, "projectPage"))
    return Paper(
        id=found[0],
        title=title,
        abstract=texts.abstract(summary),
        authors=_authors(inner.get("authors") or entry.get("authors")),
        categories=(),
        published_at=published_at,
        announced=AnnounceType.NEW,
        sources=("huggingface",),
        code_links=_joined(repository, named),
        project_url=page or links.project_page(summary),
        upvotes=_count(inner, entry, "upvotes"),
        stars=_count(inner, entry, "githubStars"),
    )


def _text(inner: Mapping[str, Any], outer: Mapping[str, Any], name: str) -> str:
    """The text under a name, in the paper first; "" where neither place has one."""
    for place in (inner, outer):
        value = place.get(name)
        if isinstance(value, str) and value.strip():
            return value.strip()[:100_000]
    return ""


def _count(inner: Mapping[str, Any], outer: Mapping[str, Any], name: str) -> int | None:
    """The number under a name; 0 is a count, None is none."""
    for place in (inner, outer):
        value = place.get(name)
        if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _COUNT_MAX:
            return value
    return None


def _authors(value: object) -> tuple[str, ...]:
    """The names that are not hidden: Hugging Face hides what is no author."""
    found: list[str] = []
    for author in value if isinstance(value, list) else ():
        name = author.get("name") if isinstance(author, Mapping) else None
        if isinstance(name, str) and author.get("hidden") is not True:
            found.append(name[:300])
    return texts.names(found)


def _featured_at(entry: object) -> datetime | None:
    if not isinstance(entry, Mapping):
        return None
    nested = entry.get("paper")
    inner = nested if isinstance(nested, Mapping) else {}
    return dates.iso_at(_text(inner, entry, "submittedOnDailyAt"))


def _joined(first: str | None, others: tuple[str, ...]) -> tuple[str, ...]:
    """The source's own link first, the text's after it, each once whatever its case."""
    every = ([first] if first else []) + list(others)
    unique = {link.lower(): link for link in reversed(every)}
    return tuple(dict.fromkeys(unique[link.lower()] for link in every))[: links.CODE_LINKS_MAX]


def _why(body: bytes, error: Exception) -> str:
    head = body[:200].lstrip().lower()
    if not body.strip():
        return "it is empty"
    if head.startswith(b"<"):
        return "a web page came in its place"
    if isinstance(error, json.JSONDecodeError):
        return f"it is no JSON ({error.msg}, line {error.lineno})"
    return "it is no JSON"
