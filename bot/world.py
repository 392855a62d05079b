"""The real world: clock, chance and this machine's time zone. No other file asks for them."""

from __future__ import annotations

import asyncio
import os
import random
import secrets
import time
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

UTC_NAMES = frozenset({"Etc/UTC", "Etc/UCT", "Etc/Zulu", "Etc/GMT", "UCT", "Universal", "Zulu"})
"""What machines without a zone of their own are set to; people call it UTC."""

ALPHABET = "abcdefghijklmnopqrstuvwxyz234567"


class SystemClock:
    """The Clock port on this machine's clock."""

    def now(self) -> datetime:
        """The time of day, aware, UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Seconds that never jump, for deadlines."""
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await asyncio.sleep(seconds)


class SystemChance:
    """The Chance port on the operating system's randomness."""

    def uniform(self) -> float:
        """A number in [0, 1), for jitter."""
        return random.random()

    def token(self) -> str:
        """An unguessable name of 12 characters a-z2-7: 60 bits."""
        return "".join(secrets.choice(ALPHABET) for _ in range(12))


def machine_timezone() -> str:
    """The IANA name of this machine's time zone; UTC when it has none that is known."""
    for name in (os.environ.get("TZ", "").lstrip(":"), _linked_zone(), _written_zone()):
        if name and _is_zone(name):
            return "UTC" if name in UTC_NAMES else name
    return "UTC"


def _linked_zone() -> str:
    target = os.path.realpath("/etc/localtime")
    return target.partition("zoneinfo/")[2]


def _written_zone() -> str:
    try:
        return Path("/etc/timezone").read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        return ""


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True
