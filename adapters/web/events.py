"""GET /api/channels/{channel}/events: what is posted, live, as server-sent events.

However many pages are open, one of a channel's clients waits in the store, and the others wait
for it: a waiting read holds a connection, and connections are few.
"""

from __future__ import annotations

import asyncio
import json
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from aiohttp import web

from adapters.web.api import start_of
from adapters.web.desk import DESK, Declined, ensured
from adapters.web.wire import messages_json
from bot.model.errors import StoreDown

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from adapters.web.desk import WebDesk
    from bot.model.channel import ChannelId
    from bot.ports import Messages

BATCH = 100
"""Messages read at once while a client catches up."""

RETRY_MS = 2_000
"""After how long a browser that lost the stream comes back."""

STORE_RETRY_S = 2.0
"""After how long a stream asks a store again that could not be reached."""


@dataclass(slots=True)
class Tail:
    """The end of one channel, where its clients wait. `turn` counts the waits that found news."""

    clients: int = 0
    turn: int = 0
    over: asyncio.Event = field(default_factory=asyncio.Event)
    reading: asyncio.Timeout | None = None


class Tails:
    """The ends of all channels with clients; opened with the application, closed at shutdown."""

    def __init__(self, messages: Messages, wait_s: float) -> None:
        self._messages = messages
        self._wait_s = wait_s
        self._tails: dict[ChannelId, Tail] = {}
        self.closing = False

    @property
    def clients(self) -> int:
        """How many streams are open."""
        return sum(tail.clients for tail in self._tails.values())

    @contextmanager
    def joined(self, channel: ChannelId) -> Iterator[Tail]:
        """The channel's tail, while a client is there."""
        tail = self._tails.setdefault(channel, Tail())
        tail.clients += 1
        try:
            yield tail
        finally:
            tail.clients -= 1
            if not tail.clients:
                self._tails.pop(channel, None)

    async def wait(self, channel: ChannelId, tail: Tail, turn: int, last: str | None) -> None:
        """Wait until there may be news after `last`, or the heartbeat is due.

        `turn` is the tail's count from before the client found nothing after `last`: when it has
        moved since, something came in between.
        """
        if self.closing or tail.turn != turn:
            return
        if tail.reading is not None:
            await tail.over.wait()
            return
        try:
            with suppress(TimeoutError):  # close() ends the read by its deadline
                async with asyncio.timeout(None) as tail.reading:
                    if await self._messages.wait(channel, last, self._wait_s):
                        tail.turn += 1
        finally:
            # also when the reader's client went away: another of them reads on
            tail.reading = None
            over, tail.over = tail.over, asyncio.Event()
            over.set()

    def close(self) -> None:
        """End all streams."""
        self.closing = True
        for tail in self._tails.values():
            if tail.reading is not None:
                tail.reading.reschedule(0.0)


async def stream_events(request: web.Request) -> web.StreamResponse:
    """Messages after `Last-Event-ID` or `after`; without them, what is posted from now on."""
    desk = request.app[DESK]
    asked = request.headers.get("Last-Event-ID") or request.query.get("after")
    last = start_of(asked)
    channel, _ = await ensured(desk, request.match_info["channel"])
    if desk.tails.clients >= desk.options.streams_max:
        raise Declined(503, "Too many pages are open: close some and try again.")
    if not asked:
        newest = await desk.messages.newest(channel, 1)
        last = newest[-1].id if newest else None
    response = web.StreamResponse(
        headers={
            "Content-Type": "text/event-stream",
            "Cache-Control": "no-store",
            "X-Accel-Buffering": "no",  # nginx would hold the stream back
        }
    )
    await response.prepare(request)
    with suppress(ConnectionError):  # the client went away
        # an id without data: a client that comes back before the first event misses nothing
        await response.write(f"retry: {RETRY_MS}\n{_id_line(last)}\n".encode())
        await _follow(desk, channel, last, response)
    return response


async def _follow(
    desk: WebDesk, channel: ChannelId, last: str | None, response: web.StreamResponse
) -> None:
    with desk.tails.joined(channel) as tail:
        while not desk.tails.closing:
            try:
                turn = tail.turn
                found = await desk.messages.after(channel, last, BATCH)
                if not found:
                    await desk.tails.wait(channel, tail, turn, last)
                    found = await desk.messages.after(channel, last, BATCH)
                events = "".join(map(_event, await messages_json(found, desk.facts.listed)))
            except StoreDown:
                await response.write(b": the store cannot be reached\n\n")
                await desk.clock.sleep(STORE_RETRY_S)
                continue
            last = found[-1].id if found else last
            await response.write(events.encode("ascii") or b": still here\n\n")


def _event(message: Mapping[str, object]) -> str:
    data = json.dumps(message, separators=(",", ":"))
    return f"id: {message['id']}\nevent: message\ndata: {data}\n\n"


def _id_line(last: str | None) -> str:
    return f"id: {last}\n" if last else ""
