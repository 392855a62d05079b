"""For the tests of sources: a scripted network, and a loopback server that can misbehave."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Mapping

    from adapters.sources.http import Got

    Speak = Callable[[bytes, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def serve(speak: Speak) -> AsyncIterator[str]:
    """The address of a server that reads a request's head and lets `speak` do what it likes."""

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await speak(await reader.readuntil(b"\r\n\r\n"), writer)
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    try:
        port = server.sockets[0].getsockname()[1]
        yield f"http://127.0.0.1:{port}"
    finally:
        server.close()
        await server.wait_closed()


@dataclass
class Script:
    """An Http that gives prepared answers, the last one for ever, and keeps what it was asked."""

    answers: list[Got] = field(default_factory=list)
    asked: list[tuple[str, Mapping[str, str]]] = field(default_factory=list)

    async def get(
        self, url: str, headers: Mapping[str, str], deadline_s: float, body_max_bytes: int
    ) -> Got:
        """The next answer."""
        del deadline_s, body_max_bytes
        self.asked.append((url, dict(headers)))
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


@dataclass
class Tardy:
    """An Http that takes its time and tells it: when it was asked, and how many at once."""

    sleep: Callable[[float], Awaitable[None]]
    answer: Callable[[], Got]
    started: Callable[[], None]
    takes_s: float
    running: int = 0
    most: int = 0

    async def get(
        self, url: str, headers: Mapping[str, str], deadline_s: float, body_max_bytes: int
    ) -> Got:
        """The answer, after `takes_s`."""
        del url, headers, deadline_s, body_max_bytes
        self.started()
        self.running += 1
        self.most = max(self.most, self.running)
        await self.sleep(self.takes_s)
        self.running -= 1
        return self.answer()
