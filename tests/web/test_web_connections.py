"""Connections that say nothing or nonsense: closed in time, answered, no trouble in the log."""

from __future__ import annotations

import asyncio
import logging
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest
from aiohttp import web
from web_client import client

from adapters.web import api, serving
from adapters.web.serving import listening, served

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

pytestmark = pytest.mark.timeout(20)


@asynccontextmanager
async def _page() -> AsyncIterator[int]:
    async def answer(_: web.Request) -> web.Response:
        return web.Response(text="well")

    app = web.Application()
    app.router.add_get("/", answer)
    with listening("127.0.0.1", 0) as port:
        async with served(app, port):
            yield port.getsockname()[1]


async def _said(port: int, data: bytes) -> bytes:
    """What the page says until it closes the connection."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(data)
    said = await reader.read()
    writer.close()
    return said


@pytest.mark.parametrize("begun", [b"", b"GET / HT", b"GET / HTTP/1.1\r\nHost: x\r\nX-A: "])
async def test_who_does_not_end_a_request_is_closed(
    begun: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A connection without a whole request is closed after a while, so that others find room."""
    monkeypatch.setattr(serving, "IDLE_MAX_S", 0.2)
    async with _page() as port:
        assert await _said(port, begun) == b""
        whole = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
        assert (await _said(port, whole)).endswith(b"well")


@pytest.mark.parametrize(
    "nonsense", [b"\x16\x03\x01\x02\0", b"GET / HTTP/9.9\r\n\r\n", b"G@T / HTTP/1.1\r\n\r\n"]
)
async def test_nonsense_is_answered_and_not_logged(
    nonsense: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    """Whoever scans the port gets an answer, and the operator's log stays readable."""
    async with _page() as port:
        with caplog.at_level(logging.INFO):
            assert b" 400 " in (await _said(port, nonsense)).split(b"\r\n")[0]
    assert not caplog.records


async def test_a_body_that_does_not_arrive_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """A command whose body stays away is answered with a sentence."""
    monkeypatch.setattr(api, "READ_MAX_S", 0.2)
    head = (
        b"POST /api/channels/general/commands HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        b"Content-Type: application/json\r\nContent-Length: 100\r\nConnection: close\r\n\r\n{"
    )
    async with client() as (stub, _):
        assert stub.port is not None
        said = await _said(stub.port, head)
    assert b" 408 " in said.split(b"\r\n")[0]
    assert b"took too long" in said
