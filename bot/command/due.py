"""When the next papers are due, in the asker's own time, and who will show them."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bot.command.reply import Due
from bot.model.calendar import next_feed, quiet_reason
from bot.query.ast import And, Category, Node, Not, Or
from bot.query.categories import is_known, spelling

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.command.desk import Desk
    from bot.command.request import Request
    from bot.query.ast import Query


def due(desk: Desk, request: Request, query: Query | None = None) -> Due:
    """The next papers' time and the classes that are watched, and those a query names."""
    now = desk.clock.now()
    zone, name = zone_of(desk, request)
    watched = tuple(desk.watched())
    codes = set(_codes(query.tree)) if query else set()
    only = _only(query.tree) if query else None
    named = tuple(one for one in watched if only and {one.lower(), _archive(one)} & only)
    known = {one.lower() for one in watched} | {_archive(one) for one in watched}
    missed = sorted(spelling(code) for code in codes - known if is_known(code))
    unwatched = tuple(missed) if watched else ()
    return Due(next_feed(now), now, zone, name, quiet_reason(now), watched, named, unwatched)


def zone_of(desk: Desk, request: Request) -> tuple[tzinfo, str]:
    """The asker's time zone, else the desk's, else UTC; an unknown name never stops an answer."""
    for name in (request.timezone, desk.timezone):
        if name:
            try:
                return ZoneInfo(name), name
            except (ZoneInfoNotFoundError, ValueError, OSError):
                continue
    return UTC, "UTC"


def spoken_time(at: datetime, zone: tzinfo, now: datetime | None = None) -> str:
    """`Tuesday 24 November, 02:05`; within the day before and after `now`, `today, 02:05`."""
    local = at.astimezone(zone)
    if now is not None:
        days = (local.date() - now.astimezone(zone).date()).days
        near = {0: "today", 1: "tomorrow", -1: "yesterday"}.get(days)
        if near:
            return f"{near}, {local:%H:%M}"
    return f"{local:%A} {local.day} {local:%B}, {local:%H:%M}"


def _only(node: Node) -> frozenset[str] | None:
    """The categories that alone can bring a match; None when it may come from any."""
    match node:
        case And(parts=parts):
            found = [one for part in parts if (one := _only(part)) is not None]
            return frozenset().union(*found) if found else None
        case Or(parts=parts):
            every = [_only(part) for part in parts]
            known = [one for one in every if one is not None]
            return frozenset().union(*known) if len(known) == len(every) else None
        case Category(code=code):
            return frozenset({code.lower()})
        case _:
            return None


def _archive(code: str) -> str:
    return code.lower().partition(".")[0]


def _codes(node: Node) -> Iterator[str]:
    """Categories that the query asks for; what it excludes needs no watching."""
    match node:
        case And(parts=parts) | Or(parts=parts):
            for part in parts:
                yield from _codes(part)
        case Category(code=code):
            yield code.lower()
        case Not():
            return
        case _:
            return
