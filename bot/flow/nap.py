"""Waiting that can be woken: no loop sleeps past a reason to act."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.ports import Clock


async def nap(clock: Clock, seconds: float, *wakers: asyncio.Event) -> None:
    """Wait so long, or until one of the events is set."""
    if seconds <= 0 or any(waker.is_set() for waker in wakers):
        return
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(clock.sleep(seconds))]
        tasks += [group.create_task(_heard(waker)) for waker in wakers]
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in tasks:
            task.cancel()


async def _heard(waker: asyncio.Event) -> None:
    await waker.wait()
