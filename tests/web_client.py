"""An HTTP client on the stub page."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import aiohttp
from web_stub import Stub, stub

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from adapters.web.options import WebOptions


@asynccontextmanager
async def client(
    options: WebOptions | None = None,
) -> AsyncIterator[tuple[Stub, aiohttp.ClientSession]]:
    """A running stub page and a session whose addresses begin at it."""
    async with stub(options) as made:
        jar = aiohttp.CookieJar(unsafe=True)  # cookies of 127.0.0.1 too
        async with aiohttp.ClientSession(made.url, cookie_jar=jar) as session:
            yield made, session
