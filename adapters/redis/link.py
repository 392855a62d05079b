"""The connection to the store: commands, scripts, pipelines, and one way to fail (StoreDown)."""

from __future__ import annotations

import asyncio
import hashlib
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final, TypeAlias
from urllib.parse import urlsplit

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import (
    AuthenticationError,
    BusyLoadingError,
    InvalidResponse,
    NoPermissionError,
    NoScriptError,
    OutOfMemoryError,
    ReadOnlyError,
    RedisError,
    ResponseError,
)
from redis.exceptions import TimeoutError as RedisTimeout

from bot.model.errors import SettingsError, StoreDown

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

Argument: TypeAlias = str | bytes | int | float
_Execute: TypeAlias = "Callable[..., Awaitable[Any]]"
Command: TypeAlias = "tuple[Argument, ...] | Call"

TIMEOUT_S: Final = 5.0
"""An answer takes well under a second; appendfsync always on a slow disk took 1.5 s (M8)."""
BLOCK_S: Final = 2.0
"""The longest single blocking read: shorter than the socket's deadline, so that a frozen server is
noticed, and short enough that leftovers of dead consumers are looked for."""
POOL_MAX: Final = 32
BLOCKING_MAX: Final = 128
_UNWILLING: Final = ("MISCONF", "OOM", "NOREPLICAS", "CLUSTERDOWN")
BATCH: Final = 100
"""Commands in one round trip: more gain nothing, and hold the server for longer."""


@dataclass(frozen=True, slots=True)
class Script:
    """A Lua script and its hash."""

    name: str
    source: str
    sha: str = field(init=False)

    def __post_init__(self) -> None:
        digest = hashlib.sha1(self.source.encode(), usedforsecurity=False).hexdigest()
        object.__setattr__(self, "sha", digest)


@dataclass(frozen=True, slots=True)
class Call:
    """A script with its keys and arguments, to be run."""

    script: Script
    keys: tuple[str, ...]
    args: tuple[Argument, ...]

    def by_hash(self) -> tuple[Argument, ...]:
        """As EVALSHA."""
        return ("EVALSHA", self.script.sha, len(self.keys), *self.keys, *self.args)

    def in_full(self) -> tuple[Argument, ...]:
        """As EVAL, which the server remembers."""
        return ("EVAL", self.script.source, len(self.keys), *self.keys, *self.args)


def script(name: str, *parts: str) -> Script:
    """The script `lua/<name>.lua`, with what it shares with others before it."""
    folder = files("adapters.redis") / "lua"
    texts = [(folder / f"{part}.lua").read_text(encoding="utf-8") for part in (*parts, name)]
    return Script(name, "\n".join(texts))


class Link:
    """Two pools to one server: one for commands, one for reads that wait."""

    def __init__(self, url: str, timeout_s: float = TIMEOUT_S) -> None:
        self._timeout_s = timeout_s
        self.where: Final = address(url)
        self._commands = _client(url, POOL_MAX)
        self._waits = _client(url, BLOCKING_MAX)
        self._execute: _Execute = self._commands.execute_command
        self._wait: _Execute = self._waits.execute_command

    def __repr__(self) -> str:
        """Without the password that the pools know."""
        return f"Link({self.where})"

    async def close(self) -> None:
        """Close all connections."""
        await self._commands.aclose()
        await self._waits.aclose()

    async def command(self, *parts: Argument) -> Any:
        """The answer to one command."""
        async with self._failing(self._timeout_s):
            return await self._execute(*parts)

    async def call(self, call: Call) -> Any:
        """The answer of one script."""
        async with self._failing(self._timeout_s):
            try:
                return await self._execute(*call.by_hash())
            except NoScriptError:
                return await self._execute(*call.in_full())

    async def wait(self, *parts: Argument) -> Any:
        """The answer to one command that blocks for at most BLOCK_S."""
        async with self._failing(self._timeout_s + BLOCK_S):
            return await self._wait(*parts)

    async def many(self, commands: Sequence[Command]) -> list[Any]:
        """The answers to several commands in one round trip, in order; not atomic.

        A script that the server does not know is sent again in full: it had no effect before.
        """
        if not commands:
            return []
        async with self._failing(self._timeout_s):
            answers = await self._pipeline([_parts(command) for command in commands])
            missing = [
                place for place, one in enumerate(answers) if isinstance(one, NoScriptError)
            ]
            full = [_parts(commands[place], in_full=True) for place in missing]
            for place, one in zip(missing, await self._pipeline(full), strict=True):
                answers[place] = one
            for one in answers:
                if isinstance(one, Exception):
                    raise one
        return answers

    async def _pipeline(self, commands: Sequence[tuple[Argument, ...]]) -> list[Any]:
        if not commands:
            return []
        pipeline = self._commands.pipeline(transaction=False)
        for command in commands:
            pipeline.execute_command(*command)
        answers: list[Any] = await pipeline.execute(raise_on_error=False)
        return answers

    @asynccontextmanager
    async def _failing(self, timeout_s: float) -> AsyncIterator[None]:
        # The deadline is ours: redis-py's goes through asyncio.wait_for, which up to Python 3.11
        # swallows a cancellation that comes as the inner call ends (python/cpython#86296).
        try:
            async with asyncio.timeout(timeout_s):
                yield
        except (RedisError, OSError, TimeoutError) as error:
            raise StoreDown(sentence(self.where, error)) from _unsaid(error)


