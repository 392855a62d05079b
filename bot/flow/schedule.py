"""When each feed is to be asked, and which of those that are due comes first. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from bot.model.calendar import EASTERN, last_feed, next_feed

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence

    from bot.ports import FeedState

REPEAT_S: Final = 1_500.0
"""arXiv's feeds change once a day, sometimes hours late: asked every 25 minutes till they do."""

GIVE_UP_AT: Final = time(6, 0)
"""Eastern: what has not come by then comes with the next announcement, or with the late look."""

LATE_AT: Final = time(16, 0)
"""Eastern: one more look on each day of new papers, for what was added or put right."""

BACKOFF_FIRST_S: Final = 5.0
BACKOFF_MAX_S: Final = 900.0

NAMED_TURNS: Final = 3
"""Of so many turns one goes to a class that no subscription names, so that none is forgotten."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How often the feeds of a source are asked: every `poll_s`, or None for arXiv's timetable."""

    poll_s: float | None


def is_due(state: FeedState, plan: Plan, now: datetime) -> bool:
    """Whether the feed is to be asked now."""
    return due_at(state, plan, now) <= now


def due_at(state: FeedState, plan: Plan, now: datetime) -> datetime:
    """When the feed is to be asked next; a time that has passed means at once."""
    if state.polled_at is None:
        return now
    # A clock that was set back must not silence a feed until the old time comes again.
    polled_at = min(state.polled_at, now)
    if state.failures_in_a_row:
        return min(state.retry_at or polled_at, now + timedelta(hours=1))
    if plan.poll_s is not None:
        return polled_at + timedelta(seconds=plan.poll_s)
    day = _timetable(now)
    if polled_at < day.shown_at:
        return day.shown_at
    again_at = polled_at + timedelta(seconds=REPEAT_S)
    if not _has_changed_since(state, day.shown_at) and again_at < day.give_up_at:
        return again_at
    return day.late_at if polled_at < day.late_at else day.next_at


def backoff_s(failures: int, chance: float, retry_after_s: float | None = None) -> float:
    """How long to leave a source alone after so many failures in a row; `chance` is in [0, 1)."""
    grown = BACKOFF_FIRST_S * 2.0 ** min(max(failures, 1) - 1, 20)
    jittered = min(grown, BACKOFF_MAX_S) * (0.75 + chance / 2)
    return max(jittered, (retry_after_s or 0.0) * (1 + chance / 10))


def choose(
    states: Iterable[FeedState],
    plan: Plan,
    named: Callable[[str], bool],
    now: datetime,
    turn: int,
) -> FeedState | None:
    """The feed whose turn it is: those that subscriptions name, those never asked, then by time.

    Every third turn begins with the others: a short pace for a few does not starve the rest.
    """
    due = [state for state in states if is_due(state, plan, now)]
    others_first = turn % NAMED_TURNS == NAMED_TURNS - 1
    return min(
        due,
        key=lambda state: (
            named(state.feed) is others_first,
            state.polled_at is not None,
            due_at(state, plan, now),
            state.feed,
        ),
        default=None,
    )


def throttle_s(failures_over_feeds: int, *, doubtful: bool) -> float:
    """How long to wait between feeds when one after the other fails: the source itself is away.

    `doubtful` is a feed that was never asked or failed the last time; one that answered the last
    time is worth a try for longer.
    """
    over = failures_over_feeds - (3 if doubtful else 10)
    return 0.0 if over < 0 else min(BACKOFF_FIRST_S * 2.0 ** min(over, 10), 60.0)


def missed_days(state: FeedState, now: datetime, days_max: int = 14) -> Sequence[str]:
    """Dates whose list may have grown since it was last asked, oldest first: `2026-03-01`.

    The day of the last success is among them: its list went on filling after we looked.
    """
    if state.succeeded_at is None:
        return ()
    today = now.astimezone(UTC).date()
    since = state.succeeded_at.astimezone(UTC).date()
    count = min((today - since).days, days_max)
    return [(today - timedelta(days=back)).isoformat() for back in range(count, 0, -1)]


def order(parts: Iterable[str], named: Collection[str]) -> list[str]:
    """The parts with those that are named first, otherwise in their order."""
    return sorted(parts, key=lambda part: part not in named)


def _has_changed_since(state: FeedState, when: datetime) -> bool:
    return state.batch_changed_at is not None and state.batch_changed_at >= when


@dataclass(frozen=True, slots=True)
class _Day:
    """The times that matter on the latest day of new papers."""

    shown_at: datetime
    give_up_at: datetime
    late_at: datetime
    next_at: datetime


@lru_cache(maxsize=4)
def _timetable(now: datetime) -> _Day:
    """Kept, as it is the same for all of arXiv's 155 classes at one moment."""
    shown_at = last_feed(now)
    return _Day(
        shown_at, _on_day_of(shown_at, GIVE_UP_AT), _on_day_of(shown_at, LATE_AT), next_feed(now)
    )


def _on_day_of(moment: datetime, at: time) -> datetime:
    return datetime.combine(moment.astimezone(EASTERN).date(), at, EASTERN).astimezone(UTC)
