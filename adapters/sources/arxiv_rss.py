"""arXiv's daily feeds, RSS and Atom: one a class, made at midnight Eastern, of today's papers."""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import TYPE_CHECKING

from adapters.sources import dates, ids, links, texts
from adapters.sources.fetch import ARXIV, Fetched
from adapters.sources.reads import Shown, entry_name, gather_gently
from adapters.sources.xml import Entry, Frame, Unreadable, pieces
from bot.model.paper import AnnounceType, Paper
from bot.ports import Skipped, SourceDown

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from adapters.sources.fetch import Fetcher
    from adapters.sources.reads import Read
    from bot.ports import Poll

RESULTS_MAX = 2_000
"""arXiv cuts a feed here, and cuts the new papers first (arxiv-feed, feed/database.py)."""

_ENTRIES = frozenset({"item", "atom:entry"})
_ONE_CLASS = r"[a-z][a-z-]{1,9}(?:\.[A-Za-z-]{2,10})?"
_CLASS = re.compile(_ONE_CLASS, re.ASCII)
_FEED = re.compile(rf"{_ONE_CLASS}(?:\+{_ONE_CLASS}){{0,20}}", re.ASCII)
_HEADER = re.compile(
    r"\s*arXiv:\S{1,40}\s+Announce Type:\s*(?P<type>[a-z-]{1,20})\s+(?:Abstract:\s*)?", re.ASCII
)
_ERROR_TITLE = "feed error for query"


class ArxivRss:
    """The Source `arxiv`; its feeds are classes (`cs.CL`), or several joined by `+`."""

    name = "arxiv"

    def __init__(self, base_url: str, fetcher: Fetcher) -> None:
        self._base_url = base_url.rstrip("/")
        self._fetcher = fetcher

    async def poll(self, feed: str, etag: str | None) -> Poll:
        """Today's announcements of the class; a Batch without papers on days without any."""
        if not _FEED.fullmatch(feed):
            return SourceDown(f"{feed[:40]!r} is no class of arXiv.")
        got = await self._fetcher.get(ARXIV, f"{self._base_url}/rss/{feed}", etag)
        if not isinstance(got, Fetched):
            return got
        poll = await gather_gently(read_feed(got.body), self._fetcher.clock, got.etag)
        if got.status != HTTPStatus.OK and not isinstance(poll, SourceDown):
            return SourceDown(f"arXiv answered HTTP {got.status} for {feed}.")
        return poll


def read_feed(body: bytes) -> Iterator[Read]:
    """What one RSS or Atom answer says: papers, what could not be read, and the batch's date."""
    latest: datetime | None = None
    count = 0
    for piece in pieces(body, _ENTRIES):
        match piece:
            case None:
                yield None
            case Entry():
                count += 1
                read = read_entry(piece)
                if isinstance(read, Paper):
                    latest = max(latest or read.published_at, read.published_at)
                yield read
            case Unreadable(reason):
                yield SourceDown(f"arXiv's feed could not be read: {reason}.")
            case Frame():
                yield _read_frame(piece, latest, count)


def _read_frame(frame: Frame, latest: datetime | None, count: int) -> Shown | SourceDown:
    if frame.root not in {"rss", "atom:feed"}:
        return SourceDown(f"arXiv's answer is no feed; it begins with <{frame.root[:40]}>.")
    title = frame.rest.first("title", "atom:title")
    if title.lower().startswith(_ERROR_TITLE):
        said = texts.title(frame.rest.first("description", "atom:subtitle"))[:300]
        return SourceDown(f"arXiv refuses the feed: {said or title[:100]}")
    own = dates.mail_at(frame.rest.first("pubDate", "lastBuildDate"))
    at = own or latest or dates.iso_at(frame.rest.first("atom:updated"))
    return Shown(at, truncated=count >= RESULTS_MAX)


def read_entry(entry: Entry) -> Paper | Skipped:
    """One item or entry as a Paper."""
    shown_as = [entry.first(name) for name in ("guid", "atom:id", "link")]
    label = entry_name([*shown_as, entry.first("title", "atom:title")])
    if entry.trouble is not None:
        return Skipped(label, entry.trouble)
    found = [named for text in shown_as if (named := ids.arxiv_id(text))]
    if not found:
        return Skipped(label, "it has no arXiv id")
    published_at = dates.mail_at(entry.first("pubDate"))
    published_at = published_at or dates.iso_at(entry.first("atom:published"))
    if published_at is None:
        return Skipped(label, "it has no date")
    title = texts.title(entry.first("title", "atom:title"))
    if not title:
        return Skipped(label, "it has no title")
    written = entry.first("description", "atom:summary")
    header = _HEADER.match(written)
    abstract = written[header.end() :] if header else written
    version = next((number for _, number in found if number), 1)
    kind = entry.first("arxiv:announce_type") or (header["type"] if header else "")
    return Paper(
        id=found[0][0],
        title=title,
        abstract=texts.abstract(abstract),
        authors=_authors(entry),
        categories=_categories(entry),
        published_at=published_at,
        announced=_announced(kind, version),
        sources=("arxiv",),
        version=version,
        doi=ids.doi(entry.first("arxiv:DOI", "arxiv:doi")),
        comment=texts.note(entry.first("arxiv:comment")),
        journal=texts.note(entry.first("arxiv:journal_reference", "arxiv:journal_ref")),
        code_links=links.code_links(f"{abstract} {entry.first('arxiv:comment')}"),
        project_url=links.project_page(abstract),
        licence=entry.first("dc:rights", "atom:rights")[:200] or None,
    )


def _announced(kind: str, version: int) -> AnnounceType:
    """The type; by the version where arXiv gives none that is known (its query API has none)."""
    try:
        return AnnounceType(kind.strip().lower())
    except ValueError:
        return AnnounceType.NEW if version == 1 else AnnounceType.REPLACE


def _authors(entry: Entry) -> tuple[str, ...]:
    creators = entry.all("dc:creator")
    return (
        texts.split_names(", ".join(creators)) if creators else texts.names(entry.all("atom:name"))
    )


def _categories(entry: Entry) -> tuple[str, ...]:
    """The classes in their order, the primary first; MSC and ACM codes are none."""
    fields = (field for field in entry.fields if field.name in {"category", "atom:category"})
    kept = (field.attributes.get("term", field.text).strip() for field in fields)
    return texts.categories([text for text in kept if _CLASS.fullmatch(text)])
