"""Dates as sources write them, to aware UTC."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

_MONTH = re.compile(r"\d{4}-\d\d", re.ASCII)
_LENGTH_MAX = 64


def iso_at(text: str) -> datetime | None:
    """`2025-06-02`, `2025-06`, or a time of ISO 8601 with or without a zone (none is UTC)."""
    text = text.strip()
    if len(text) > _LENGTH_MAX:
        return None
    try:
        at = datetime.fromisoformat(f"{text}-01" if _MONTH.fullmatch(text) else text)
        return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def mail_at(text: str) -> datetime | None:
    """`Tue, 17 Jun 2025 00:00:00 -0400`, as RSS writes it."""
    text = text.strip()
    if len(text) > _LENGTH_MAX:
        return None
    try:
        at = parsedate_to_datetime(text)
        return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
