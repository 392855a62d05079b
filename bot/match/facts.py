"""What a paper says besides its words, under the names by which clauses ask for it."""

from __future__ import annotations

from datetime import UTC, timedelta
from typing import TYPE_CHECKING, assert_never

from bot.model.paper import AnnounceType
from bot.query.ast import Announced, Category, Comparison, Feature, Since, Until, Upvotes

if TYPE_CHECKING:
    from datetime import date, datetime

    from bot.model.paper import Paper


def in_category(asked: Category, paper: Paper) -> bool:
    """Whether one of the paper's classes, or only its first, is the one asked for or in it."""
    return (asked.code, asked.primary) in category_names(paper)


def category_names(paper: Paper) -> set[tuple[str, bool]]:
    """What `cat:` can name the paper by: (code or archive in lower case, as the primary one)."""
    names: set[tuple[str, bool]] = set()
    for place, written in enumerate(paper.categories):
        for name in code_and_archive(written):
            names.add((name, False))
            if place == 0:
                names.add((name, True))
    return names


def code_and_archive(category: str) -> tuple[str, str]:
    """`cs.CV` gives `cs.cv` and `cs`."""
    code = category.lower()
    return code, code.partition(".")[0]


def source_names(paper: Paper) -> set[str]:
    """What `source:` can name the paper by."""
    return {source.lower() for source in paper.sources}


def announced_as(paper: Paper) -> Announced:
    """The announcement as `type:` names it: a replaced cross-listing is a replacement."""
    match paper.announced:
        case AnnounceType.NEW:
            return Announced.NEW
        case AnnounceType.CROSS:
            return Announced.CROSS
        case AnnounceType.REPLACE | AnnounceType.REPLACE_CROSS:
            return Announced.REPLACE
        case _ as never:
            assert_never(never)


def features(paper: Paper) -> set[Feature]:
    """What `has:` finds: a paper that is known by its DOI has one."""
    found: set[Feature] = set()
    if paper.code_links:
        found.add(Feature.CODE)
    if paper.doi or paper.id.startswith("doi:"):
        found.add(Feature.DOI)
    if paper.journal:
        found.add(Feature.JOURNAL)
    return found


def ids(paper: Paper) -> set[str]:
    """What `id:` and `doi:` can name the paper by."""
    return {paper.id, f"doi:{paper.doi.lower()}"} if paper.doi else {paper.id}


def has_upvotes(asked: Upvotes, paper: Paper) -> bool:
    """Whether the count compares as asked; a paper without a count has 0."""
    count = paper.upvotes or 0
    match asked.comparison:
        case Comparison.AT_LEAST:
            return count >= asked.count
        case Comparison.MORE:
            return count > asked.count
        case Comparison.AT_MOST:
            return count <= asked.count
        case Comparison.LESS:
            return count < asked.count
        case Comparison.EQUAL:
            return count == asked.count
        case _ as never:
            assert_never(never)


def in_time(asked: Since | Until, paper: Paper, now: datetime | None) -> bool:
    """Whether the day of publication (UTC) is within the bound, the day itself included.

    Days ago are counted from `now`; without it, such a bound holds for no paper.
    """
    bound = _day(asked, now)
    if bound is None:
        return False
    published = paper.published_at.astimezone(UTC).date()
    return published >= bound if isinstance(asked, Since) else published <= bound


def _day(asked: Since | Until, now: datetime | None) -> date | None:
    if asked.day is not None:
        return asked.day
    if now is None or asked.days_ago is None:
        return None
    today = now.astimezone(UTC).date()
    return today - timedelta(days=min(asked.days_ago, today.toordinal() - 1))
