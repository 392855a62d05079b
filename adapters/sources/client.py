"""The network on aiohttp: one bounded GET, few redirects, no cookies, no proxy, no way inside."""

from __future__ import annotations

import asyncio
import socket
from typing import TYPE_CHECKING, Any, Self

import aiohttp
from yarl import URL

from adapters.sources.http import Answer, Failure
from adapters.sources.inflate import Body, TooMuchError
from adapters.sources.reach import is_public

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType

    from adapters.sources.http import Got

REDIRECTS_MAX = 3
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_CHUNK_BYTES = 64 * 1024
_PORTS = {"http": 80, "https": 443}


def user_agent(version: str, contact: str | None) -> str:
    """How we introduce ourselves: `paperwire/0.1.0 (+contact)`, for a source to reach someone."""
    kept = "".join(c for c in contact or "" if " " < c < "\x7f" and c not in "()\\")
    return f"paperwire/{version} (+{kept})" if kept else f"paperwire/{version}"


class InsideError(OSError):
    """A redirect led to an address that is not public."""


class Client:
    """The Http port. Used as `async with Client(agent) as http`.

    The host that a request names is the operator's choice and may be anything, loopback too. A
    redirect to another host is not: it is connected through a guard that sees the real address
    of the socket, because literals, short forms and changing answers pass a check of the name.
    """

    def __init__(self, agent: str) -> None:
        self._agent = agent
        self._asked: aiohttp.ClientSession | None = None
        self._led: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        """Open the connections' pools; nothing is connected yet."""
        self._asked = self._session(None)
        self._led = self._session(_public_socket)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Close every connection."""
        for session in (self._asked, self._led):
            if session is not None:
                await session.close()

    async def get(
        self, url: str, headers: Mapping[str, str], deadline_s: float, body_max_bytes: int
    ) -> Got:
        """The answer, or why there is none. Bodies are read whole or not at all."""
        try:
            async with asyncio.timeout(deadline_s):
                return await self._follow(URL(url, encoded=True), headers, body_max_bytes)
        except TimeoutError:
            return Failure(f"no whole answer within {deadline_s:g} seconds")
        except TooMuchError as error:
            return Failure(f"the answer was not read: {error}")
        except InsideError as error:
            return Failure(str(error))
        except aiohttp.ClientPayloadError:
            return Failure("the answer was cut short")
        except (aiohttp.ClientError, OSError, ValueError) as error:
            return Failure(_plain(error))

    async def _follow(self, url: URL, headers: Mapping[str, str], body_max_bytes: int) -> Got:
        first = url
        for _ in range(REDIRECTS_MAX + 1):
            session = self._asked if url.host == first.host else self._led
            if session is None:
                return Failure("the network is closed")
            got = await _once(session, url, headers, body_max_bytes)
            if isinstance(got, Answer):
                return got
            target = _allowed(url, got)
            if isinstance(target, Failure):
                return target
            url = target
        return Failure(f"it redirects more than {REDIRECTS_MAX} times")

    def _session(self, sockets: Any) -> aiohttp.ClientSession:
        return aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=4, socket_factory=sockets),
            cookie_jar=aiohttp.DummyCookieJar(),
            trust_env=False,
            auto_decompress=False,
            headers={"User-Agent": self._agent, "Accept-Encoding": "gzip"},
            timeout=aiohttp.ClientTimeout(total=None),  # `get` holds the one deadline
        )


async def _once(
    session: aiohttp.ClientSession, url: URL, headers: Mapping[str, str], body_max_bytes: int
) -> Answer | str:
    """One exchange: the answer, or the place that it redirects to."""
    async with session.get(url, headers=headers, allow_redirects=False) as response:
        if response.status in _REDIRECTS:
            return response.headers.get("Location", "")
        body = Body(response.headers.get("Content-Encoding", "").strip().lower(), body_max_bytes)
        async for chunk in response.content.iter_chunked(_CHUNK_BYTES):
            body.add(chunk)
        kept = {name.lower(): value for name, value in response.headers.items()}
        return Answer(response.status, kept, body.finish())


def _allowed(here: URL, location: str) -> URL | Failure:
    """Where a redirect leads, if we go there: never from https to http, never with a user name."""
    try:
        target = here.join(URL(location))
        same = (target.host, target.port) == (here.host, here.port)
    except ValueError:
        return Failure("it redirects to what is no address")
    if target.scheme != here.scheme and (here.scheme, target.scheme) != ("http", "https"):
        return Failure(f"it redirects from {here.scheme} to {target.scheme[:20]}")
    if target.user is not None or target.password is not None:
        return Failure("it redirects to an address with a user name")
    if not location or not target.host or not (same or target.port == _PORTS[target.scheme]):
        return Failure("it redirects to nowhere, or to an unusual port")
    return target


def _public_socket(info: tuple[Any, Any, int, str, tuple[Any, ...]]) -> socket.socket:
    family, kind, protocol, _, address = info
    if not is_public(str(address[0])):
        raise InsideError("it redirects to an address that is not on the public internet")
    return socket.socket(family, kind, protocol)


def _plain(error: Exception) -> str:  # noqa: PLR0911 - one sentence an error
    """The error in words, without the address of the request."""
    match error:
        case aiohttp.ClientConnectorDNSError():
            return "its name could not be looked up"
        case aiohttp.ClientSSLError() | aiohttp.ServerFingerprintMismatch():
            return "its certificate or TLS was not accepted"
        case aiohttp.ClientConnectorError() if isinstance(error.os_error, InsideError):
            return str(error.os_error)
        case aiohttp.ClientConnectorError() | ConnectionRefusedError():
            return "no connection could be made"
        case aiohttp.ServerDisconnectedError() | ConnectionResetError():
            return "the connection was closed before the answer"
        case aiohttp.InvalidURL() | aiohttp.NonHttpUrlClientError():
            return "its address cannot be used"
        case _:
            return f"the exchange failed ({type(error).__name__})"
