"""How many interactions are being worked on, so that a stop can wait for them."""

from __future__ import annotations

import asyncio
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(slots=True)
class Underway:
    """The tasks of the interactions; neither discord.py nor the event loop holds on to them."""

    tasks: list[asyncio.Task[Any] | None] = field(default_factory=list)
    none_left: asyncio.Event = field(default_factory=asyncio.Event)

    @contextmanager
    def one(self) -> Iterator[None]:
        """While this lasts, one more."""
        task = asyncio.current_task()
        self.tasks.append(task)
        self.none_left.clear()
        try:
            yield
        finally:
            self.tasks.remove(task)
            if not self.tasks:
                self.none_left.set()

    async def idle(self) -> None:
        """Wait until nothing is worked on."""
        while self.tasks:
            await self.none_left.wait()
