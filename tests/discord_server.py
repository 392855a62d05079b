"""A Discord of our own on 127.0.0.1: REST and gateway. It checks what it is sent.

It behaves as Discord is known to: a nonce gives the earlier message for a while, a deleted one is
10008, a forum looks at no nonce, who may not read history sees nothing at all. What Discord would
refuse is refused and noted in `problems`, which must be empty at the end.

`rest`, `gateway`, `places`, `faults` and `limits` are the parts; routes are named as in the
OpenAPI description. Nothing here waits on a clock of its own: nonces, answers' deadlines and
limits count by `clock`.
"""

from __future__ import annotations

import asyncio
import json
from collections import defaultdict, deque
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from aiohttp import web
from discord_faults import MESSAGES, THREADS, UNAUTHORIZED, Drips, Fault, Lost, Raw, Says, limited
from discord_gateway import Gateway
from discord_places import (
    ADA_ID,
    ALL_PERMISSIONS,
    APP_ID,
    BOT_ID,
    GENERAL_ID,
    TOKEN,
    Guild,
    Json,
    Place,
    Sent,
    member,
    snowflake,
    two_guilds,
    user,
)
from discord_rest import NO_TOKEN, ROUTES
from discord_schema import faults, request_faults

from bot.world import SystemClock

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping

    from bot.ports import Clock

NONCE_S: Final = 60.0
"""How long a nonce is remembered. Discord says "the past few minutes"; we count on one."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One request as it came. `route` is its name, `path` its parts."""

    route: str
    address: str
    path: Mapping[str, str]
    body: Any
    query: Mapping[str, str]
    headers: Mapping[str, str]
    at: float


@dataclass
class Interaction:
    """What a person did, and all that was answered."""

    id: int
    token: str
    payload: Json
    at: float
    callback: Json | None = None
    original: Sent | None = None
    replies: list[Sent] = field(default_factory=list)
    message: Sent | None = None

    @property
    def shown(self) -> Json:
        """The answer as it stands now: the first message's payload."""
        assert self.original is not None
        return self.original.payload


