from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from flow_made import MONDAY

from bot.flow.schedule import (
    Plan,
    backoff_s,
    choose,
    due_at,
    is_due,
    missed_days,
    throttle_s,
)
from bot.model.calendar import EASTERN
from bot.ports import FeedState

TIMETABLE = Plan(None)


def eastern(text: str) -> datetime:
    """A time in New York, in March 2026."""
    return datetime.fromisoformat(f"2026-03-{text}").replace(tzinfo=EASTERN)


def state(polled: str, changed: str | None = None, feed: str = "arxiv/cs.CL") -> FeedState:
    """A feed that was asked, and whose batch changed, at a time in New York."""
    changed_at = eastern(changed) if changed else None
    return FeedState(feed, polled_at=eastern(polled), batch_changed_at=changed_at)


@pytest.mark.parametrize(
    ("polled", "changed", "now", "due"),
    [
        ("02 23:00", "02 00:06", "02 23:30", "03 00:05"),
        ("02 23:00", "02 00:06", "03 00:04", "03 00:05"),
        ("02 23:00", "02 00:06", "03 00:06", "03 00:05"),
        ("03 00:06", "02 00:06", "03 00:10", "03 00:31"),
        ("03 00:06", "03 00:06", "03 00:10", "03 16:00"),
        ("03 05:50", "02 00:06", "03 05:55", "03 16:00"),
        ("03 16:01", "03 00:06", "03 17:00", "04 00:05"),
        ("06 16:01", "06 00:06", "07 17:00", "09 00:05"),
        ("06 03:00", "06 00:06", "07 17:00", "06 16:00"),
    ],
)
def test_timetable(polled: str, changed: str, now: str, due: str) -> None:
    """Asked when the feeds change, till the batch is there or it is 06:00, and once at 16:00."""
    assert due_at(state(polled, changed), TIMETABLE, eastern(now)) == eastern(due)


def test_never_asked_is_due() -> None:
    """A feed that was never asked is due, under any plan."""
    for plan in (TIMETABLE, Plan(3600.0)):
        assert is_due(FeedState("arxiv/cs.CL"), plan, MONDAY)


def test_a_number_is_a_pace() -> None:
    """With a pace, a feed is asked that often, whatever the day."""
    asked = state("07 12:00")
    assert due_at(asked, Plan(5.0), eastern("07 12:01")) == eastern("07 12:00:05")
    assert not is_due(asked, Plan(90.0), eastern("07 12:01"))


def test_failures_wait_for_their_time() -> None:
    """After a failure the feed waits for its retry, and never asks before the server said."""
    failed = replace(state("03 00:06"), failures_in_a_row=2, retry_at=eastern("03 00:20"))
    assert due_at(failed, TIMETABLE, eastern("03 00:10")) == eastern("03 00:20")
    for chance in (0.0, 0.99):
        assert backoff_s(1, chance, 90.0) >= 90.0
        assert backoff_s(50, chance) <= 900 * 1.25
        assert backoff_s(1, chance) < backoff_s(4, chance) < backoff_s(8, chance)


def test_a_clock_set_back_does_not_silence() -> None:
    """A feed that was asked in what is now the future is asked again after its pace."""
    asked = state("05 12:00")
    assert due_at(asked, Plan(60.0), eastern("04 12:00")) <= eastern("04 12:01")
    failed = replace(asked, failures_in_a_row=1, retry_at=eastern("06 12:00"))
    assert due_at(failed, TIMETABLE, eastern("04 12:00")) <= eastern("04 13:00")


def test_order_of_those_due() -> None:
    """Named ones first, among them those never asked; every third turn begins with the others."""
    states = [
        state("02 10:00", feed="arxiv/a"),
        state("02 09:00", feed="arxiv/b"),
        FeedState("arxiv/c"),
        FeedState("arxiv/named-new"),
        state("02 11:00", feed="arxiv/named-old"),
    ]
    order = []
    left = list(states)
    now = eastern("02 12:00")
    while chosen := choose(left, Plan(1.0), lambda feed: "named" in feed, now, 0):
        order.append(chosen.feed.removeprefix("arxiv/"))
        left.remove(chosen)
    assert order == ["named-new", "named-old", "c", "b", "a"]
    other = choose(states, Plan(1.0), lambda feed: "named" in feed, now, 2)
    assert other is not None
    assert other.feed == "arxiv/c"
    assert choose(states[:2], Plan(10**6), lambda _: False, now, 0) is None


def test_a_source_that_is_away_is_left_alone() -> None:
    """Some failures of one feed after the other slow all down, the doubtful ones sooner."""
    assert throttle_s(2, doubtful=True) == 0
    assert 0 < throttle_s(3, doubtful=True) < throttle_s(6, doubtful=True) <= 60
    assert throttle_s(9, doubtful=False) == 0
    assert 0 < throttle_s(10, doubtful=False) <= 60


def test_missed_days() -> None:
    """The days since the last success, its own among them, at most 14; none on the same day."""
    fed = FeedState("huggingface/daily", succeeded_at=MONDAY)
    assert missed_days(FeedState("huggingface/daily"), MONDAY) == ()
    assert list(missed_days(fed, MONDAY + timedelta(hours=2))) == []
    assert list(missed_days(fed, MONDAY + timedelta(days=3))) == [
        "2026-03-02",
        "2026-03-03",
        "2026-03-04",
    ]
    assert len(missed_days(fed, MONDAY + timedelta(days=90))) == 14
    assert list(missed_days(fed, MONDAY - timedelta(days=3))) == []
