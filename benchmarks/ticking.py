"""How long the event loop is held: a task that ticks beside all others."""

from __future__ import annotations

import time
from collections import Counter
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from sampling import Sampler

    from bot.ports import Clock

TICK_S: Final = 0.005


class Ticks:
    """How long the loop was held between two ticks."""

    def __init__(self, sampler: Sampler) -> None:
        self.work_s: list[float] = []
        self.wall_s: list[float] = []
        self.during: Counter[str] = Counter()
        self._counts = sampler.counts

    async def run(self, clock: Clock) -> None:
        """Tick until cancelled; notes what the samples of the longest hold say."""
        wall, work, counts = time.perf_counter(), time.thread_time(), self._counts.copy()
        while True:
            await clock.sleep(TICK_S)
            wall_now, work_now = time.perf_counter(), time.thread_time()
            self.wall_s.append(max(0.0, wall_now - wall - TICK_S))
            if work_now - work > max(self.work_s, default=0.0):
                self.during = self._counts - counts
            self.work_s.append(work_now - work)
            wall, work, counts = wall_now, work_now, self._counts.copy()