@dataclass
class DiscordServer:
    """Discord as one bot sees it."""

    clock: Clock = field(default_factory=SystemClock)
    guilds: dict[int, Guild] = field(default_factory=two_guilds)
    tokens: set[str] = field(default_factory=lambda: {TOKEN})
    nonce_s: float = NONCE_S
    answer_s: float = 3.0
    rate: tuple[int, float] | None = None
    """Messages a channel takes in so many seconds; None: any number, and no headers."""

    global_rate: int | None = None
    """Requests of the bot in a second, interactions left out; None: any number."""

    asked: list[Asked] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    invalid: list[tuple[float, int, str, str]] = field(default_factory=list)
    """Requests that count as invalid: when, status, route, channel or guild."""

    commands: dict[str, list[Json]] = field(default_factory=dict)
    syncs: int = 0
    interactions: dict[str, Interaction] = field(default_factory=dict)
    faults: dict[str, deque[Fault]] = field(default_factory=lambda: defaultdict(deque))
    always: dict[str, Fault] = field(default_factory=dict)
    """Faults of every request of a route, "*" of every one at all."""

    changed: asyncio.Condition = field(default_factory=asyncio.Condition)
    url: str = ""
    gateway: Gateway = field(init=False)
    _number: int = 0
    _nonces: list[Sent] = field(default_factory=list)
    _turns: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    _runner: web.AppRunner | None = None
    _site: web.TCPSite | None = None

    def __post_init__(self) -> None:
        self.gateway = Gateway(self.guilds, self.tokens)

    # ------------------------------------------------------------ what tests do

    def fail(self, route: str, *faults: Fault) -> None:
        """Let the next requests of a route go wrong, one each."""
        assert Lost.REFUSED not in faults, "use lose(): nothing may listen then"
        self.faults[route].extend(faults)

    async def lose(self, route: str, shape: Lost) -> None:
        """Let the next request of a route lose its answer; after it, `back()`."""
        if shape is Lost.REFUSED:
            await self.away()
        else:
            self.fail(route, shape)

    async def away(self) -> None:
        """Stop listening, and break what is open."""
        assert self._site is not None
        assert self._runner is not None
        await self._site.stop()
        self._site = None
        for connection in list(self._runner.server.connections if self._runner.server else ()):
            if connection.transport is not None:
                connection.transport.abort()

    async def back(self) -> None:
        """Listen again, at the same port."""
        if self._site is None:
            await self._listen(int(self.url.rpartition(":")[2].partition("/")[0]))

    def place(self, number: int | str) -> Place | None:
        """A channel or thread by its id."""
        for guild in self.guilds.values():
            if int(number) in guild.places:
                return guild.places[int(number)]
        return None

    def channel(self, number: int | str = GENERAL_ID) -> Place:
        """A channel or thread that is there."""
        found = self.place(number)
        assert found is not None
        return found

    def messages(self, number: int | str = GENERAL_ID) -> list[Sent]:
        """What stands in a channel; in a forum, the first messages of its posts."""
        place = self.channel(number)
        threads = [
            one
            for guild in self.guilds.values()
            for one in guild.places.values()
            if one.parent_id == place.id and place.type == 15
        ]
        return [*place.messages, *(sent for one in threads for sent in one.messages[:1])]

    def count(self, route: str) -> int:
        """How often a route was asked."""
        return sum(1 for one in self.asked if one.route == route)

    def new_id(self) -> int:
        """A snowflake of now, later than all before."""
        self._number += 1
        return snowflake(self.clock.now(), self._number)

    async def add_guild(self, guild: Guild) -> None:
        """The bot is invited."""
        self.guilds[guild.id] = guild
        await self.gateway.dispatch("GUILD_CREATE", guild.create())

    async def remove_guild(self, number: int) -> None:
        """The bot is removed: GUILD_DELETE without `unavailable`."""
        del self.guilds[number]
        await self.gateway.dispatch("GUILD_DELETE", {"id": str(number), "guild_id": str(number)})

    async def outage(self, number: int) -> None:
        """The guild is there, and Discord cannot reach it."""
        self.guilds[number].is_available = False
        await self.gateway.dispatch("GUILD_DELETE", {"id": str(number), "unavailable": True})

    async def interact(
        self,
        kind: int,
        data: Json,
        *,
        channel: int = GENERAL_ID,
        by: int = ADA_ID,
        permissions: int = ALL_PERMISSIONS,
        roles: tuple[int, ...] = (),
        message: Sent | None = None,
        **more: Any,
    ) -> Interaction:
        """Somebody does something: 2 a command, 3 a component, 4 an autocompletion, 5 a form."""
        place = self.channel(channel)
        number = self.new_id()
        token = f"interaction-{number}"
        payload = {
            "id": str(number),
            "application_id": str(APP_ID),
            "type": kind,
            "data": data,
            "guild_id": str(place.guild_id),
            "guild": {"id": str(place.guild_id), "locale": "en-US", "features": []},
            "channel_id": str(place.id),
            "channel": {**place.json(), "permissions": str(permissions)},
            "member": member(
                by,
                user(by, f"user{by}"),
                permissions=str(permissions),
                roles=[str(role) for role in roles],
            ),
            "token": token,
            "version": 1,
            "locale": "en-US",
            "guild_locale": "en-US",
            "app_permissions": str(ALL_PERMISSIONS),
            "entitlements": [],
            "authorizing_integration_owners": {"0": str(place.guild_id)},
            "context": 0,
            "attachment_size_limit": 10_485_760,
            **({"message": message.json()} if message is not None else {}),
            **more,
        }
        found = Interaction(number, token, payload, self.clock.monotonic(), message=message)
        self.interactions[token] = found
        await self.gateway.dispatch("INTERACTION_CREATE", payload)
        return found

    async def until(self, claim: Callable[[], object], timeout_s: float = 5.0) -> None:
        """Wait until something has come about: a message, an answer, an edit."""
        async with asyncio.timeout(timeout_s), self.changed:
            await self.changed.wait_for(lambda: bool(claim()))

    # ------------------------------------------------------------ what routes do

    async def tell(self) -> None:
        """Wake who waits for a change."""
        async with self.changed:
            self.changed.notify_all()

    def earlier(self, channel_id: int, body: Json) -> Sent | None:
        """The message that the same author made here with the same nonce, a short while ago."""
        nonce, now = body.get("nonce"), self.clock.monotonic()
        self._nonces = [one for one in self._nonces if now - one.monotonic < self.nonce_s]
        return next(
            (one for one in self._nonces if one.nonce == nonce and one.channel_id == channel_id),
            None,
        )

    async def keep(
        self,
        place: Place,
        payload: Json,
        *,
        number: int | None = None,
        interaction: str | None = None,
        hidden: bool = False,
    ) -> Sent:
        """A message of the bot's; `hidden` ones are not in the channel."""
        sent = Sent(
            number or self.new_id(),
            place.id,
            BOT_ID,
            payload,
            self.clock.now(),
            self.clock.monotonic(),
            payload.get("nonce"),
            interaction,
        )
        if not hidden:
            place.messages.append(sent)
            place.last_message_id = sent.id
            if sent.nonce is not None:
                self._nonces.append(sent)
        await self.tell()
        return sent

    def write(self, place: Place, text: str, by: int = ADA_ID) -> Sent:
        """Somebody writes a message."""
        payload = {"content": text}
        sent = Sent(self.new_id(), place.id, by, payload, self.clock.now(), self.clock.monotonic())
        place.messages.append(sent)
        place.last_message_id = sent.id
        return sent

    # ------------------------------------------------------------ the wire

    async def handle(self, route: str, request: web.Request) -> web.StreamResponse:  # noqa: PLR0911 - one a way to end
        """One request: noted, let go wrong, checked, carried out, answered."""
        text = await request.text()
        body = json.loads(text) if text else {}
        path = dict(request.match_info)
        headers = {name.lower(): value for name, value in request.headers.items()}
        address = request.path.removeprefix("/api/v10")
        at = self.clock.monotonic()
        asked = Asked(route, address, path, body, dict(request.query), headers, at)
        self.asked.append(asked)
        self._look(asked, has_body=bool(text))
        fault = self.faults[route].popleft() if self.faults[route] else None
        fault = fault or self.always.get(route) or self.always.get("*")
        if fault is Lost.RESET:
            return _abort(request)
        if isinstance(fault, Says):
            return self._answered(asked, fault)
        if route not in NO_TOKEN and headers.get("authorization", "")[4:] not in self.tokens:
            return self._answered(asked, UNAUTHORIZED)
        over = self._over(asked)
        if over is not None:
            return over
        answer = await ROUTES[route](self, path, body, asked.query)
        if isinstance(fault, Lost):
            return await self._lost(request, fault, answer)
        if isinstance(fault, Drips):
            return await _dripped(request, answer, fault.gap_s)
        return self._answered(asked, answer)

    def _look(self, asked: Asked, *, has_body: bool) -> None:
        """What a request should be like, whatever it asks for."""
        kind = asked.headers.get("content-type", "")
        if has_body and kind != "application/json":
            self.problems.append(f"{asked.route} has content type {kind!r}")
        agent = asked.headers.get("user-agent", "")
        if asked.route not in NO_TOKEN and not agent.startswith("DiscordBot ("):
            self.problems.append(f"{asked.route} has user agent {agent!r}")
        if has_body:
            self.problems += [f"{asked.route}: {one}" for one in schema_problems(asked)]

    def _over(self, asked: Asked) -> web.Response | None:
        """The refusal of one request too many."""
        if self.global_rate is not None and asked.route not in NO_TOKEN:
            every = self._turns["*"]
            every[:] = [at for at in every if asked.at - at < 1.0]
            if len(every) >= self.global_rate:
                return self._answered(asked, limited(1.0, scope="global"))
            every.append(asked.at)
        if self.rate is None or asked.route != MESSAGES:
            return None
        most, window_s = self.rate
        turns = self._turns[asked.path["channel_id"]]
        turns[:] = [at for at in turns if asked.at - at < window_s]
        if len(turns) >= most:
            return self._answered(asked, limited(window_s - (asked.at - turns[0])))
        turns.append(asked.at)
        return None

    def _answered(self, asked: Asked, answer: object) -> web.Response:
        said = answer if isinstance(answer, Says) else Says(answer, 200)
        headers = {**said.headers, **self._limits(asked, said)}
        shared = headers.get("X-RateLimit-Scope") == "shared"
        if said.status in {401, 403} or (said.status == 429 and not shared):
            whom = asked.path.get("channel_id") or asked.path.get("guild_id", "")
            self.invalid.append((asked.at, said.status, asked.route, whom))
        if isinstance(said.body, str):
            is_raw = isinstance(said.body, Raw)
            headers["Content-Type"] = "application/json" if is_raw else "text/html"
            return web.Response(body=said.body.encode(), status=said.status, headers=headers)
        if said.body is None:
            return web.Response(status=204, headers=headers)
        headers["Content-Type"] = "application/json"  # to the letter: discord.py compares
        return web.Response(
            body=json.dumps(said.body).encode(), status=said.status, headers=headers
        )

    def _limits(self, asked: Asked, said: Says) -> dict[str, str]:
        if self.rate is None or asked.route != MESSAGES or said.status == 401:
            return {}
        most, window_s = self.rate
        turns = self._turns[asked.path["channel_id"]]
        after = window_s - (asked.at - turns[0]) if turns else window_s
        return {
            "X-RateLimit-Limit": str(most),
            "X-RateLimit-Remaining": str(max(0, most - len(turns))),
            "X-RateLimit-Reset": f"{self.clock.now().timestamp() + after:.3f}",
            "X-RateLimit-Reset-After": f"{after:.3f}",
            "X-RateLimit-Bucket": "messages",
        }

    async def _lost(self, request: web.Request, shape: Lost, answer: object) -> web.StreamResponse:
        """What was asked for is done, and the answer does not come."""
        match shape:
            case Lost.TAKEN_500 | Lost.TAKEN_502:
                status = 500 if shape is Lost.TAKEN_500 else 502
                return web.Response(text="<html>bad gateway</html>", status=status)
            case Lost.TAKEN_SILENCE:
                await asyncio.Event().wait()  # until the client gives up
            case Lost.TAKEN_HALF:
                body = json.dumps(answer).encode()
                response = await _begun(request, len(body))
                await response.write(body[: len(body) // 2])
        return _abort(request)

    async def unknown(self, request: web.Request) -> web.Response:
        """A route that is not there is a mistake of the test or of the code."""
        self.problems.append(f"{request.method} {request.path} is no route here")
        return web.Response(status=404, text="404: Not Found")

    # ------------------------------------------------------------ running

    async def open(self) -> None:
        """Listen on a port of 127.0.0.1."""
        app = web.Application()
        for name in ROUTES:
            method, _, path = name.partition(" ")
            app.router.add_route(method, f"/api/v10{path}", partial(self.handle, name))
        app.router.add_get("/gateway", self.gateway.socket)
        app.router.add_get("/gateway/", self.gateway.socket)
        app.router.add_route("*", "/{rest:.*}", self.unknown)
        # a client that gives up ends what waits for it
        self._runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=1)
        await self._runner.setup()
        await self._listen(0)

    async def close(self) -> None:
        """Listen no more."""
        for link in list(self.gateway.links):
            await link.socket.close()
        if self._runner is not None:
            await self._runner.cleanup()

    async def _listen(self, port: int) -> None:
        assert self._runner is not None
        self._site = web.TCPSite(self._runner, "127.0.0.1", port, reuse_address=True)
        await self._site.start()
        bound = self._runner.addresses[0][1]
        self.url = f"http://127.0.0.1:{bound}/api/v10"
        self.gateway.url = f"ws://127.0.0.1:{bound}/gateway"


@asynccontextmanager
async def discord_server(**given: Any) -> AsyncIterator[DiscordServer]:
    """A running Discord, which must have had nothing to complain about in the end."""
    server = DiscordServer(**given)
    await server.open()
    try:
        yield server
    finally:
        await server.close()
    assert server.problems == []


def schema_problems(asked: Asked) -> list[str]:
    """What the OpenAPI description says of a body; nothing where there is no data."""
    if asked.route == THREADS:
        # of the two forms of a thread only one has a message, and the other takes anything
        return faults("CreateForumThreadRequest", asked.body)
    return request_faults(asked.route.partition(" ")[0], asked.address, asked.body)


def _abort(request: web.Request) -> web.Response:
    if request.transport is not None:
        request.transport.abort()
    return web.Response()


async def _begun(request: web.Request, length: int) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": "application/json"})
    response.content_length = length
    await response.prepare(request)
    return response


async def _dripped(request: web.Request, answer: object, gap_s: float) -> web.StreamResponse:
    body = json.dumps(answer).encode()
    response = await _begun(request, len(body))
    for byte in body:
        await response.write(bytes([byte]))
        await asyncio.sleep(gap_s)  # noqa: TID251 - the loop's own time, virtual in tests
    return response
