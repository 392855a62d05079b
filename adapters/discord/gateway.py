"""The gateway: discord.py's connection, held as long as the process runs.

Heartbeats, RESUME, reconnects (op 7, op 9, frozen sockets) and shards are discord.py's. Ours are:
one holder among all processes, how often a session is begun, what is a fault of the settings, and
the end.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import aiohttp
import discord
import structlog

from adapters.discord.client import API_URL, NOT_ACCEPTED
from adapters.discord.outcomes import BAN_WAIT_S, wait_s
from adapters.discord.session import Budget, Session, TooManySessions
from bot.flow.nap import nap
from bot.model.errors import SettingsError, StoreDown

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from adapters.discord.guilds import Heard
    from bot.ports import Clock

log = structlog.get_logger()

FROZEN_S: Final = 60.0
"""Silence after which a connection counts as cut; Discord answers a heartbeat every 41 s."""

WAIT_FIRST_S: Final = 2.0
WAIT_MAX_S: Final = 60.0

DEAD_S: Final = 120.0
"""After so long without any session a new client is made: discord.py's own waits grow to a quarter
of an hour, and its first connection tries again for ever, a call deeper each time."""

REFUSED_WAIT_S: Final = 3600.0
"""How long after a refusal, in a process that was connected before, it is tried again."""

HELD_S: Final = 30.0
"""For so long after its last word a process is taken to hold the connection."""

ENTER_S: Final = 30.0
"""For the login and its questions; discord.py tries each up to five times."""

DRAIN_S: Final = 3.0
"""For answers that are under way; with the closing less than a loop may take after a stop."""

AUTH_FAILED: Final = 4004
PRIVILEGED: Final = 4014
WRONG_INTENTS: Final = frozenset({4013, PRIVILEGED})
TOO_MANY: Final = 429

PASSING: Final = (
    discord.DiscordException,
    aiohttp.ClientError,
    OSError,
    TimeoutError,
    TooManySessions,
)
"""What ends a session and is nobody's fault here. Anything else is a bug, and the supervisor's."""

INTENTS_REFUSED: Final = (
    "Discord refuses the intents of the connection (close code {code}), although paperwire asks "
    "for Guilds alone, which every application has: run it with the discord.py that its "
    "requirements.lock names."
)


@dataclass(slots=True)
class Gateway:
    """The connection of one process.

    `attach` puts the listeners onto each new client; `tell` takes what is heard of servers, in
    order; `idle` waits for answers that are under way. `hold` says whether this process may hold
    the connection, as Discord gives every event to each that does; `release` lets another.
    `trace` sees its requests.
    """

    token: str = field(repr=False)
    attach: Callable[[discord.Client], object]
    tell: Callable[[Heard], None]
    idle: Callable[[], Awaitable[None]]
    hold: Callable[[], Awaitable[bool]]
    release: Callable[[], Awaitable[None]]
    clock: Clock
    api_url: str = API_URL
    trace: aiohttp.TraceConfig = field(default_factory=aiohttp.TraceConfig)
    frozen_s: float = FROZEN_S
    session: Session | None = None
    _is_begun: bool = False
    _failures: int = 0
    _budget: Budget = field(default_factory=Budget)

    @property
    def is_up(self) -> bool:
        """Whether every shard has a session now."""
        return self.session is not None and self.session.is_up

    async def run(self, stop: asyncio.Event) -> None:
        """Hold the connection until told to stop; then finish what is being answered.

        SettingsError when Discord refuses the token or the intents at the start. Later that ends
        nothing else: what was posted elsewhere goes on.
        """
        while not stop.is_set():
            if await self.hold():
                await nap(self.clock, await self._held(stop), stop)
            else:
                self._is_begun = True
                await nap(self.clock, HELD_S / 3, stop)
        await self.release()

    async def _held(self, stop: asyncio.Event) -> float:
        """One session, from its login to its end: the seconds to wait before the next."""
        self.session = session = Session(
            self.tell, self._budget, self.clock, self.api_url, self.trace, self.frozen_s
        )
        self.attach(session)
        async with asyncio.TaskGroup() as group:
            working = group.create_task(self._work(session))
            others = [
                group.create_task(stop.wait()),
                group.create_task(self._until_lost()),
                group.create_task(self._until_dead(session)),
            ]
            await asyncio.wait({working, *others}, return_when=asyncio.FIRST_COMPLETED)
            for one in others:
                one.cancel()
            if not working.done():
                await self._finish(session)
                working.cancel()  # it closes what is open
        return 0.0 if working.cancelled() else working.result()

    async def _work(self, session: Session) -> float:
        failure: Exception | None = None
        try:
            async with asyncio.timeout(ENTER_S):
                await session.enter(self.token)
            await session.connect()
        except PASSING as error:
            failure = error
        finally:
            await session.leave()
        self._is_begun = self._is_begun or session.was_up
        return 0.0 if session.is_ending else self._wait_s(failure, has_been_up=session.was_up)

    def _wait_s(self, failure: Exception | None, *, has_been_up: bool) -> float:
        """What the end of a session means: the seconds to wait, or SettingsError."""
        refused = refusal(failure)
        if refused is not None:
            if not self._is_begun:
                raise refused from failure
            log.error("discord.refused", reason=str(refused))
            return REFUSED_WAIT_S
        if isinstance(failure, TooManySessions):
            log.error("discord.too_many_sessions", wait_s=round(failure.wait_s))
            return failure.wait_s
        self._failures = 1 if has_been_up else self._failures + 1
        log.warning("discord.no_connection", reason=_told(failure), failures=self._failures)
        ours = min(WAIT_FIRST_S * 2.0 ** min(self._failures - 1, 10), WAIT_MAX_S)
        return max(ours, asked_s(failure))

    async def _finish(self, session: Session) -> None:
        """Hear nothing more, and let the answers that are under way end."""
        await session.stop_listening()
        with suppress(TimeoutError):
            async with asyncio.timeout(DRAIN_S):
                await self.idle()

    async def _until_lost(self) -> None:
        """Go on holding; ends when another process holds the connection."""
        while True:
            await self.clock.sleep(HELD_S / 3)
            with suppress(StoreDown):  # nobody else can take it meanwhile
                if not await self.hold():
                    log.warning("discord.held_elsewhere")
                    return

    async def _until_dead(self, session: Session) -> None:
        """Ends when there was no session of any shard for long."""
        alive_at = self.clock.monotonic()
        while self.clock.monotonic() - alive_at < DEAD_S:
            await self.clock.sleep(DEAD_S / 12)
            if not session.is_dead:
                alive_at = self.clock.monotonic()
        log.warning("discord.begins_anew", after_s=DEAD_S)


def refusal(error: Exception | None) -> SettingsError | None:
    """The sentence for what only a person can put right."""
    code = error.code if isinstance(error, discord.ConnectionClosed) else None
    if isinstance(error, discord.PrivilegedIntentsRequired):
        code = PRIVILEGED
    if isinstance(error, discord.LoginFailure) or code == AUTH_FAILED:
        return SettingsError(NOT_ACCEPTED)
    if code in WRONG_INTENTS:
        return SettingsError(INTENTS_REFUSED.format(code=code))
    return None


def asked_s(error: Exception | None) -> float:
    """The seconds that a 429 asks for. One that reaches us is not about a route: we are barred."""
    if not isinstance(error, discord.HTTPException) or error.status != TOO_MANY:
        return 0.0
    return wait_s({}, error.response.headers, BAN_WAIT_S)


def _told(error: Exception | None) -> str:
    """For the log, without addresses: those can hold a secret."""
    if isinstance(error, discord.ConnectionClosed):
        return f"closed with {error.code}"
    if isinstance(error, discord.HTTPException):
        return f"Discord answered {error.status}"
    return "it was closed" if error is None else type(error).__name__
