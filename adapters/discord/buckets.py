"""discord.py's client for a bot in very many channels.

Each channel has limits of its own, and discord.py looks through all of them whenever it meets one
more: 2 ms a request at 15,000, which five minutes of posting at Discord's pace bring together.
"""

from __future__ import annotations

from typing import Final

from discord.http import HTTPClient

LOOK_AT: Final = 256
"""How many limits discord.py itself keeps without looking."""


class SparingClient(HTTPClient):
    """Looks through its limits only when they have doubled since it last did."""

    _look_at: int = LOOK_AT

    def _try_clear_expired_ratelimits(self) -> None:
        if len(self._buckets) >= self._look_at:
            super()._try_clear_expired_ratelimits()
            self._look_at = max(LOOK_AT, 2 * len(self._buckets))
