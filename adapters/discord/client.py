"""Discord's REST side under one token, through discord.py, and where its ends are.

It is a client of its own beside the gateway's: discord.py closes both together, and a gateway that
cannot be had must not end the posting.
"""

from __future__ import annotations

import asyncio
import logging
from base64 import b64decode
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import aiohttp
from discord import HTTPException, LoginFailure
from discord.gateway import DiscordWebSocket
from discord.http import HTTPClient, Route
from yarl import URL

from adapters.discord.buckets import SparingClient
from bot.model.errors import SettingsError

API_URL: Final = "https://discord.com/api/v10"
GATEWAY_URL: Final = "wss://gateway.discord.gg/"

LOGIN_S: Final = 10.0
"""Seconds for asking who we are: discord.py alone would try a broken Discord for half a minute."""

NOT_ACCEPTED: Final = (
    "Discord does not accept PAPERWIRE_DISCORD_TOKEN: copy the token of the bot from the page Bot "
    "of the application (Reset Token shows a new one)."
)

# discord.py logs whole payloads and tracebacks; what matters of it is logged by us, as facts
logging.getLogger("discord").setLevel(logging.CRITICAL)


@dataclass(frozen=True, slots=True)
class NoAnswer:
    """Discord said nothing that can be used."""

    reason: str


class Rest:
    """The REST side. Discord is asked who we are once, by whoever needs it first.

    `request` is all that posting needs: it is discord.py's, which keeps Discord's rate limits.
    `trace` sees each of its steps.
    """

    def __init__(
        self,
        token: str,
        api_url: str = API_URL,
        login_s: float = LOGIN_S,
        trace: aiohttp.TraceConfig | None = None,
    ) -> None:
        self._token = token
        self._login_s = login_s
        self._trace = trace
        self._proxy = proxy_for(api_url)
        self._http: HTTPClient | None = None
        self._entering = asyncio.Lock()
        self._ended = 0
        self._failure: BaseException | None = None
        self.user_id: int | None = None

    async def connect(self) -> HTTPClient | NoAnswer:
        """The client, let in. SettingsError when Discord refuses the token."""
        try:
            return await self._entered()
        except LoginFailure as error:
            raise SettingsError(NOT_ACCEPTED) from error
        except TimeoutError:
            return NoAnswer(f"Discord gave no answer within {self._login_s:g} s")
        except HTTPException as error:
            return NoAnswer(f"Discord answered {error.status}")
        except (aiohttp.ClientError, OSError, ValueError) as error:
            return NoAnswer(f"Discord cannot be reached ({type(error).__name__})")

    async def request(self, route: Route, **given: Any) -> Any:
        """As discord.py's HTTPClient.request.

        Before Discord let us in, only the question who we are was sent: its failure is raised as a
        ConnectionError, or as the 401 that it was.
        """
        try:
            http = await self._entered()
        except LoginFailure as error:
            raise (error.__cause__ or error) from None
        except (HTTPException, aiohttp.ClientError, TimeoutError, ValueError) as error:
            raise ConnectionRefusedError("Discord let nobody in") from error
        return await http.request(route, **given)

    async def application(self) -> int:
        """The application's id; an old bot's own is another. Raises what `request` raises."""
        said = await self.request(Route("GET", "/oauth2/applications/@me"))
        return int(said["id"])

    async def close(self) -> None:
        """Close its connections."""
        if self._http is not None:
            await self._http.close()
            self._http = None

    async def _entered(self) -> HTTPClient:
        """The client, let in. Whoever waits for another's question takes its answer too."""
        ended = self._ended
        async with self._entering:
            if self._http is not None:
                return self._http
            if self._failure is not None and ended != self._ended:
                raise self._failure
            try:
                self._http = await self._let_in()
            except Exception as error:
                self._failure = error
                raise
            finally:
                self._ended += 1
            return self._http

    async def _let_in(self) -> HTTPClient:
        http = SparingClient(asyncio.get_running_loop(), proxy=self._proxy, http_trace=self._trace)
        try:
            async with asyncio.timeout(self._login_s):
                said = await http.static_login(self._token)
            self.user_id = int(said["id"])
        except BaseException:
            await http.close()
            raise
        return http


def set_ends(api_url: str, gateway_url: str) -> None:
    """Where Discord is, for this process.

    discord.py knows no other way: routes are made in each of its parts (the answers to
    interactions among them) from one attribute of a class, and so are connections.
    """
    Route.BASE = api_url
    DiscordWebSocket.DEFAULT_GATEWAY = URL(gateway_url)


def proxy_for(url: str) -> str | None:
    """The proxy of the environment for an address; discord.py asks for none by itself."""
    parts = urlsplit(url)
    if not parts.hostname or proxy_bypass(parts.hostname):
        return None
    return getproxies().get(parts.scheme)


def application_of(token: str) -> int | None:
    """The application's id: the first part of a bot token is that number in base64."""
    first = token.strip().partition(".")[0]
    try:
        said = b64decode(first + "=" * (-len(first) % 4), altchars=b"-_", validate=True)
        return int(said.decode("ascii")) if said.isdigit() and len(said) <= 20 else None  # noqa: PLR2004 - digits of a 64-bit number
    except ValueError:
        return None
