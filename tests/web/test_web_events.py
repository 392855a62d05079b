"""The stream of what is posted."""

from __future__ import annotations

import asyncio
import json
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest
from fakes import FakeMessages
from web_client import client
from web_stub import GENERAL, LiveClock, alert_of, paper

from adapters.web.events import Tails
from adapters.web.options import WebOptions
from bot.model.alert import PostKey
from bot.model.errors import StoreDown

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

    import aiohttp
    from web_stub import Stub

    Follow = Callable[..., Awaitable[aiohttp.ClientResponse]]

EVENTS = "/api/channels/general/events"
pytestmark = pytest.mark.timeout(20)


@asynccontextmanager
async def streams(
    options: WebOptions | None = None,
) -> AsyncIterator[tuple[Stub, aiohttp.ClientSession, Follow]]:
    """A stub page, and what opens its streams, which are closed at the end."""
    async with client(options) as (stub, http), AsyncExitStack() as stack:

        async def follow(query: str = "", **headers: str) -> aiohttp.ClientResponse:
            return await stack.enter_async_context(http.get(EVENTS + query, headers=headers))

        yield stub, http, follow


async def events(answer: aiohttp.ClientResponse, count: int) -> list[dict[str, str]]:
    """The next events, comments and the opening left out."""
    found: list[dict[str, str]] = []
    fields: dict[str, str] = {}
    async for line in answer.content:
        name, _, value = line.decode().rstrip("\n").partition(": ")
        if name:
            fields[name] = value
        elif fields.get("data"):
            found.append(fields)
            fields = {}
            if len(found) == count:
                break
        else:
            fields = {}
    return found


async def test_an_alert_arrives_live() -> None:
    """Without an id, the stream begins with what is posted from now on; data is the message."""
    async with streams() as (stub, http, follow):
        await stub.alert(paper(1, "Before"))
        answer = await follow()
        posted = await stub.alert(paper(2, "After"))
        [event] = await events(answer, 1)
        [message] = await (await http.get("/api/channels/general/messages?newest=1")).json()

    assert answer.content_type == "text/event-stream"
    assert event["id"] == posted
    assert event["event"] == "message"
    assert json.loads(event["data"]) == message
    assert message["title"] == "After"


@pytest.mark.parametrize("by_header", [True, False])
async def test_who_comes_back_misses_nothing(by_header: bool) -> None:
    """Last-Event-ID and ?after go on behind a message; the header, being newer, wins."""
    async with streams() as (stub, _, follow):
        ids = [await stub.alert(paper(number)) for number in range(1, 5)]
        if by_header:
            answer = await follow(f"?after={ids[0]}", **{"Last-Event-ID": ids[1]})
        else:
            answer = await follow(f"?after={ids[1]}")
        found = await events(answer, 2)

    assert [event["id"] for event in found] == ids[2:]


async def test_zero_is_the_beginning() -> None:
    """?after=0 gives all that was posted."""
    async with streams() as (stub, _, follow):
        ids = [await stub.alert(paper(number)) for number in range(1, 4)]
        found = await events(await follow("?after=0"), 3)

    assert [event["id"] for event in found] == ids


async def test_the_opening_tells_where_the_stream_stands() -> None:
    """A browser that loses the stream before the first event comes back with that id."""
    async with streams() as (stub, _, follow):
        posted = await stub.alert(paper())
        answer = await follow()
        opening = await answer.content.readuntil(b"\n\n")

    assert opening == f"retry: 2000\nid: {posted}\n\n".encode()


async def test_a_quiet_stream_shows_that_it_lives() -> None:
    """A comment comes at each heartbeat."""
    async with streams(WebOptions(heartbeat_s=0.01)) as (_, __, follow):
        answer = await follow()
        await answer.content.readuntil(b"\n\n")
        beat = await answer.content.readuntil(b"\n\n")

    assert beat == b": still here\n\n"


async def test_many_pages_hold_one_read_in_the_store() -> None:
    """Clients of a channel share the waiting read, and each gets every message."""
    async with streams() as (stub, _, follow):
        waiting = most = 0
        wait = stub.messages.wait

        async def counted(*args: Any) -> Sequence[Any]:
            nonlocal waiting, most
            waiting += 1
            most = max(most, waiting)
            try:
                return await wait(*args)
            finally:
                waiting -= 1

        stub.messages.wait = counted  # type: ignore[assignment, method-assign]
        answers = [await follow() for _ in range(40)]
        ids = [await stub.alert(paper(number)) for number in range(1, 6)]
        found = [await events(answer, 5) for answer in answers]

    assert most == 1
    assert [[event["id"] for event in stream] for stream in found] == [ids] * 40


async def test_a_reader_that_leaves_is_replaced() -> None:
    """When the client that reads goes away, another reads on at once."""
    clock = LiveClock()
    messages = FakeMessages(clock)
    tails = Tails(messages, 60.0)
    woken = asyncio.Event()

    async def follow() -> None:
        with tails.joined(GENERAL) as tail:
            turn = tail.turn
            while not await messages.after(GENERAL, None, 1):
                await tails.wait(GENERAL, tail, turn, None)
        woken.set()

    async with asyncio.TaskGroup() as group:
        first = group.create_task(follow())
        await clock.sleep(0.01)
        group.create_task(follow())
        await clock.sleep(0.01)
        first.cancel()
        await clock.sleep(0.01)
        await messages.append(GENERAL, PostKey("k"), alert_of(paper()), clock.now())

    assert woken.is_set()
    assert tails.clients == 0


async def test_streams_end_with_the_program() -> None:
    """Shutdown ends every stream at once instead of waiting for a heartbeat."""
    async with streams() as (stub, _, follow):
        answers = [await follow() for _ in range(3)]
        before = stub.clock.monotonic()
        await stub.server.close()
        rest = [await answer.content.read() for answer in answers]
        took = stub.clock.monotonic() - before

    assert len(rest) == 3
    assert took < 5


async def test_a_store_that_comes_back_goes_on() -> None:
    """While the store is away the stream stays open and says so."""
    async with streams() as (stub, _, follow):
        answer = await follow()
        await answer.content.readuntil(b"\n\n")
        after = stub.messages.after
        failed = asyncio.Event()

        async def broken(*_: Any) -> Sequence[Any]:
            stub.messages.after = after  # type: ignore[method-assign]
            failed.set()
            raise StoreDown("gone")

        stub.messages.after = broken  # type: ignore[assignment, method-assign]
        posted = await stub.alert(paper())
        comment = await answer.content.readuntil(b"\n\n")
        [event] = await events(answer, 1)

    assert failed.is_set()
    assert comment == b": the store cannot be reached\n\n"
    assert event["id"] == posted


async def test_streams_have_a_most() -> None:
    """One page too many is told so; the others go on."""
    async with streams(WebOptions(streams_max=2)) as (_, __, follow):
        first = [await follow() for _ in range(2)]
        third = await follow()

    assert [answer.status for answer in first] == [200, 200]
    assert third.status == 503
