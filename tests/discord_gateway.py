"""The loopback Discord's gateway: sessions that can be resumed, and every way to lose one."""

from __future__ import annotations

import asyncio
import json
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from aiohttp import WSMsgType, web
from discord_places import APP_ID, ME, TOKEN, Json

if TYPE_CHECKING:
    from collections.abc import Iterable

    from discord_places import Guild

DISPATCH, HEARTBEAT, IDENTIFY, RESUME = 0, 1, 2, 6
RECONNECT, INVALID, HELLO, ACK = 7, 9, 10, 11
PRIVILEGED = (1 << 1) | (1 << 8) | (1 << 15)


@dataclass
class Session:
    """What a client may resume: the events since it identified."""

    id: str
    shard: tuple[int, int]
    intents: int
    events: list[Json] = field(default_factory=list)
    is_valid: bool = True
    link: Link | None = None


@dataclass
class Link:
    """One socket."""

    socket: web.WebSocketResponse
    session: Session | None = None
    is_frozen: bool = False

    async def send(self, op: int, data: object = None, **more: object) -> None:
        """One message, unless the socket is frozen or gone."""
        if not self.is_frozen and not self.socket.closed:
            text = json.dumps({"op": op, "d": data, "s": None, "t": None, **more})
            with suppress(ConnectionError):  # the client has gone; it asks again when it resumes
                await self.socket.send_str(text)


