"""A request that is sent once: for what Discord takes no nonce, such as a new forum post.

discord.py sends again what failed, and where nothing tells Discord that it is the same request,
a lost answer would be a second thread. This one asks, and says what came.
"""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

import aiohttp
from discord import HTTPException, __version__

if TYPE_CHECKING:
    from discord.http import Route

USER_AGENT: Final = f"DiscordBot (https://github.com/Rapptz/discord.py {__version__}) paperwire"
"""Discord asks for this form; what stands before it bars clients that name themselves otherwise
(reference, "User Agent", 2026-08)."""


class Once:
    """A session of its own under the bot's token; opened when it is first used."""

    def __init__(
        self, token: str, trace: aiohttp.TraceConfig | None = None, proxy: str | None = None
    ) -> None:
        self._headers = {
            "Authorization": f"Bot {token}",
            "User-Agent": USER_AGENT,
            "Content-Type": "application/json",
        }
        self._trace = trace
        self._proxy = proxy
        self._session: aiohttp.ClientSession | None = None

    async def request(self, route: Route, **given: Any) -> Any:
        """The answer's body; HTTPException when Discord says no. `json`: what is sent."""
        if self._session is None:
            traces = None if self._trace is None else [self._trace]
            jar = aiohttp.DummyCookieJar()
            self._session = aiohttp.ClientSession(trace_configs=traces, cookie_jar=jar)
        asking = self._session.request(
            route.method,
            route.url,
            data=json.dumps(given["json"]).encode(),
            headers=self._headers,
            proxy=self._proxy,
            allow_redirects=False,
        )
        async with asking as response:
            said = _json(await response.read())
            if HTTPStatus.OK <= response.status < HTTPStatus.MULTIPLE_CHOICES:
                return said
            raise HTTPException(response, said if isinstance(said, dict) else None)

    async def close(self) -> None:
        """Close its connections."""
        if self._session is not None:
            await self._session.close()
            self._session = None


def _json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None
