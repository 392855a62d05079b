"""One request through discord.py, and all that became of it: what was sent, what was answered.

discord.py keeps Discord's limits and sends again what failed (500, 502, 504, 524, five times). Of
that it tells the end alone, and an end may hide a beginning that was taken. aiohttp tells every
step: `Watch.trace` takes it down. It also stops discord.py from waiting for a limit within a
request: what waits there holds a sender, and one that is given up in a wait that counts for all
(`global`) leaves discord.py waiting for ever (2.7.1, HTTPClient.request).
"""

from __future__ import annotations

import asyncio
import json
import math
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Protocol

import aiohttp
from discord import DiscordException, HTTPException, RateLimited
from yarl import URL

from adapters.discord.outcomes import BAN_WAIT_S, WAIT_DEFAULT_S, wait_s

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from discord.http import Route

LIMIT_WAIT_S: Final = 2.0
"""A limit that ends sooner is waited for within the request; the outbox waits for longer ones."""

TOO_MANY: Final = 429
SERVER_ERROR: Final = 500


FAILURES: Final = (
    *(DiscordException, aiohttp.ClientError, OSError, TimeoutError, RuntimeError),
    # discord.py trips over headers and bodies that are not Discord's
    *(ValueError, AttributeError, TypeError, LookupError, ArithmeticError),
)


class Asking(Protocol):
    """Discord's REST side, as `client.Rest` has it and discord.py's own HTTPClient."""

    def request(self, route: Route, **given: Any) -> Awaitable[Any]:
        """One request, as discord.py makes it."""
        ...


@dataclass(frozen=True, slots=True)
class Answer:
    """What Discord answered at last; `body` is None where it was no JSON.

    `doubtful`: an earlier try of the same request may have been carried out.
    """

    status: int
    body: Any
    headers: Mapping[str, str]
    doubtful: bool = False


@dataclass(frozen=True, slots=True)
class NoAnswer:
    """There was none. `maybe_arrived` is False only when nothing can have been taken.

    `wait_s`: it was not even sent, as one of Discord's limits lasts that much longer.
    """

    reason: str
    maybe_arrived: bool
    wait_s: float | None = None


class LimitError(ConnectionError):
    """Raised within a request, so that discord.py does not wait for a limit that lasts."""


@dataclass(slots=True)
class Step:
    """What a request has come to so far."""

    method: str
    path: str
    sent: int = 0
    is_open: bool = False
    doubtful: bool = False
    status: int = 0
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    limit: asyncio.Timeout | None = None

    @property
    def is_done(self) -> bool:
        """Whether the last answer was read to its end."""
        return bool(self.status) and bool(self.body) and not self.is_open


_STEP: ContextVar[Step | None] = ContextVar("discord_step", default=None)


@dataclass(slots=True)
class Watch:
    """Sees every request of the sessions whose `trace` it is; `heard` is told each answer."""

    heard: Callable[[int, Mapping[str, str]], object]
    seen: int = 0

    def trace(self) -> aiohttp.TraceConfig:
        """For aiohttp (discord.py's `http_trace`)."""
        made = aiohttp.TraceConfig()
        made.on_request_start.append(self._started)
        made.on_request_headers_sent.append(self._sent)
        made.on_request_end.append(self._ended)
        made.on_response_chunk_received.append(self._read)
        made.on_request_exception.append(self._failed)
        return made

    async def _started(self, _: Any, __: Any, about: aiohttp.TraceRequestStartParams) -> None:
        self.seen += 1
        step = _step(about.method, about.url)
        if step is not None:
            step.status, step.body, step.is_open = 0, b"", False

    async def _sent(self, _: Any, __: Any, about: aiohttp.TraceRequestHeadersSentParams) -> None:
        step = _step(about.method, about.url)
        if step is not None:
            step.sent += 1
            step.is_open = True

    async def _ended(self, _: Any, ctx: Any, about: aiohttp.TraceRequestEndParams) -> None:
        ctx.status, ctx.headers = about.response.status, about.response.headers
        self.heard(ctx.status, ctx.headers)
        step = _step(about.method, about.url)
        if step is not None:
            step.status, step.headers, step.is_open = ctx.status, ctx.headers, False
            step.doubtful = step.doubtful or step.status >= SERVER_ERROR

    async def _failed(self, _: Any, __: Any, about: aiohttp.TraceRequestExceptionParams) -> None:
        step = _step(about.method, about.url)
        if step is not None:
            step.doubtful = step.doubtful or step.is_open
            step.is_open = False

    async def _read(
        self, _: Any, ctx: Any, about: aiohttp.TraceResponseChunkReceivedParams
    ) -> None:
        """The whole body. What follows in discord.py is its waits, which are not for us."""
        step = _step(about.method, about.url)
        if step is not None:
            step.body = about.chunk or b"-"
        if ctx.status == TOO_MANY:
            _limited(ctx.headers, about.chunk, LIMIT_WAIT_S if step is not None else math.inf)
        elif step is not None and step.limit is not None and _is_last(step):
            # it is answered: discord.py would keep the answer until the channel may post again
            step.limit.reschedule(asyncio.get_running_loop().time())


