from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from flow_made import GENERAL, MONDAY
from hypothesis import given
from hypothesis import strategies as st

from bot.flow.next_step import (
    ATTEMPTS_MAX,
    BREAKS_MAX,
    POST_TIMEOUT_S,
    SETTLE_S,
    broken,
    next_step,
    unsettled,
)
from bot.model.alert import Alert, PostKey, Receipt
from bot.model.paper import PaperId
from bot.ports import (
    Busy,
    Dead,
    Done,
    Fault,
    Head,
    Hold,
    Later,
    Marker,
    Outcome,
    Posted,
    Refused,
    Step,
    Unreachable,
)

ALERT = Alert(PostKey("arxiv:2603.00001"), GENERAL, PaperId("arxiv:2603.00001"), (), MONDAY)
HEAD = Head(GENERAL, 1, ALERT, 0, 0, None, 0, 0, MONDAY)


def later(seconds: float, reason: str, *, ambiguous: bool = False, refusals: int = 0) -> Later:
    """A Later so many seconds from now."""
    return Later(MONDAY + timedelta(seconds=seconds), reason, ambiguous, refusals)


@pytest.mark.parametrize(
    ("head", "outcome", "step"),
    [
        (HEAD, Posted(Receipt("r")), Done(Receipt("r"))),
        (HEAD, Busy(30), later(30, "the platform is busy")),
        (HEAD, Busy(0), later(1, "the platform is busy")),
        (HEAD, Busy(10**9), later(3600, "the platform is busy")),
        (HEAD, Busy(3600, platform_wide=True), later(1, "the platform is busy")),
        (HEAD, Refused(Fault.CHANNEL_GONE, "gone"), Hold("gone")),
        (HEAD, Refused(Fault.TENANT, "revoked"), Hold("revoked", everywhere=True)),
        (HEAD, Refused(Fault.POST, "too long"), Dead("too long")),
        (HEAD, Refused(Fault.CHANNEL_FORBIDS, "no"), later(600, "no", refusals=1)),
        (
            replace(HEAD, refusals=1),
            Refused(Fault.CHANNEL_FORBIDS, "no"),
            later(600, "no", refusals=2),
        ),
        (replace(HEAD, refusals=2), Refused(Fault.CHANNEL_FORBIDS, "no"), Hold("no")),
        (replace(HEAD, refusals=2), Busy(5), later(5, "the platform is busy", refusals=2)),
        (HEAD, Unreachable("reset", maybe_posted=True), later(15, "reset", ambiguous=True)),
        (HEAD, Unreachable("refused", maybe_posted=False), later(1.5, "refused")),
        (
            replace(HEAD, attempts=5),
            Unreachable("refused", maybe_posted=False),
            later(48, "refused"),
        ),
        (
            replace(HEAD, attempts=50),
            Unreachable("refused", maybe_posted=False),
            later(675, "refused"),
        ),
    ],
)
def test_step(head: Head, outcome: Outcome, step: Step) -> None:
    """Each class of answers has its step, without any spread of chance."""
    assert next_step(head, outcome, MONDAY, 0.0) == step


def test_last_word() -> None:
    """After a hundred tries the channel is held with a sentence, but never while it may be out."""
    tired = replace(HEAD, attempts=ATTEMPTS_MAX - 1)
    step = next_step(tired, Unreachable("refused", maybe_posted=False), MONDAY, 0.0)
    assert step == Hold("nothing could be posted in 100 tries; the last answer: refused")
    assert isinstance(
        next_step(tired, Unreachable("reset", maybe_posted=True), MONDAY, 0.0), Later
    )


@given(
    attempts=st.integers(0, 1000),
    chance=st.floats(0, 1, exclude_max=True),
    retry_after_s=st.floats(allow_nan=False, allow_infinity=True),
)
def test_waits_are_bounded(attempts: int, chance: float, retry_after_s: float) -> None:
    """Whatever a platform asks, a post waits from one second to about an hour."""
    head = replace(HEAD, attempts=attempts)
    for outcome in (Busy(retry_after_s), Unreachable("x", maybe_posted=True)):
        step = next_step(head, outcome, MONDAY, chance)
        assert isinstance(step, Later)
        assert timedelta(seconds=1) <= step.at - MONDAY <= timedelta(seconds=3960)


def test_lost_answer_settles_first() -> None:
    """A post whose answer was lost is not looked for before it could have landed."""
    marked = replace(HEAD, marker=Marker(1, MONDAY), refusals=1)
    settled_at = MONDAY + timedelta(seconds=POST_TIMEOUT_S + SETTLE_S)

    assert unsettled(HEAD, MONDAY) is None
    assert unsettled(marked, MONDAY) == Later(settled_at, "its answer was lost", True, 1)
    assert unsettled(marked, settled_at) is None
    assert unsettled(marked, MONDAY - timedelta(days=1)) is None


def test_poison() -> None:
    """A post that breaks the sender is tried five times, then put aside."""
    steps = [
        broken(replace(HEAD, attempts=n), "KeyError", MONDAY, 0.0, may_be_out=False)
        for n in range(BREAKS_MAX)
    ]
    assert [type(step) for step in steps] == [Later] * 4 + [Dead]
