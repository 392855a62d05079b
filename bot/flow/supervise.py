"""Run the loops of a process side by side: one that fails begins again; a stop drains all."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final, TypeAlias

import structlog

from bot.flow.nap import nap
from bot.flow.schedule import backoff_s
from bot.model.errors import PaperwireError, SettingsError, StoreDown, StoreLost, StoreNewer

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from bot.flow.watch import Metrics
    from bot.ports import Chance, Clock

    Loop: TypeAlias = Callable[[], Awaitable[None]]

log = structlog.get_logger()

DRAIN_S: Final = 10.0
"""What is being posted may finish so long after a stop (RELIABILITY's G33)."""

FORGIVEN_S: Final = 60.0
"""A loop that ran so long begins its waits from the shortest again."""

RESTART_MAX_S: Final = 30.0


async def run(
    loops: Mapping[str, Loop], stop: asyncio.Event, clock: Clock, chance: Chance, metrics: Metrics
) -> None:
    """Run all loops until `stop` is set and they have come to an end, or ten seconds later.

    Each loop ends by itself when `stop` is set. One that raises begins again after a wait.
    StoreNewer and StoreLost end everything: such a store must not be written. So does
    SettingsError: what only a person can put right is not tried again.
    """
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [
                group.create_task(_keep(name, loop, stop, clock, chance, metrics), name=name)
                for name, loop in loops.items()
            ]
            drain = group.create_task(_drain(tasks, stop, clock))
            await asyncio.wait(tasks)
            drain.cancel()
    except* (StoreNewer, StoreLost, SettingsError) as group_error:
        raise _cause(group_error) from None


async def _keep(
    name: str, loop: Loop, stop: asyncio.Event, clock: Clock, chance: Chance, metrics: Metrics
) -> None:
    failures = 0
    while not stop.is_set():
        began = clock.monotonic()
        try:
            await loop()
        except Exception as error:
            cause = _cause(error)
            if isinstance(cause, StoreNewer | StoreLost | SettingsError):
                raise cause from error
            failures = 1 if clock.monotonic() - began > FORGIVEN_S else failures + 1
            _tell(name, cause, failures)
        else:
            if stop.is_set():
                return
            failures += 1
            log.warning("task.ended", task=name)
        metrics.task_restarts.labels(name).inc()
        wait_s = min(backoff_s(failures, chance.uniform()) / 10, RESTART_MAX_S)
        await nap(clock, wait_s, stop)


async def _drain(tasks: list[asyncio.Task[None]], stop: asyncio.Event, clock: Clock) -> None:
    """Cut off what has not come to an end in time."""
    await stop.wait()
    await clock.sleep(DRAIN_S)
    for task in tasks:
        if not task.done():
            log.warning("task.cut_off", task=task.get_name())
            task.cancel()


def _cause(error: BaseException) -> BaseException:
    """The error itself, out of the groups that task groups put around it."""
    while isinstance(error, BaseExceptionGroup):
        stores = [one for one in error.exceptions if isinstance(one, StoreDown)]
        error = stores[0] if stores else error.exceptions[0]
    return error


def _tell(name: str, cause: BaseException, failures: int) -> None:
    if isinstance(cause, StoreDown):
        log.warning("store.down", task=name, reason=str(cause), failures=failures)
    elif isinstance(cause, PaperwireError):  # its sentence says all; a traceback says less
        log.warning("task.waits", task=name, reason=str(cause), failures=failures)
    else:
        log.error("task.failed", task=name, failures=failures, exc_info=cause)
