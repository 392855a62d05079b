"""What follows from a platform's answer. Pure: the classes of answers in one function."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final, assert_never

from bot.ports import Busy, Dead, Done, Fault, Hold, Later, Posted, Refused, Unreachable

if TYPE_CHECKING:
    from datetime import datetime

    from bot.ports import Head, Outcome, Step

POST_TIMEOUT_S: Final = 25.0
"""The deadline of one post; below the 30 s that a store waits beyond a lease before a takeover."""

SETTLE_S: Final = 15.0
"""How long after its deadline a post may still land; a guess, as no platform says."""

REFUSALS_MAX: Final = 3
REFUSAL_WAIT_S: Final = 600.0
"""Missing rights are often soon put right: three refusals, ten minutes apart, then a pause."""

ATTEMPTS_MAX: Final = 100
"""Most of a day at the longest wait; then the channel is paused, for a person to see."""

BREAKS_MAX: Final = 5
"""A post that breaks the sender so often is put aside: it stops only itself."""

WAIT_FIRST_S: Final = 2.0
WAIT_MAX_S: Final = 900.0
BUSY_MIN_S: Final = 1.0
BUSY_MAX_S: Final = 3_600.0


def next_step(head: Head, outcome: Outcome, now: datetime, chance: float) -> Step:
    """What to do with the post after this answer; `chance` is in [0, 1) and spreads retries.

    What is certain of this attempt says nothing of an earlier one whose answer was lost: the store
    restores that one's marker when a step is not ambiguous.
    """
    match outcome:
        case Posted(receipt):
            return Done(receipt)
        case Busy():
            return _later(now, _busy_s(outcome, chance), "the platform is busy", head)
        case Refused():
            return _refused(head, outcome, now)
        case Unreachable(reason, maybe_posted=True):
            wait_s = max(SETTLE_S, wait_after(head.attempts, chance))
            return _later(now, wait_s, reason, head, ambiguous=True)
        case Unreachable(reason):
            if head.attempts + 1 >= ATTEMPTS_MAX:
                return Hold(given_up(head, reason))
            return _later(now, wait_after(head.attempts, chance), reason, head)
        case _ as never:
            assert_never(never)


def _busy_s(outcome: Busy, chance: float) -> float:
    if outcome.platform_wide:
        # the sender keeps away from the platform for as long as it asked; that ends with the
        # process, and a new one, with a new token perhaps, finds the post due
        return BUSY_MIN_S
    return min(max(outcome.retry_after_s, BUSY_MIN_S), BUSY_MAX_S) * (1 + chance / 10)


def unsettled(head: Head, now: datetime) -> Later | None:
    """The wait until a post whose answer was lost may be looked for; None when that time has come.

    A marker from the future comes of a clock that was set back: the takeover waited already.
    """
    if head.marker is None:
        return None
    wait = timedelta(seconds=POST_TIMEOUT_S + SETTLE_S)
    settled_at = head.marker.sent_at + wait
    if settled_at <= now or head.marker.sent_at > now + wait:
        return None
    return Later(settled_at, "its answer was lost", ambiguous=True, refusals=head.refusals)


def broken(head: Head, reason: str, now: datetime, chance: float, *, may_be_out: bool) -> Step:
    """What to do with a post that made the sender itself fail."""
    if head.attempts + 1 >= BREAKS_MAX:
        return Dead(reason)
    wait_s = max(SETTLE_S, wait_after(head.attempts, chance))
    return _later(now, wait_s, reason, head, ambiguous=may_be_out)


def given_up(head: Head, reason: str) -> str:
    """The sentence for a channel that is paused because nothing can be posted."""
    return f"nothing could be posted in {head.attempts + 1} tries; the last answer: {reason}"


def wait_after(attempts: int, chance: float) -> float:
    """Seconds until the next try: doubled each time, capped, spread by a quarter each way."""
    grown = min(WAIT_FIRST_S * 2.0 ** min(attempts, 20), WAIT_MAX_S)
    return grown * (0.75 + chance / 2)


def _refused(head: Head, refused: Refused, now: datetime) -> Step:
    match refused.fault:
        case Fault.CHANNEL_GONE:
            return Hold(refused.reason)
        case Fault.TENANT:
            return Hold(refused.reason, everywhere=True)
        case Fault.CHANNEL_FORBIDS:
            refusals = head.refusals + 1
            if refusals >= REFUSALS_MAX:
                return Hold(refused.reason)
            at = now + timedelta(seconds=REFUSAL_WAIT_S)
            return Later(at, refused.reason, ambiguous=False, refusals=refusals)
        case Fault.POST:
            return Dead(refused.reason)
        case _ as never:
            assert_never(never)


def _later(
    now: datetime, wait_s: float, reason: str, head: Head, *, ambiguous: bool = False
) -> Later:
    at = now + timedelta(seconds=wait_s)
    return Later(at, reason, ambiguous=ambiguous, refusals=head.refusals)