def _limited(headers: Mapping[str, str], body: bytes, most_s: float) -> None:
    """End a request whose limit counts for all or lasts longer than it may."""
    said = _json(body)
    words = said if isinstance(said, dict) else {}
    if words.get("global") is True or wait_s(words, headers, WAIT_DEFAULT_S) > most_s:
        raise LimitError("Discord asks to wait")


async def call(
    rest: Asking, watch: Watch, route: Route, deadline_s: float, **given: Any
) -> Answer | NoAnswer:
    """One request and its answer, whatever that is. Raises nothing that a network can cause."""
    step = Step(route.method, URL(route.url).path)
    token = _STEP.set(step)
    try:
        async with asyncio.timeout(deadline_s) as step.limit:
            return Answer(200, await rest.request(route, **given), step.headers, step.doubtful)
    except FAILURES as error:
        return _failed(error, step, deadline_s, is_seen=watch.seen > 0)
    finally:
        _STEP.reset(token)


def _failed(
    error: Exception, step: Step, deadline_s: float, *, is_seen: bool
) -> Answer | NoAnswer:
    match error:
        case HTTPException():
            return _refused(error, step)
        case RateLimited():
            return NoAnswer("Discord's limit lasts", step.doubtful, error.retry_after)
        case LimitError():
            return _answered(step)
        case TimeoutError():
            return _late(step, deadline_s, is_seen=is_seen)
        case ConnectionRefusedError() | aiohttp.ClientConnectorError() | aiohttp.InvalidURL():
            reason = f"Discord cannot be reached ({type(error).__name__})"
            return NoAnswer(reason, maybe_arrived=step.doubtful)
        case _:
            return _lost(step, error, is_seen=is_seen)


def _refused(error: HTTPException, step: Step) -> Answer:
    if step.status == error.status and step.body:
        return _answered(step)
    said = {"code": error.code, "message": error.text} if error.code or error.text else None
    headers = getattr(error.response, "headers", None) or {}
    return Answer(error.status, said, headers, step.doubtful)


def _answered(step: Step) -> Answer:
    # the last answer's own doubt is its status'; that of the tries before it is not
    return Answer(step.status, _json(step.body), step.headers, step.doubtful)


def _late(step: Step, deadline_s: float, *, is_seen: bool) -> Answer | NoAnswer:
    if step.is_done:
        return _answered(step)
    if is_seen and not step.sent:
        return NoAnswer("Discord's limits left no time", False, WAIT_DEFAULT_S)
    return NoAnswer(f"no answer within {deadline_s:g} s", maybe_arrived=True)


def _lost(step: Step, error: Exception, *, is_seen: bool) -> Answer | NoAnswer:
    if step.is_done and step.status != TOO_MANY:
        return _answered(step)
    if step.status == TOO_MANY:
        return NoAnswer("Discord's limit could not be read", step.doubtful, BAN_WAIT_S)
    certain = is_seen and not step.doubtful and not step.is_open and not step.status
    reason = f"Discord's answer was lost ({type(error).__name__})"
    return NoAnswer(reason, maybe_arrived=not certain)


def _step(method: str, url: URL) -> Step | None:
    step = _STEP.get()
    return step if step is not None and _is_about(step, method, url) else None


def _is_about(step: Step, method: str, url: URL) -> bool:
    """Not a question who we are, which may go before it."""
    return step.method == method and step.path == url.path


def _is_last(step: Step) -> bool:
    """Whether it was the last post for now. Reading goes on where it is, after the wait."""
    return step.method == "POST" and step.headers.get("X-RateLimit-Remaining") == "0"


def _json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None
