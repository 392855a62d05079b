"""Decide what a sighting of a paper means: what to remember, and what to put on the stream.

Identity decides, never dates: people replay feeds of past years, and a source that re-dates,
re-sends or re-versions everything must post nothing that was not new.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from bot.flow.merge import STRENGTH, merge, with_facts
from bot.model.paper import AnnounceType
from bot.ports import EventKind, PaperRecord, PaperWrite

if TYPE_CHECKING:
    from datetime import datetime

    from bot.model.paper import Paper

FACTS_FOR: Final = timedelta(days=30)
"""How long votes and code that come late count: after a month a paper is no news."""

_CROSSED: Final = frozenset({AnnounceType.CROSS, AnnounceType.REPLACE_CROSS})

_KIND: Final = {
    AnnounceType.NEW: EventKind.NEW,
    AnnounceType.CROSS: EventKind.CROSS,
    AnnounceType.REPLACE: EventKind.REPLACE,
    AnnounceType.REPLACE_CROSS: EventKind.REPLACE,
}


def decide(
    record: PaperRecord | None, seen: Paper, feed: str, *, baseline: bool, now: datetime
) -> PaperWrite | None:
    """What to write for a paper that a feed shows; None when nothing is new about it.

    `feed` is "<source>/<part>"; `baseline` says that the feed's first batch, or the past, is read.
    """
    if record is None:
        return _first(seen, feed, baseline=baseline, now=now)
    shown_in = record.shown_in | {feed}
    if record.paper is None:
        return _forgotten(record, seen, feed, baseline=baseline)
    if baseline and record.alerted_version:
        # The version stays as it was: a feed that is past its baseline shall still announce it.
        paper = with_facts(record.paper, seen)
    else:
        paper = merge(record.paper, replace(seen, id=record.id))
    event = _event(record, record.paper, paper, seen, feed, baseline=baseline, now=now)
    if event is None and shown_in == record.shown_in:
        return None
    return PaperWrite(
        replace(
            record,
            shown_in=shown_in,
            alerted_version=_alerted(record.alerted_version, event, paper.version),
            paper=paper,
        ),
        event,
        before=record.paper if event is EventKind.FACTS else None,
    )


def _first(seen: Paper, feed: str, *, baseline: bool, now: datetime) -> PaperWrite:
    event = EventKind.BASELINE if baseline else _KIND[seen.announced]
    alerted = 0 if baseline else seen.version
    return PaperWrite(PaperRecord(seen.id, 0, now, frozenset({feed}), alerted, seen), event)


def _forgotten(
    record: PaperRecord, seen: Paper, feed: str, *, baseline: bool
) -> PaperWrite | None:
    """A paper of long ago, of which only the id is left: a new version or cross-list is news."""
    event = _KIND[seen.announced]
    first_here = feed not in record.shown_in
    match event:
        case EventKind.REPLACE:
            is_news = seen.version > record.alerted_version and bool(
                record.alerted_version or first_here
            )
        case EventKind.CROSS:
            is_news = first_here
        case _:
            is_news = first_here and not (record.alerted_version and _knew_source(record, feed))
    if baseline or not is_news:
        return None
    return PaperWrite(
        replace(
            record,
            shown_in=record.shown_in | {feed},
            alerted_version=max(record.alerted_version, seen.version),
            paper=replace(seen, id=record.id),
        ),
        event,
    )


def _event(
    record: PaperRecord,
    before: Paper,
    paper: Paper,
    seen: Paper,
    feed: str,
    *,
    baseline: bool,
    now: datetime,
) -> EventKind | None:
    """The strongest reason to tell anyone; BASELINE when only the archive should know."""
    if not baseline:
        if feed not in record.shown_in and (
            not record.alerted_version or not _knew_source(record, feed)
        ):
            return _KIND[seen.announced]
        if _is_revision(record, before, seen):
            return EventKind.REPLACE
        if _is_stronger(record, before, paper, feed):
            return _KIND[paper.announced]
        if _is_wider(record, before, paper, seen, feed):
            return EventKind.CROSS
        if _facts(paper) != _facts(before) and _is_recent(record, paper, now):
            return EventKind.FACTS
    return EventKind.BASELINE if paper != before else None


def _knew_source(record: PaperRecord, feed: str) -> bool:
    """Whether any feed of the same source has shown the paper; a backfill is no feed."""
    source = feed.partition("/")[0]
    return any(shown.partition("/")[0] == source for shown in record.shown_in)


def _is_revision(record: PaperRecord, before: Paper, seen: Paper) -> bool:
    """A version that nobody was told of. Known from a baseline only, it must have grown since."""
    if seen.version <= record.alerted_version or seen.version < before.version:
        return False
    if not record.alerted_version and seen.version == before.version:
        return False
    return seen.announced is not AnnounceType.CROSS


def _is_wider(record: PaperRecord, before: Paper, paper: Paper, seen: Paper, feed: str) -> bool:
    """A class that it was not in, said by a feed that shows it first or calls it a cross-list.

    A feed that writes other classes beside what it showed before has only been made anew.
    """
    told = feed not in record.shown_in or seen.announced in _CROSSED
    return told and bool(before.categories) and not set(paper.categories) <= set(before.categories)


def _is_stronger(record: PaperRecord, before: Paper, paper: Paper, feed: str) -> bool:
    """One feed calls it a cross-list, another one new: type is relative to the class asked for."""
    if not record.alerted_version and feed in record.shown_in:
        return False
    return (
        paper.version == before.version
        and STRENGTH[paper.announced] > STRENGTH[before.announced]
        and _KIND[paper.announced] is not _KIND[before.announced]
    )


def _facts(paper: Paper) -> tuple[object, ...]:
    sources = frozenset(paper.sources)
    links = frozenset(paper.code_links)
    return (paper.upvotes, paper.stars, links, paper.project_url, sources)


def _is_recent(record: PaperRecord, paper: Paper, now: datetime) -> bool:
    return now - max(record.first_seen_at, paper.published_at) <= FACTS_FOR


def _alerted(alerted: int, event: EventKind | None, version: int) -> int:
    """A cross-list of a later version does not stand for its replacement, still to come."""
    match event:
        case EventKind.NEW | EventKind.REPLACE:
            return max(alerted, version)
        case EventKind.CROSS:
            return alerted or version
        case _:
            return alerted
