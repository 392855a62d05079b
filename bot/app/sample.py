"""Plays the built-in sample day: its papers come in one after the other, as if announced now."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from adapters.sources.sample import sample_day
from bot.flow.ingest import take
from bot.flow.nap import nap

if TYPE_CHECKING:
    from bot.ports import Clock, Papers

FEED: Final = "sample/day"

LASTS_S: Final = 60.0
"""A minute: long enough to see papers arrive, short enough to stay."""


@dataclass(frozen=True, slots=True)
class SampleDay:
    """The day, and whether somebody asked for it."""

    papers: Papers
    clock: Clock
    lasts_s: float = LASTS_S
    asked: asyncio.Event = field(default_factory=asyncio.Event)

    async def play(self) -> int:
        """Ask for the day; how many papers it has."""
        self.asked.set()
        return len(sample_day(self.clock.now()))

    async def run(self, stop: asyncio.Event) -> None:
        """Wait to be asked, play, and so on until told to stop."""
        while not stop.is_set():
            await nap(self.clock, 3600, self.asked, stop)
            if self.asked.is_set():
                self.asked.clear()
                await self._play(stop)

    async def _play(self, stop: asyncio.Event) -> None:
        day = sample_day(self.clock.now())
        for paper in day:
            if stop.is_set():
                return
            await take([paper], FEED, self.papers, self.clock, baseline=False)
            await nap(self.clock, self.lasts_s / len(day), stop)
