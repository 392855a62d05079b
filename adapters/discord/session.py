"""One client of discord.py, from its login to its end, and what it hears of the connection."""

from __future__ import annotations

import asyncio
import json
import threading
from collections import deque
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import discord
import structlog
from discord.gateway import KeepAliveHandler

from adapters.discord.client import proxy_for
from adapters.discord.guilds import Joined, Ready, Removed
from bot.model.errors import PaperwireError

if TYPE_CHECKING:
    from collections.abc import Callable

    import aiohttp
    from discord.gateway import DiscordWebSocket

    from adapters.discord.guilds import Heard
    from bot.ports import Clock

log = structlog.get_logger()

SESSIONS_MAX: Final = 15
SESSIONS_WITHIN_S: Final = 1800.0
"""Sessions of a shard in so many seconds: 720 a day at most. Discord allows a thousand, and then
resets the token (topics/gateway, session start limit)."""

IDENTIFY_GAP_S: Final = 5.0
"""Between two sessions of one bot (topics/gateway, rate limits)."""

CLOSE_S: Final = 2.0
"""For a farewell; nobody waits longer for one."""


class TooManySessions(PaperwireError):  # noqa: N818 - it reads as the others of its tree do
    """Our sessions end again and again: to begin one more now would cost the token."""

    def __init__(self, wait_s: float) -> None:
        super().__init__(f"Discord ended too many sessions; the next begins in {wait_s:.0f} s.")
        self.wait_s = wait_s


@dataclass(slots=True)
class Budget:
    """When sessions were begun, by shard, over all clients of the process."""

    begun: dict[int, deque[float]] = field(default_factory=dict)

    def wait_s(self, shard: int, now_s: float) -> float:
        """The seconds until a shard may begin one more; 0 notes that it does so now."""
        times = self.begun.setdefault(shard, deque())
        while times and now_s - times[0] >= SESSIONS_WITHIN_S:
            times.popleft()
        if len(times) >= SESSIONS_MAX:
            return SESSIONS_WITHIN_S - (now_s - times[0])
        times.append(now_s)
        return 0.0


class Session(discord.AutoShardedClient):
    """discord.py's client, with no privileged intent and nothing kept but what it must.

    `tell` takes what is heard of servers. What it hears raw is read for READY alone, whose list
    discord.py only adds to its own.
    """

    def __init__(
        self,
        tell: Callable[[Heard], None],
        budget: Budget,
        clock: Clock,
        api_url: str,
        trace: aiohttp.TraceConfig,
        frozen_s: float,
    ) -> None:
        super().__init__(
            intents=discord.Intents(guilds=True),
            member_cache_flags=discord.MemberCacheFlags.none(),
            max_messages=None,
            chunk_guilds_at_startup=False,
            heartbeat_timeout=frozen_s,
            guild_ready_timeout=2.0,
            allowed_mentions=discord.AllowedMentions.none(),
            enable_debug_events=True,
            proxy=proxy_for(api_url),
            http_trace=trace,
        )
        self._tell = tell
        self._budget = budget
        self._clock = clock
        self._with_session: set[int] = set()
        self._known: set[str] = set()
        self._has_left = False
        self.is_ending = False
        self.was_up = False

    @property
    def is_dead(self) -> bool:
        """Whether no shard has a session."""
        return not self._with_session

    @property
    def is_up(self) -> bool:
        """Whether every shard has a session now."""
        return self.shard_count is not None and len(self._with_session) >= self.shard_count

    async def enter(self, token: str) -> None:
        """Log in. Raises what discord.py raises, and TooManySessions."""
        await self.login(token)
        if self.application is not None and self.application.interactions_endpoint_url:
            log.warning("discord.events_go_elsewhere", hint="clear Interactions Endpoint URL")
        # the number of shards is asked here, so that discord.py connects where the settings say
        self.shard_count, _, limit = await self.http.get_bot_gateway()
        if limit["remaining"] < self.shard_count:
            raise TooManySessions(limit["reset_after"] / 1000)

    async def leave(self) -> None:
        """Close all connections, in a friendly way if that is quick."""
        if self._has_left:
            return
        self._has_left = True
        with suppress(TimeoutError):
            async with asyncio.timeout(CLOSE_S):
                await self.close()
                await asyncio.gather(*(one.close() for one in self._forgotten()))
        await self.http.close()

    def _forgotten(self) -> list[DiscordWebSocket]:
        """Connections that never came to be: discord.py leaves them open, and beating."""
        beating = [one for one in threading.enumerate() if isinstance(one, KeepAliveHandler)]
        return [one.ws for one in beating if one.ws._connection is self._connection]  # noqa: SLF001 - nothing else tells whose it is

    async def stop_listening(self) -> None:
        """Take no more events; requests can still be made."""
        self.is_ending = True
        with suppress(TimeoutError):
            async with asyncio.timeout(CLOSE_S):
                await asyncio.gather(*(shard.disconnect() for shard in self.shards.values()))

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """Before each new session (a resumed one is none)."""
        wait_s = self._budget.wait_s(shard_id or 0, self._clock.monotonic())
        if wait_s:
            raise TooManySessions(wait_s)
        if not initial:
            await self._clock.sleep(IDENTIFY_GAP_S)

    async def on_socket_raw_receive(self, text: str) -> None:
        """Every message of the gateway; only READY is read."""
        if '"READY"' not in text:
            return
        said: dict[str, Any] = json.loads(text)
        if said.get("t") != "READY":
            return
        shard, shards = said["d"].get("shard") or (0, 1)
        guilds = frozenset(str(one["id"]) for one in said["d"]["guilds"])
        self._known |= guilds
        self._tell(Ready(int(shard), int(shards), guilds))

    async def on_shard_connect(self, shard_id: int) -> None:
        """A shard has a new session."""
        self._with_session.add(shard_id)
        self.was_up = True
        log.info("discord.connected", shard=shard_id)

    async def on_shard_resumed(self, shard_id: int) -> None:
        """A shard goes on with its session; what it missed has come."""
        self._with_session.add(shard_id)
        log.info("discord.resumed", shard=shard_id)

    async def on_shard_disconnect(self, shard_id: int) -> None:
        """A shard has lost its connection, or was asked to come back; or a try to do so failed."""
        if shard_id in self._with_session and not self.is_ending:
            log.info("discord.reconnecting", shard=shard_id)
        self._with_session.discard(shard_id)

    async def on_guild_join(self, guild: discord.Guild) -> None:
        """We were let into a server."""
        self._joined(str(guild.id))

    async def on_guild_available(self, guild: discord.Guild) -> None:
        """A server's outage is over; discord.py says it of one that we join at the start, too."""
        if str(guild.id) not in self._known:
            self._joined(str(guild.id))

    async def on_guild_remove(self, guild: discord.Guild) -> None:
        """We were taken out of a server; discord.py does not say so of an outage."""
        self._known.discard(str(guild.id))
        self._tell(Removed(str(guild.id)))

    def _joined(self, guild: str) -> None:
        self._known.add(guild)
        self._tell(Joined(guild))

    async def on_error(self, event_method: str, /, *_args: Any, **_kwargs: Any) -> None:
        """A fault of ours in a listener: it is logged, and the connection goes on."""
        log.error("discord.fault", event_name=event_method, exc_info=True)  # noqa: LOG014 - discord.py calls this where it caught it