@dataclass
class Gateway:
    """The sockets and sessions of one bot.

    `identifies` and `resumes` are what clients asked, in order; `beats` counts heartbeats.
    `refuse` closes the next identify with that code (4004: token, 4013: intents, 4014: privileged
    ones). `hello_gap_ms` is how often a heartbeat is asked for.
    """

    guilds: dict[int, Guild]
    tokens: set[str] = field(default_factory=lambda: {TOKEN})
    url: str = ""
    hello_gap_ms: int = 41_250
    shards: int = 1
    refuse: list[int] = field(default_factory=list)
    is_acking: bool = True
    is_resumable: bool = True
    is_mute: bool = False
    """Sessions are taken and never begin."""

    identifies: list[Json] = field(default_factory=list)
    resumes: list[Json] = field(default_factory=list)
    beats: int = 0
    links: list[Link] = field(default_factory=list)
    sessions: dict[str, Session] = field(default_factory=dict)
    ready: asyncio.Event = field(default_factory=asyncio.Event)
    changed: asyncio.Condition = field(default_factory=asyncio.Condition)

    # ------------------------------------------------------------ what tests do

    async def dispatch(self, event: str, data: Json) -> None:
        """Tell every session of an event; one whose socket is gone is told when it resumes.

        An event of a guild goes to that guild's shard alone.
        """
        for session in self.sessions.values():
            if not session.is_valid or not _concerns(session, data):
                continue
            session.events.append({"s": len(session.events) + 1, "t": event, "d": data})
            if session.link is not None:
                sent = session.events[-1]
                await session.link.send(DISPATCH, data, s=sent["s"], t=event)

    async def reconnect(self) -> None:
        """Reconnect (op 7): please come again, and resume."""
        self.ready.clear()
        for link in list(self.links):
            await link.send(RECONNECT)

    async def invalidate(self, *, resumable: bool) -> None:
        """Invalid session (op 9)."""
        self.ready.clear()
        for link in list(self.links):
            if link.session is not None:
                link.session.is_valid = resumable
            await link.send(INVALID, resumable)

    def cut(self) -> None:
        """Break all sockets without a word."""
        self.ready.clear()
        for link in list(self.links):
            writer = link.socket._writer
            if writer is not None and writer.transport is not None:
                writer.transport.abort()

    async def close(self, code: int) -> None:
        """Close all sockets with a code."""
        self.ready.clear()
        for link in list(self.links):
            await link.socket.close(code=code)

    def freeze(self) -> None:
        """The sockets stay open, and nothing comes through them any more."""
        self.ready.clear()
        for link in self.links:
            link.is_frozen = True
            writer = link.socket._writer
            if writer is not None and writer.transport is not None:
                writer.transport.pause_reading()

    async def until(self, *, identifies: int = 0, resumes: int = 0, beats: int = 0) -> None:
        """Wait until clients asked so often."""
        async with asyncio.timeout(5), self.changed:
            await self.changed.wait_for(
                lambda: (
                    len(self.identifies) >= identifies
                    and len(self.resumes) >= resumes
                    and self.beats >= beats
                )
            )

    # ------------------------------------------------------------ the socket

    async def socket(self, request: web.Request) -> web.StreamResponse:
        """One connection."""
        socket = web.WebSocketResponse(max_msg_size=4096 * 16)
        await socket.prepare(request)
        link = Link(socket)
        self.links.append(link)
        try:
            await link.send(HELLO, {"heartbeat_interval": self.hello_gap_ms, "_trace": []})
            async for message in socket:
                if message.type is WSMsgType.TEXT:
                    await self._heard(link, json.loads(message.data))
        finally:
            self.links.remove(link)
            if link.session is not None and link.session.link is link:
                link.session.link = None
        return socket

    async def _heard(self, link: Link, said: Json) -> None:
        match said.get("op"):
            case 1:
                self.beats += 1
                if self.is_acking:
                    await link.send(ACK)
                await self._tell()
            case 2:
                self.identifies.append(said["d"])
                await self._identified(link, said["d"])
                await self._tell()
            case 6:
                self.resumes.append(said["d"])
                await self._resumed(link, said["d"])
                await self._tell()
            case 3 | 4 | 8:
                return  # presence, voice and members: nothing of paperwire's
            case _:
                await link.socket.close(code=4001)

    async def _identified(self, link: Link, asked: Json) -> None:
        if self.refuse:
            await link.socket.close(code=self.refuse.pop(0))
            return
        if asked.get("token") not in self.tokens:
            await link.socket.close(code=4004, message=b"Authentication failed.")
            return
        shard = tuple(asked.get("shard") or (0, 1))
        if shard[1] < self.shards:
            await link.socket.close(code=4011, message=b"Sharding required.")
            return
        if self.is_mute:
            return
        intents = int(asked["intents"])
        session = Session(f"session-{len(self.sessions) + 1}", shard, intents, link=link)
        self.sessions[session.id] = session
        link.session = session
        mine = [one for one in self.guilds.values() if shard_of(one.id, shard[1]) == shard[0]]
        ready = {
            "v": 10,
            "user": ME,
            "session_id": session.id,
            "session_type": "normal",
            "resume_gateway_url": self.url,
            "shard": list(shard),
            "application": {"id": str(APP_ID), "flags": 0},
            "guilds": [{"id": str(one.id), "unavailable": True} for one in mine],
            "private_channels": [],
            "presences": [],
            "relationships": [],
            "geo_ordered_rtc_regions": [],
            "_trace": [],
        }
        await self._push(session, "READY", ready)
        for one in mine:
            if one.is_available:
                await self._push(session, "GUILD_CREATE", one.create())
        self.ready.set()

    async def _push(self, session: Session, event: str, data: Json) -> None:
        session.events.append({"s": len(session.events) + 1, "t": event, "d": data})
        if session.link is not None:
            await session.link.send(DISPATCH, data, s=session.events[-1]["s"], t=event)

    async def _resumed(self, link: Link, asked: Json) -> None:
        session = self.sessions.get(str(asked.get("session_id")))
        if asked.get("token") not in self.tokens:
            await link.socket.close(code=4004, message=b"Authentication failed.")
            return
        if session is None or not session.is_valid or not self.is_resumable:
            await link.send(INVALID, False)
            return
        session.link = link
        link.session = session
        for missed in session.events[int(asked.get("seq") or 0) :]:
            await link.send(DISPATCH, missed["d"], s=missed["s"], t=missed["t"])
        await self._push(session, "RESUMED", {"_trace": []})
        self.ready.set()

    async def _tell(self) -> None:
        async with self.changed:
            self.changed.notify_all()


def shard_of(guild_id: int, shards: int) -> int:
    """Which shard hears of a guild (topics/gateway, 2026-08)."""
    return (guild_id >> 22) % shards


def _concerns(session: Session, data: Any) -> bool:
    guild = data.get("guild_id") or (data.get("id") if "unavailable" in data else None)
    return guild is None or shard_of(int(guild), session.shard[1]) == session.shard[0]


def guild_ids(guilds: Iterable[Guild]) -> list[str]:
    """Ids as the API writes them."""
    return [str(one.id) for one in guilds]
