"""How a process is told to stop, and how what may be broken off any time is broken off."""

from __future__ import annotations

import asyncio
import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    Loop = Callable[[], Awaitable[None]]


@contextmanager
def told_by_signals(stop: asyncio.Event) -> Iterator[None]:
    """SIGTERM and Ctrl-C set the event; a second Ctrl-C interrupts at once."""
    loop = asyncio.get_running_loop()

    def on_signal() -> None:
        stop.set()
        _leave(loop)

    try:
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, on_signal)
    except NotImplementedError:  # Windows: Ctrl-C interrupts as it always does
        yield
        return
    try:
        yield
    finally:
        _leave(loop)


def _leave(loop: asyncio.AbstractEventLoop) -> None:
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.remove_signal_handler(number)


async def until(stop: asyncio.Event, loop: Loop) -> None:
    """Run a loop that may be cancelled anywhere, as all that it does may be repeated.

    Asking a source can take half a minute; nobody who stops the program waits for that.
    """
    async with asyncio.TaskGroup() as group:
        working = group.create_task(_as_coroutine(loop))
        waiting = group.create_task(stop.wait())
        await asyncio.wait({working, waiting}, return_when=asyncio.FIRST_COMPLETED)
        working.cancel()
        waiting.cancel()


async def _as_coroutine(loop: Loop) -> None:
    await loop()
