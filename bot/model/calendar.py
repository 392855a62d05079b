"""When arXiv announces papers, when its feeds show them, and why there are none today.

arXiv announces at 20:00 US Eastern, Sunday to Thursday, and rebuilds its feeds at midnight
Eastern, for the date that follows (info.arxiv.org/help/availability, /help/rss). Announcements are
sometimes hours late; nothing here promises more than arXiv's own timetable.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

EASTERN: Final = ZoneInfo("America/New_York")

ANNOUNCED_AT: Final = time(20, 0)
FEED_AT: Final = time(0, 5)
"""The feeds are rebuilt at 00:00 and take a few minutes."""

_EVENINGS: Final = frozenset({6, 0, 1, 2, 3})
"""Sunday to Thursday, as `date.weekday` counts."""

_2026: Final = {
    date(2026, 1, 1): "New Year's Day",
    date(2026, 1, 19): "Martin Luther King Jr. Day",
    date(2026, 6, 19): "Juneteenth",
    date(2026, 7, 3): "Independence Day",
    date(2026, 9, 7): "Labor Day",
    date(2026, 11, 26): "Thanksgiving",
    date(2026, 12, 25): "Christmas",
    date(2026, 12, 29): "arXiv's winter break",
    date(2026, 12, 31): "arXiv's winter break",
}
"""The year's list (info.arxiv.org/help/availability, 2026)."""

_FIXED: Final = {
    (1, 1): "New Year's Day",
    (6, 19): "Juneteenth",
    (7, 4): "Independence Day",
    (12, 25): "Christmas",
}
_MOVABLE: Final = {
    (1, 0, 3): "Martin Luther King Jr. Day",
    (9, 0, 1): "Labor Day",
    (11, 3, 4): "Thanksgiving",
}
"""Month, weekday, and the how-manieth of the month."""

_DAYS_MAX: Final = 15
"""No run of days without an announcement is longer; a search ends in any case."""


def next_announcement(now: datetime) -> datetime:
    """The first announcement after `now`, UTC."""
    return _first_after(now, 0, ANNOUNCED_AT)


def last_announcement(now: datetime) -> datetime:
    """The latest announcement at or before `now`, UTC."""
    return _last_until(now, 0, ANNOUNCED_AT)


def next_feed(now: datetime) -> datetime:
    """When the feeds will next show new papers, after `now`, UTC."""
    return _first_after(now, 1, FEED_AT)


def last_feed(now: datetime) -> datetime:
    """When the feeds last began to show new papers, at or before `now`, UTC."""
    return _last_until(now, 1, FEED_AT)


def quiet_reason(now: datetime) -> str | None:
    """Why the feeds are empty on this Eastern date, or why nothing is announced this evening.

    None on a day with both. The words fit after "arXiv is quiet: ".
    """
    today = now.astimezone(EASTERN).date()
    evening = today - timedelta(days=1)
    if not is_announced(evening):
        named = holiday(evening)
        if named is not None and evening.weekday() in _EVENINGS:
            return f"no new papers today, nothing was announced on {named}"
        return "no new papers on Saturday and Sunday"
    if not is_announced(today):
        named = holiday(today)
        if named is not None:
            return f"no announcement this evening, it is {named}"
        return "no announcement on Friday and Saturday evening"
    return None


def is_announced(day: date) -> bool:
    """Whether arXiv announces papers in the evening of this Eastern date."""
    return day.weekday() in _EVENINGS and holiday(day) is None


def holiday(day: date) -> str | None:
    """The holiday's name: arXiv's own list for 2026, what it keeps every year for other years."""
    return _2026.get(day) if day.year == 2026 else _kept(day)  # noqa: PLR2004 - the list's year


def _kept(day: date) -> str | None:
    """Holidays that stand in each of arXiv's yearly lists; its extra days are not known ahead."""
    nth = (day.day - 1) // 7 + 1
    return _FIXED.get((day.month, day.day)) or _MOVABLE.get((day.month, day.weekday(), nth))


def _at(evening: date, days_later: int, at: time) -> datetime:
    """A wall clock time in New York, in UTC; 00:05 and 20:00 exist once on every date there."""
    day = evening + timedelta(days=days_later)
    return datetime.combine(day, at, EASTERN).astimezone(UTC)


def _first_after(now: datetime, days_later: int, at: time) -> datetime:
    evening = now.astimezone(EASTERN).date() - timedelta(days=days_later + 1)
    for ahead in range(_DAYS_MAX):
        day = evening + timedelta(days=ahead)
        if is_announced(day) and _at(day, days_later, at) > now:
            return _at(day, days_later, at)
    raise AssertionError("a fortnight without an announcement is in no calendar")


def _last_until(now: datetime, days_later: int, at: time) -> datetime:
    evening = now.astimezone(EASTERN).date() + timedelta(days=1)
    for back in range(_DAYS_MAX):
        day = evening - timedelta(days=back)
        if is_announced(day) and _at(day, days_later, at) <= now:
            return _at(day, days_later, at)
    raise AssertionError("a fortnight without an announcement is in no calendar")
