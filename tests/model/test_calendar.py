from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from bot.model.calendar import (
    EASTERN,
    holiday,
    last_announcement,
    last_feed,
    next_announcement,
    next_feed,
    quiet_reason,
)


def eastern(text: str) -> datetime:
    """A wall clock time in New York."""
    return datetime.fromisoformat(text).replace(tzinfo=EASTERN)


@pytest.mark.parametrize(
    ("now", "announced", "shown"),
    [
        ("2026-03-02 12:00", "2026-03-02 20:00", "2026-03-03 00:05"),
        ("2026-03-02 20:00", "2026-03-03 20:00", "2026-03-03 00:05"),
        ("2026-03-06 12:00", "2026-03-08 20:00", "2026-03-09 00:05"),
        ("2026-03-08 19:59", "2026-03-08 20:00", "2026-03-09 00:05"),
        ("2026-11-26 12:00", "2026-11-29 20:00", "2026-11-30 00:05"),
        ("2026-12-29 12:00", "2026-12-30 20:00", "2026-12-31 00:05"),
        ("2026-12-31 12:00", "2027-01-03 20:00", "2027-01-04 00:05"),
    ],
)
def test_next(now: str, announced: str, shown: str) -> None:
    """Announced Sunday to Thursday at 20:00 Eastern, not on holidays; shown after midnight."""
    assert next_announcement(eastern(now)) == eastern(announced)
    assert next_feed(eastern(now)) == eastern(shown)


@pytest.mark.parametrize(
    ("now", "announced", "shown"),
    [
        ("2026-03-02 20:00", "2026-03-02 20:00", "2026-03-02 00:05"),
        ("2026-03-02 19:59", "2026-03-01 20:00", "2026-03-02 00:05"),
        ("2026-03-07 12:00", "2026-03-05 20:00", "2026-03-06 00:05"),
        ("2026-11-27 12:00", "2026-11-25 20:00", "2026-11-26 00:05"),
    ],
)
def test_last(now: str, announced: str, shown: str) -> None:
    """The last announcement is the one before, over weekends and holidays."""
    assert last_announcement(eastern(now)) == eastern(announced)
    assert last_feed(eastern(now)) == eastern(shown)


def test_summer_time() -> None:
    """20:00 Eastern is 01:00 UTC in winter and 00:00 UTC in summer."""
    assert next_announcement(datetime(2026, 3, 5, 12, tzinfo=UTC)) == datetime(
        2026, 3, 6, 1, tzinfo=UTC
    )
    assert next_announcement(datetime(2026, 3, 8, 12, tzinfo=UTC)) == datetime(
        2026, 3, 9, 0, tzinfo=UTC
    )
    assert next_feed(datetime(2026, 10, 30, 12, tzinfo=UTC)) == datetime(
        2026, 11, 2, 5, 5, tzinfo=UTC
    )


@pytest.mark.parametrize(
    ("now", "reason"),
    [
        ("2026-03-04 12:00", None),
        ("2026-03-06 12:00", "no announcement on Friday and Saturday evening"),
        ("2026-03-07 12:00", "no new papers on Saturday and Sunday"),
        ("2026-03-08 21:00", "no new papers on Saturday and Sunday"),
        ("2026-11-26 12:00", "no announcement this evening, it is Thanksgiving"),
        ("2026-11-27 12:00", "no new papers today, nothing was announced on Thanksgiving"),
        ("2026-07-03 12:00", "no announcement this evening, it is Independence Day"),
        ("2026-07-04 12:00", "no new papers on Saturday and Sunday"),
    ],
)
def test_quiet_reason(now: str, reason: str | None) -> None:
    """Weekends and holidays are named."""
    assert quiet_reason(eastern(now)) == reason


def test_other_years() -> None:
    """A year without a list has the holidays that arXiv keeps every year."""
    assert holiday(date(2027, 11, 25)) == "Thanksgiving"
    assert holiday(date(2027, 1, 18)) == "Martin Luther King Jr. Day"
    assert holiday(date(2027, 12, 29)) is None


def test_order_holds_for_two_years() -> None:
    """At every hour: last ≤ now < next, and no announcement is missed between them."""
    now = datetime(2026, 1, 1, tzinfo=UTC)
    while now < datetime(2027, 12, 31, tzinfo=UTC):
        assert last_announcement(now) <= now < next_announcement(now)
        assert last_feed(now) <= now < next_feed(now)
        assert next_announcement(last_announcement(now)) == next_announcement(now)
        now += timedelta(hours=7)
