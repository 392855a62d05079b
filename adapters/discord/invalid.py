"""Requests that Discord holds to be invalid, counted: at 10,000 in ten minutes it bars an address.

We stop at a tenth of that, and at the first answer that the token is not accepted.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import structlog

from adapters.discord.outcomes import NOT_ACCEPTED, TOKEN_WAIT_S, is_invalid

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.ports import Clock

log = structlog.get_logger()

INVALID_MAX: Final = 1000
WINDOW_S: Final = 600.0
"""Discord bars an address at 10,000 in ten minutes (topics/rate-limits, 2026-08)."""

TOO_MANY_INVALID: Final = (
    f"Discord refused {INVALID_MAX:,} requests within ten minutes, and bars whoever goes on: "
    "nothing is posted for ten minutes. The log tells which channels refuse"
)


@dataclass(slots=True)
class Gate:
    """Closed while nothing is to be asked; what all requests of the process share."""

    clock: Clock
    trouble: str | None = None
    """Why nothing is posted, for a person to read; None while all is well."""

    _invalid: deque[float] = field(default_factory=lambda: deque(maxlen=INVALID_MAX))
    _closed_until: float = 0.0

    def heard(self, status: int, headers: Mapping[str, str]) -> None:
        """Count an answer, whoever asked."""
        if not is_invalid(status, headers):
            return
        now = self.clock.monotonic()
        self._invalid.append(now)
        if self.counted() >= INVALID_MAX and self.closed_s() < WINDOW_S:
            self._close(WINDOW_S, TOO_MANY_INVALID)
            log.error("discord.too_many_invalid", requests=INVALID_MAX)

    def token_refused(self) -> None:
        """The token is worth nothing; it is tried again in an hour."""
        if self.trouble != NOT_ACCEPTED:
            log.error("discord.token_refused", reason=NOT_ACCEPTED)
        self._close(TOKEN_WAIT_S, NOT_ACCEPTED)

    def accepted(self) -> None:
        """Discord did what was asked."""
        if self.trouble is not None and not self.closed_s():
            log.info("discord.accepted_again")
            self.trouble = None

    def counted(self) -> int:
        """Invalid requests of the last ten minutes, up to where we stop."""
        horizon = self.clock.monotonic() - WINDOW_S
        while self._invalid and self._invalid[0] <= horizon:
            self._invalid.popleft()
        return len(self._invalid)

    def closed_s(self) -> float:
        """Seconds until something may be asked; 0 when it may."""
        return max(0.0, self._closed_until - self.clock.monotonic())

    def _close(self, seconds: float, why: str) -> None:
        self._closed_until = self.clock.monotonic() + seconds
        self.trouble = why
