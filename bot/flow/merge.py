"""One paper over several sources: what each of them is believed about."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from bot.model.paper import AnnounceType

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bot.model.paper import Paper

ARXIV: Final = "arxiv"

GATHERED_MAX: Final = 100
"""Classes, links or sources of one paper: a source that shows others each time must not make a
record grow without end."""

STRENGTH: Final = {
    AnnounceType.NEW: 3,
    AnnounceType.CROSS: 2,
    AnnounceType.REPLACE: 1,
    AnnounceType.REPLACE_CROSS: 0,
}


def merge(known: Paper, seen: Paper) -> Paper:
    """The paper that both are: arXiv's text of the highest version, everybody's links and counts.

    The type is the strongest one of that version. The counts are the newest that any source gave;
    the day is the earliest, as arXiv's feeds date every entry by their own day.
    """
    first, second = (seen, known) if _text_wins(seen, known) else (known, seen)
    return replace(
        with_facts(known, seen),
        title=first.title or second.title,
        abstract=first.abstract or second.abstract,
        authors=first.authors or second.authors,
        categories=_categories(first, second),
        announced=_announced(first, second),
        version=max(known.version, seen.version),
        doi=first.doi or second.doi,
        comment=first.comment or second.comment,
        journal=first.journal or second.journal,
        licence=first.licence or second.licence,
    )


def with_facts(known: Paper, seen: Paper) -> Paper:
    """The known paper and version with what `seen` adds: links, counts, sources."""
    return replace(
        known,
        categories=known.categories or seen.categories,
        published_at=min(known.published_at, seen.published_at),
        sources=_union(known.sources, seen.sources),
        doi=known.doi or seen.doi,
        comment=known.comment or seen.comment,
        journal=known.journal or seen.journal,
        licence=known.licence or seen.licence,
        code_links=_union(known.code_links, seen.code_links),
        project_url=seen.project_url or known.project_url,
        upvotes=known.upvotes if seen.upvotes is None else seen.upvotes,
        stars=known.stars if seen.stars is None else seen.stars,
    )


def _text_wins(seen: Paper, known: Paper) -> bool:
    """The text of arXiv before copies of it; then the later version, then the later look."""
    mine, theirs = ARXIV in seen.sources, ARXIV in known.sources
    if mine != theirs:
        return mine
    return seen.version >= known.version


def _announced(first: Paper, second: Paper) -> AnnounceType:
    """`first` won the text; a type of a lower version says nothing about this one."""
    if second.version != first.version:
        return first.announced
    return max(first.announced, second.announced, key=STRENGTH.__getitem__)


def _categories(first: Paper, second: Paper) -> tuple[str, ...]:
    """Feeds that differ about one version must not make a class appear again and again."""
    if first.version == second.version:
        return _union(first.categories, second.categories)
    return first.categories or second.categories


def _union(known: Iterable[str], seen: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*known, *seen)))[:GATHERED_MAX]
