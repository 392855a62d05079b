"""The servers that paperwire is in, as the gateway tells: joined, removed, and all there are.

Only Discord's own word ends a server: a Guild Delete without `unavailable` (with it, that is an
outage), or a session's list without a server that the REST side does not list either.
"""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeAlias, assert_never

import aiohttp
import structlog
from discord import HTTPException
from discord.http import Route

from bot.flow.nap import nap

if TYPE_CHECKING:
    from collections.abc import Awaitable, Collection

    from bot.ports import Clock

log = structlog.get_logger()

ASK_S: Final = 10.0
ASK_AGAIN_S: Final = 600.0
"""How soon it is asked again whether we are in a server, when there was no answer."""


@dataclass(frozen=True, slots=True)
class Ready:
    """A session began: every server of one of `shards` shards, those that are away too."""

    shard: int
    shards: int
    guilds: frozenset[str]


@dataclass(frozen=True, slots=True)
class Joined:
    """paperwire was let into a server."""

    guild: str


@dataclass(frozen=True, slots=True)
class Removed:
    """paperwire was taken out of a server, or the server is gone."""

    guild: str


Heard: TypeAlias = Ready | Joined | Removed


class Tenants(Protocol):
    """The servers that the store knows."""

    async def known(self) -> Collection[str]:
        """Those with a setting that are not marked as removed."""
        ...

    async def away(self) -> Collection[str]:
        """Those that are marked as removed."""
        ...

    async def left(self, tenant: str) -> None:
        """Stop everything for a server, and erase it after its time of grace."""
        ...

    async def back(self, tenant: str) -> None:
        """Take the mark off, if there is one."""
        ...


class Asking(Protocol):
    """Discord's REST side."""

    def request(self, route: Route, **given: Any) -> Awaitable[Any]:
        """One request, as discord.py makes it."""
        ...


@dataclass(slots=True)
class Guilds:
    """Carries out what is heard, one after the other: a removal must not overtake a return."""

    tenants: Tenants
    rest: Asking
    clock: Clock
    timeout_s: float = ASK_S
    _heard: deque[Heard] = field(default_factory=deque)
    _doubted: set[str] = field(default_factory=set)
    _something: asyncio.Event = field(default_factory=asyncio.Event)

    def tell(self, heard: Heard) -> None:
        """Take in what the gateway said."""
        self._heard.append(heard)
        self._something.set()

    async def run(self) -> None:
        """Carry it out, for ever. What the store could not take stays first in the row."""
        while True:
            self._something.clear()
            await self.catch_up()
            await nap(self.clock, ASK_AGAIN_S, self._something)

    async def catch_up(self) -> None:
        """Carry out what was heard, and ask about what is in doubt."""
        while self._heard:
            await self._take(self._heard[0])
            self._heard.popleft()
        for guild in sorted(self._doubted):
            await self._look(guild)

    async def _take(self, heard: Heard) -> None:
        match heard:
            case Joined(guild):
                self._doubted.discard(guild)
                await self.tenants.back(guild)
            case Removed(guild):
                self._doubted.discard(guild)
                log.warning("discord.removed", tenant=guild)
                await self.tenants.left(guild)
            case Ready():
                await self._compare(heard)
            case _ as never:
                assert_never(never)

    async def _compare(self, ready: Ready) -> None:
        """What happened while we were away."""
        for guild in await self.tenants.away():
            if guild in ready.guilds:
                await self.tenants.back(guild)
        self._doubted -= ready.guilds
        for guild in await self.tenants.known():
            if shard_of(guild, ready.shards) == ready.shard and guild not in ready.guilds:
                self._doubted.add(guild)

    async def _look(self, guild: str) -> None:
        """Ask the REST side about a server that a session's list lacks."""
        is_in = await is_member(self.rest, guild, self.timeout_s)
        if is_in is None:
            return
        self._doubted.discard(guild)
        if is_in:
            log.warning("discord.list_lacks", tenant=guild)
        else:
            log.warning("discord.removed_before", tenant=guild)
            await self.tenants.left(guild)


def shard_of(guild: str, shards: int) -> int | None:
    """The shard that hears of a server (topics/gateway, sharding); None for what is no id."""
    if not (guild.isascii() and guild.isdigit()):
        return None
    return (int(guild) >> 22) % shards


async def is_member(rest: Asking, guild: str, timeout_s: float = ASK_S) -> bool | None:
    """Whether we are in a server; None when Discord gave no answer.

    Asked as the first of our servers from that id on: asking for the server itself would count as
    an invalid request when we are not in it.
    """
    route = Route("GET", "/users/@me/guilds")
    params = {"after": str(int(guild) - 1), "limit": "1"}
    try:
        async with asyncio.timeout(timeout_s):
            said = await rest.request(route, params=params)
    except (HTTPException, aiohttp.ClientError, OSError, TimeoutError, ValueError) as error:
        log.warning("discord.no_answer", asked="guilds", error=type(error).__name__)
        return None
    if not isinstance(said, list):
        return None
    return any(isinstance(one, dict) and one.get("id") == guild for one in said)
