"""Virtual time and seeded chance: hours of the product's life pass in milliseconds, repeatably.

Two ways to use `FakeClock`:

- in an ordinary (async) test: tasks sleep on the clock, the test says `await clock.advance(60)`
  or `await clock.run_until(when)`; sleepers wake in order of their time, and all that they set
  off runs before the next one wakes. `FakeClock(skips=True)` needs no help: a sleep moves time.
- `virtual.run(main, clock)`: the whole event loop lives on the clock, so that `asyncio.timeout`
  and every sleep pass as soon as nothing else is left to do.
"""

from __future__ import annotations

import asyncio
import heapq
import random  # noqa: TID251 - this is the seeded fake of the Chance port
import selectors
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from typing import Any

T = TypeVar("T")

START = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
"""A Monday noon, between two announcements."""

_SPINS_MAX = 1_000_000


class FakeClock:
    """A Clock whose time passes when the test says so.

    `set(when)` and `jump(seconds)` make the time of day leap, as a corrected clock does, without
    waking sleepers and without moving `monotonic`.
    """

    def __init__(self, start: datetime = START, *, skips: bool = False) -> None:
        self._elapsed = 0.0
        self._base = start
        self._skips = skips
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []
        self._count = 0

    def now(self) -> datetime:
        """The time of day."""
        return self._base + timedelta(seconds=self._elapsed)

    def monotonic(self) -> float:
        """Seconds since the clock was made."""
        return self._elapsed

    async def sleep(self, seconds: float) -> None:
        """Wait in virtual time."""
        loop = asyncio.get_running_loop()
        if isinstance(loop, VirtualLoop):
            await asyncio.sleep(seconds)  # noqa: TID251 - the loop's time is this clock
        elif self._skips or seconds <= 0:
            self._elapsed += max(0.0, seconds)
            await asyncio.sleep(0)  # noqa: TID251 - lets the other tasks run
        else:
            self._count += 1
            future: asyncio.Future[None] = loop.create_future()
            heapq.heappush(self._sleepers, (self._elapsed + seconds, self._count, future))
            await future

    def elapse(self, seconds: float) -> None:
        """Move time without waking anyone."""
        self._elapsed += max(0.0, seconds)

    def jump(self, seconds: float) -> None:
        """Correct the time of day by so much."""
        self._base += timedelta(seconds=seconds)

    def set(self, when: datetime) -> None:
        """Correct the time of day."""
        self._base = when - timedelta(seconds=self._elapsed)

    async def advance(self, seconds: float) -> None:
        """Let that much time pass, waking sleepers in order."""
        await self._advance_to(self._elapsed + seconds)

    async def run_until(self, when: datetime) -> None:
        """Let time pass until a time of day."""
        await self.advance((when - self.now()).total_seconds())

    async def _advance_to(self, target: float) -> None:
        if isinstance(asyncio.get_running_loop(), VirtualLoop):
            await asyncio.sleep(target - self._elapsed)  # noqa: TID251 - as above
            return
        await settle()
        while self._sleepers and self._sleepers[0][0] <= target:
            at, _, future = heapq.heappop(self._sleepers)
            self._elapsed = max(self._elapsed, at)
            if not future.done():
                future.set_result(None)
                await settle()
        self._elapsed = max(self._elapsed, target)


async def settle() -> None:
    """Let every task run until each waits for time or for the outside."""
    ready = asyncio.get_running_loop()._ready  # type: ignore[attr-defined]  # the one exact sign of an idle loop
    for _ in range(_SPINS_MAX):
        await asyncio.sleep(0)  # noqa: TID251 - lets the other tasks run
        if not ready:
            return
    raise AssertionError("the tasks never come to rest: one of them spins without sleeping")


class FakeChance:
    """A Chance that repeats itself for the same seed."""

    def __init__(self, seed: int = 0) -> None:
        self._random = random.Random(seed)  # noqa: S311 - seeded on purpose

    def uniform(self) -> float:
        """A number in [0, 1)."""
        return self._random.random()

    def token(self) -> str:
        """12 characters a-z2-7."""
        return "".join(self._random.choices("abcdefghijklmnopqrstuvwxyz234567", k=12))


class _VirtualSelector(selectors.DefaultSelector):
    """Instead of waiting for the next timer, moves the clock there."""

    clock: FakeClock
    patience_s: float = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        events = super().select(0)
        if events or timeout == 0:
            return events
        if self.patience_s and timeout is not None:
            events = super().select(self.patience_s)  # a socket's other end may be about to speak
            if events:
                return events
        if timeout is None:
            events = super().select(5)  # a thread or a socket may still answer
            if not events:
                raise AssertionError("nothing is left to happen, and somebody still waits")
            return events
        self.clock.elapse(timeout)
        return events


class VirtualLoop(asyncio.SelectorEventLoop):
    """An event loop whose time is a FakeClock.

    `patience_s` of real time pass before its own time does: where it talks to itself over sockets.
    """

    def __init__(self, clock: FakeClock, patience_s: float = 0.0) -> None:
        selector = _VirtualSelector()
        selector.clock = clock
        selector.patience_s = patience_s
        self._clock = clock
        super().__init__(selector)
        self._clock_resolution = 1e-6

    def time(self) -> float:
        """The clock's seconds."""
        return self._clock.monotonic()


def run(
    main: Callable[[], Coroutine[Any, Any, T]], clock: FakeClock, patience_s: float = 0.0
) -> T:
    """Run a coroutine function on a loop of its own that lives on the clock."""
    with asyncio.Runner(loop_factory=lambda: VirtualLoop(clock, patience_s)) as runner:
        return runner.run(main())
