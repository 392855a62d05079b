"""arXiv's OAI-PMH: the past of a class, asked once when it is newly watched.

A record's datestamp is the day of its last change, and arXiv has changed old records in bulk more
than once: it says nothing of a paper's age. Papers are taken by the day they were created.
"""

from __future__ import annotations

import re
from datetime import timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import quote

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
    from adapters.sources.xml import Field
    from bot.ports import Poll

CREATED_MARGIN = timedelta(days=5)
"""A paper is created up to five days before it is announced: a weekend beside a holiday."""

_ENTRIES = frozenset({"oai:record"})
_CLASS = re.compile(r"(?P<archive>[a-z][a-z-]{1,9})(?:\.(?P<subject>[A-Za-z-]{2,10}))?", re.ASCII)
_PHYSICS = frozenset(
    {"astro-ph", "cond-mat", "gr-qc", "hep-ex", "hep-lat", "hep-ph", "hep-th", "math-ph", "nlin"}
    | {"nucl-ex", "nucl-th", "physics", "quant-ph"}
)
"""Archives of the group `physics`; every other one is its own group (ListSets, 2026-11)."""
_LISTS = frozenset({"oai:ListRecords", "oai:GetRecord"})
_NAME_PARTS = ("forenames", "keyname", "suffix")
_TOKEN_MAX = 2_000


class ArxivOai:
    """The Backfill of arXiv; its feeds are classes or whole archives (`cs.CL`, `hep-th`, `cs`)."""

    def __init__(self, base_url: str, fetcher: Fetcher) -> None:
        self._base_url = base_url.rstrip("/")
        self._fetcher = fetcher

    async def page(self, feed: str, since: datetime, token: str | None) -> Poll:
        """One page of the papers created since the day and a margin, without older ones.

        A token that has expired (they do at midnight) answers SourceDown with `start_over`.
        """
        url = self._url(feed, since, token)
        if url is None:
            return SourceDown(f"{feed[:40]!r} is no class of arXiv.")
        got = await self._fetcher.get(ARXIV, url)
        if not isinstance(got, Fetched):
            return got
        if got.status != HTTPStatus.OK and not got.body.strip():
            return SourceDown(f"arXiv's OAI-PMH answered HTTP {got.status} for {feed}.")
        oldest = since - CREATED_MARGIN
        poll = await gather_gently(read_records(got.body, oldest), self._fetcher.clock)
        if got.status != HTTPStatus.OK and not isinstance(poll, SourceDown):
            return SourceDown(f"arXiv's OAI-PMH answered HTTP {got.status} for {feed}.")
        return poll

    def _url(self, feed: str, since: datetime, token: str | None) -> str | None:
        if token is not None:
            return f"{self._base_url}?verb=ListRecords&resumptionToken={quote(token, safe='')}"
        name = set_name(feed)
        if name is None:
            return None
        return (
            f"{self._base_url}?verb=ListRecords&metadataPrefix=arXiv"
            f"&set={name}&from={since.date().isoformat()}"
        )


def set_name(feed: str) -> str | None:
    """A class's set: `cs.AI` -> `cs:cs:AI`, `hep-th` -> `physics:hep-th`; None for none."""
    found = _CLASS.fullmatch(feed)
    if found is None:
        return None
    archive, subject = found["archive"], found["subject"]
    group = "physics" if archive in _PHYSICS else archive
    return f"{group}:{archive}:{subject}" if subject else f"{group}:{archive}"


def read_records(body: bytes, oldest: datetime | None = None) -> Iterator[Read]:
    """What one page says: papers created since `oldest` (None: all), and the next page's token."""
    for piece in pieces(body, _ENTRIES):
        match piece:
            case None:
                yield None
            case Entry():
                read = read_record(piece)
                if not isinstance(read, Paper) or oldest is None or read.published_at >= oldest:
                    yield read
            case Unreadable(reason):
                yield SourceDown(f"arXiv's OAI-PMH answer could not be read: {reason}.")
            case Frame():
                yield _read_frame(piece)


def _read_frame(frame: Frame) -> Shown | SourceDown:
    if frame.root != "oai:OAI-PMH":
        return SourceDown(f"arXiv's answer is no OAI-PMH; it begins with <{frame.root[:40]}>.")
    for error in (field for field in frame.rest.fields if field.name == "oai:error"):
        code = error.attributes.get("code", "")
        if code == "noRecordsMatch":
            return Shown()
        said = " ".join(error.text.split())[:300]
        return SourceDown(
            f"arXiv's OAI-PMH refuses: {said or code}", start_over=code == "badResumptionToken"
        )
    if not any(field.name in _LISTS for field in frame.rest.fields):
        return SourceDown("arXiv's OAI-PMH answered something else than a list of records.")
    token = frame.rest.first("oai:resumptionToken")
    if len(token) > _TOKEN_MAX:
        return SourceDown("arXiv's OAI-PMH gave a page token that is too long to be one.")
    at = dates.iso_at(frame.rest.first("oai:responseDate"))
    return Shown(at, next_page=token or None)


def read_record(entry: Entry) -> Paper | Skipped | None:
    """One record as a Paper; None for a deleted one."""
    label = entry_name([entry.first("oai:identifier"), entry.first("arXiv:id")])
    if entry.trouble is not None:
        return Skipped(label, entry.trouble)
    if any(
        f.name == "oai:header" and f.attributes.get("status") == "deleted" for f in entry.fields
    ):
        return None
    found = ids.arxiv_id(entry.first("arXiv:id", "oai:identifier"))
    if found is None:
        return Skipped(label, "it has no arXiv id")
    created_at = dates.iso_at(entry.first("arXiv:created"))
    if created_at is None:
        return Skipped(label, "it has no date of creation")
    title = texts.title(entry.first("arXiv:title"))
    if not title:
        return Skipped(label, "it has no title")
    abstract, comment = entry.first("arXiv:abstract"), entry.first("arXiv:comments")
    return Paper(
        id=found[0],
        title=title,
        abstract=texts.abstract(abstract),
        authors=texts.names(_authors(entry.fields)),
        categories=_categories(entry),
        published_at=created_at,
        announced=AnnounceType.NEW,
        sources=("arxiv",),
        doi=ids.doi(entry.first("arXiv:doi")),
        comment=texts.note(comment),
        journal=texts.note(entry.first("arXiv:journal-ref")),
        code_links=links.code_links(f"{abstract} {comment}"),
        project_url=links.project_page(f"{abstract} {comment}"),
        licence=entry.first("arXiv:license")[:200] or None,
    )


def _categories(entry: Entry) -> tuple[str, ...]:
    named = entry.first("arXiv:categories").split()
    return texts.categories([name for name in named if _CLASS.fullmatch(name)])


def _authors(fields: tuple[Field, ...]) -> list[str]:
    """`forenames keyname suffix` of each author; a collaboration has a keyname only."""
    found: list[str] = []
    parts: dict[str, str] = {}
    for field in fields:
        if field.name == "arXiv:author":
            found.append(" ".join(parts[part] for part in _NAME_PARTS if parts.get(part)))
            parts = {}
        elif field.name.startswith("arXiv:"):
            parts[field.name.removeprefix("arXiv:")] = field.text.strip()
    return found