def _parts(command: Command, *, in_full: bool = False) -> tuple[Argument, ...]:
    if isinstance(command, Call):
        return command.in_full() if in_full else command.by_hash()
    return command


def _client(url: str, connections_max: int) -> Redis:
    """A client that neither retries nor hides: the outbox alone retries."""
    try:
        pool = BlockingConnectionPool.from_url(
            url,
            max_connections=connections_max,
            timeout=None,
            socket_timeout=None,
            socket_connect_timeout=None,
            retry=Retry(NoBackoff(), 0),
            protocol=2,
        )
        pool.connection_class(**pool.connection_kwargs)  # which knows the URL's options
    except (ValueError, TypeError) as error:
        raise SettingsError(
            f"PAPERWIRE_REDIS_URL names no store that can be reached ({address(url)}): it should "
            "look like redis://host:6379/0, rediss://host:6379/0 or unix:///path/to/socket."
        ) from _unsaid(error)
    client = Redis.from_pool(pool)  # which closes the pool with the client
    client.response_callbacks.clear()  # answers as the server gave them
    return client


def address(url: str) -> str:
    """A store's URL without user, password and options."""
    parts = urlsplit(url)
    try:
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        port = ""
    return f"{parts.scheme}://{parts.hostname or ''}{port}{parts.path}"


def sentence(where: str, error: Exception) -> str:
    """What happened to the store and what to do, without secrets."""
    match error:
        case BusyLoadingError():
            what = "is still loading its data: wait a moment"
        case NoPermissionError():
            what = (
                f"does not let paperwire do its work ({_first(error)}): give its user the right "
                "to all commands that are not @admin, to INFO, and to keys that begin with pw:"
            )
        case AuthenticationError():
            what = (
                f"does not let paperwire in ({_first(error)}): check the user and password in "
                "PAPERWIRE_REDIS_URL"
            )
        case OutOfMemoryError() | ReadOnlyError():
            what = f"refuses to write ({_first(error)}): look at its memory and its role"
        case ResponseError() if str(error).startswith(_UNWILLING):
            what = f"refuses to write ({_first(error)}): look at its log and its disk"
        case ResponseError():
            what = (
                f"did not accept a command ({_first(error)}): it has to be Redis 7.0 or newer, or "
                "Valkey"
            )
        case InvalidResponse():
            what = "does not answer as a Redis does: another program listens there"
        case TimeoutError() | RedisTimeout():
            what = "did not answer in time: is it running and reachable?"
        case _:
            what = "cannot be reached: is it running?"
    return f"The store at {where} {what.removesuffix('?')}{'?' if what.endswith('?') else '.'}"


def _first(error: Exception) -> str:
    """The beginning of what the server said; server errors hold no secret."""
    return str(error).split("\n", 1)[0][:160]


def _unsaid(error: Exception) -> Exception | None:
    """The cause to keep: a server's own words; a client's error may print connection settings."""
    return error if isinstance(error, ResponseError) else None
