"""When a server says that it may be asked again: `Retry-After` and `RateLimit`, in every form."""

from __future__ import annotations

import re
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

WAIT_MIN_S = 1.0
WAIT_MAX_S = 3600.0
"""No server is asked sooner than after a second; no header silences a source for over an hour."""

_NUMBER = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,3})?", re.ASCII)
_PARAMETER = re.compile(r"\b(remaining|reset|r|t)\s*=\s*(\d{1,9})(?:\.\d+)?\b", re.ASCII)
_LENGTH_MAX = 64
"""Longer than any HTTP date; what is longer says nothing."""


def clamp(seconds: float) -> float:
    """Seconds within [1 s, 1 h]."""
    return min(max(seconds, WAIT_MIN_S), WAIT_MAX_S)


def retry_after_s(value: str | None, now: datetime) -> float | None:
    """The wait that a `Retry-After` asks for, clamped; None where it says nothing readable.

    Integers and HTTP dates stand in RFC 9110; floats, negative and absurd ones come all the same.
    """
    text = (value or "").strip()
    if _NUMBER.fullmatch(text):
        seconds = float(text)
        return clamp(seconds)
    if not text or len(text) > _LENGTH_MAX:
        return None
    try:
        at = parsedate_to_datetime(text)
        at = at if at.tzinfo else at.replace(tzinfo=UTC)
        seconds = (at - now).total_seconds()
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return clamp(seconds)


def exhausted_for_s(headers: Mapping[str, str]) -> float | None:
    """How long no request is left, of Hugging Face's `RateLimit: "api";r=0;t=55`; None else."""
    found = dict(_PARAMETER.findall(headers.get("ratelimit", "")[:200]))
    remaining = found.get("r", found.get("remaining"))
    reset = found.get("t", found.get("reset"))
    if remaining is None or reset is None or int(remaining) > 0:
        return None
    return clamp(float(reset))


def wait_s(headers: Mapping[str, str], now: datetime) -> float | None:
    """The longest wait that the headers ask for; None where they ask for none."""
    asked = (retry_after_s(headers.get("retry-after"), now), exhausted_for_s(headers))
    return max((seconds for seconds in asked if seconds is not None), default=None)
