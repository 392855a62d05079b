"""Sender: the ports and settings of what delivers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.flow.watch import Metrics
    from bot.ports import Archive, Chance, Channels, Clock, Outbox, Papers, Poster

IDLE_S: Final = 0.25
"""How long an idle sender sleeps when nothing wakes it."""

PARALLEL: Final = 8
"""Channels served at once by one process; a post is mostly waiting for its platform."""


@dataclass(frozen=True, slots=True)
class Sender:
    """The ports and settings of a sender."""

    posters: Mapping[str, Poster]
    outbox: Outbox
    papers: Papers
    archive: Archive
    channels: Channels
    clock: Clock
    chance: Chance
    owner: str
    metrics: Metrics
    alerts_per_day: int = 30
    parallel: int = PARALLEL
    idle_s: float = IDLE_S
    closed_until: dict[str, float] = field(default_factory=dict)
    """Platforms that told all of us to wait, by monotonic time."""

    troubled: set[str] = field(default_factory=set)
    """Platforms that took nothing lately, of which the log has told."""

    stopping: set[tuple[str, str]] = field(default_factory=set)
    """Tenants (platform, tenant) whose channels are being paused."""

    def open_platforms(self) -> list[str]:
        """Platforms that may be posted to now."""
        now = self.clock.monotonic()
        return [name for name in self.posters if self.closed_until.get(name, 0.0) <= now]
