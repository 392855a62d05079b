"""A Slack of our own on 127.0.0.1: Web API, Socket Mode, response_url. It checks what it is sent.

It behaves as Slack is known to: messages that come faster than one a second to a channel are
counted (`gaps`), a lost answer means that the message is there, a 429 says when to come back.
Every message and view is checked (slack_check); what Slack would refuse is refused and noted in
`problems`.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections import defaultdict, deque
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

from aiohttp import WSMsgType, web
from aiohttp.test_utils import TestServer
from slack_check import mentions, problems, view_problems
from slack_made import TEAM

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

Json = dict[str, Any]

BOT_TOKEN: Final = "xoxb-test-bot"
APP_TOKEN: Final = "xapp-test-app"
BOT_ID: Final = "B0PAPERWIRE"
TICKET_S: Final = 30


class Lost(StrEnum):
    """Ways to take a message and not say so."""

    RESET = "reset"
    STATUS_500 = "500"
    STATUS_502 = "502"
    STATUS_504 = "504"
    TIMEOUT = "timeout"
    HALF = "half"
    LATE = "late"


@dataclass(frozen=True, slots=True)
class Says:
    """An answer instead of the right one: nothing is done."""

    body: object
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Sent:
    """A message in a channel, or (`user`) one that only a person sees."""

    channel: str
    ts: str
    payload: Json
    at: float
    user: str | None = None

    @property
    def key(self) -> str:
        """The alert's id in its metadata."""
        return str(self.payload.get("metadata", {}).get("event_payload", {}).get("id", ""))


@dataclass(slots=True)
class Delivery:
    """An envelope that was sent, and its acknowledgement."""

    envelope_id: str
    sent_at: float
    acked: asyncio.Future[Json]

    async def ack(self, timeout_s: float = 3.0) -> Json:
        """What the acknowledgement carries; TimeoutError as Slack's own deadline."""
        async with asyncio.timeout(timeout_s):
            return await self.acked


@dataclass
class SlackServer:
    """One workspace as its API shows it."""

    team: str = TEAM
    scopes: str = "commands,chat:write"
    is_history_granted: bool = True
    members: set[str] = field(default_factory=lambda: {"C0GENERAL", "C0READING"})
    messages: list[Sent] = field(default_factory=list)
    replies: dict[str, list[Json]] = field(default_factory=lambda: defaultdict(list))
    views: list[Json] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    faults: dict[str, deque[Lost | Says]] = field(default_factory=lambda: defaultdict(deque))
    sockets: list[web.WebSocketResponse] = field(default_factory=list)
    tokens: set[str] = field(default_factory=lambda: {BOT_TOKEN})
    url: str = ""
    connected: asyncio.Event = field(default_factory=asyncio.Event)
    changed: asyncio.Condition = field(default_factory=asyncio.Condition)
    _tickets: dict[str, float] = field(default_factory=dict)
    _waiting: dict[str, Delivery] = field(default_factory=dict)
    _number: int = 0

    # ------------------------------------------------------------ what tests do

    def fail(self, method: str, *faults: Lost | Says) -> None:
        """Let the next calls of a method go wrong, one each."""
        self.faults[method].extend(faults)

    def ratelimit(self, method: str, retry_after: str) -> None:
        """Let the next call be one too many."""
        said = {"ok": False, "error": "ratelimited"}
        self.fail(method, Says(said, 429, {"Retry-After": retry_after}))

    async def push(self, kind: str, payload: Json, envelope_id: str | None = None) -> Delivery:
        """Send an envelope on the newest socket; the same id again is a repeated delivery."""
        async with asyncio.timeout(5):
            await self.connected.wait()
        self._number += 1
        name = envelope_id or f"env-{self._number}"
        future: asyncio.Future[Json] = asyncio.get_running_loop().create_future()
        self._waiting[name] = Delivery(name, time.monotonic(), future)  # noqa: TID251 - measured
        envelope = {
            "envelope_id": name,
            "type": kind,
            "payload": payload,
            "accepts_response_payload": kind != "events_api",
        }
        await self.sockets[-1].send_json(envelope)
        return self._waiting[name]

    async def disconnect(self, reason: str = "refresh_requested") -> None:
        """Ask the newest socket to be replaced, as Slack does every few hours."""
        self.connected.clear()
        await self.sockets[-1].send_json({"type": "disconnect", "reason": reason})

    def cut(self) -> None:
        """Break all sockets without a word."""
        self.connected.clear()
        for socket in self.sockets:
            writer = socket._writer
            if writer is not None and writer.transport is not None:
                writer.transport.abort()
        self.sockets.clear()

    def response_url(self, name: str) -> str:
        """Where answers to one interaction go: five of them."""
        return f"{self.url}/response/{name}"

    async def replied(self, name: str, count: int = 1) -> list[Json]:
        """Answers to one interaction, once there are so many."""
        return await self._until(lambda: self.replies[name], count)

    async def viewed(self, count: int = 1) -> list[Json]:
        """Forms that were opened."""
        return await self._until(lambda: self.views, count)

    async def _until(self, found: Any, count: int) -> list[Json]:
        async with asyncio.timeout(5), self.changed:
            await self.changed.wait_for(lambda: len(found()) >= count)
            return list(found())

    def gaps(self, channel: str) -> list[float]:
        """Seconds between the messages of a channel."""
        at = [one.at for one in self.messages if one.channel == channel and one.user is None]
        return [later - earlier for earlier, later in pairwise(at)]

    def keys(self, channel: str = "C0GENERAL") -> list[str]:
        """The alerts' ids in a channel, in order."""
        return [one.key for one in self.messages if one.channel == channel and one.user is None]

    # ------------------------------------------------------------ the Web API

    async def api(self, request: web.Request) -> web.StreamResponse:
        """One call of a method."""
        method = request.match_info["method"]
        self.calls.append(method)
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        fault = self.faults[method].popleft() if self.faults[method] else None
        if isinstance(fault, Says):
            return _says(fault)
        if method == "apps.connections.open":
            return self._open(token)
        if token not in self.tokens:
            return _json({"ok": False, "error": "invalid_auth"})
        body = await _body(request)
        answer = await self._do(method, body)
        if fault is not None:
            return await self._lose(request, fault, answer)
        return _json(answer, {"x-oauth-scopes": self.scopes})

    async def _do(self, method: str, body: Json) -> Json:
        match method:
            case "auth.test":
                ids = {"team_id": self.team, "user_id": "U0BOT", "bot_id": BOT_ID}
                return {"ok": True, "url": "https://acme.slack.com/", "team": "Acme", **ids}
            case "chat.postMessage":
                return await self._post(body, None)
            case "chat.postEphemeral":
                return await self._post(body, str(body.get("user")))
            case "conversations.history":
                return self._history(body)
            case "views.open":
                return await self._view(body)
            case _:
                return {"ok": False, "error": "unknown_method"}

    async def _post(self, body: Json, user: str | None) -> Json:
        channel = str(body.get("channel"))
        if channel not in self.members:
            return {"ok": False, "error": "not_in_channel"}
        wrong = [*problems(body), *mentions(body)]
        if wrong:
            self.problems += wrong
            return {"ok": False, "error": "invalid_blocks", "errors": wrong}
        self._number += 1
        ts = f"{1_780_000_000 + self._number}.{self._number:06d}"
        async with self.changed:
            at = time.monotonic()  # noqa: TID251 - measured
            self.messages.append(Sent(channel, ts, body, at, user))
            self.changed.notify_all()
        said = {"bot_id": BOT_ID, "ts": ts, "text": body["text"], "blocks": body.get("blocks")}
        return {"ok": True, "channel": channel, "ts": ts, "message": said}

    def _history(self, body: Json) -> Json:
        if not self.is_history_granted:
            return {"ok": False, "error": "missing_scope", "needed": "channels:history"}
        kept = [one for one in self.messages if one.channel == body["channel"] and not one.user]
        newest = list(reversed(kept))
        at, limit = int(body.get("cursor") or 0), min(int(body.get("limit", 100)), 15)
        shown = [
            {"ts": one.ts, "bot_id": BOT_ID, "metadata": one.payload.get("metadata", {})}
            for one in newest[at : at + limit]
        ]
        more = str(at + limit) if at + limit < len(newest) else ""
        return {"ok": True, "messages": shown, "response_metadata": {"next_cursor": more}}

    async def _view(self, body: Json) -> Json:
        if str(body.get("trigger_id", "")).startswith("expired"):
            return {"ok": False, "error": "expired_trigger_id"}
        wrong = view_problems(body["view"])
        if wrong:
            self.problems += wrong
            return {"ok": False, "error": "invalid_arguments"}
        async with self.changed:
            self.views.append(body["view"])
            self.changed.notify_all()
        return {"ok": True, "view": {"id": f"V{len(self.views)}"}}

    async def _lose(self, request: web.Request, fault: Lost, answer: Json) -> web.StreamResponse:
        """What was asked for is done, and the answer does not come."""
        match fault:
            case Lost.STATUS_500 | Lost.STATUS_502 | Lost.STATUS_504:
                return web.Response(status=int(fault), text="<html>bad gateway</html>")
            case Lost.RESET:
                _abort(request)
            case Lost.HALF:
                text = json.dumps(answer).encode()
                response = web.StreamResponse(headers={"Content-Type": "application/json"})
                response.content_length = len(text)
                await response.prepare(request)
                await response.write(text[: len(text) // 2])
                _abort(request)
                return response
            case Lost.TIMEOUT | Lost.LATE:
                # the client gives up first; then a late answer finds nobody
                while request.transport and not request.transport.is_closing():  # noqa: ASYNC110 - no event says so
                    await asyncio.sleep(0.01)  # noqa: TID251 - waits for the client to give up
        return _json(answer)

    # ------------------------------------------------------------ response_url

    async def respond(self, request: web.Request) -> web.Response:
        """An answer to an interaction, through its address."""
        name = request.match_info["name"]
        body: Json = await request.json()
        if len(self.replies[name]) >= 5:
            return web.Response(status=404, text="used_url")
        if body.get("delete_original") is not True:
            wrong = [*problems(body), *mentions(body)]
            if wrong or body.get("response_type") not in {"ephemeral", "in_channel"}:
                self.problems += wrong or ["response_type"]
                return _json({"ok": False, "error": "invalid_blocks"}, status=400)
        async with self.changed:
            self.replies[name].append(body)
            self.changed.notify_all()
        return _json({"ok": True})

    # ------------------------------------------------------------ Socket Mode

    def _open(self, token: str) -> web.Response:
        if token != APP_TOKEN:
            return _json({"ok": False, "error": "invalid_auth"})
        self._number += 1
        ticket = f"t{self._number}"
        self._tickets[ticket] = time.monotonic() + TICKET_S  # noqa: TID251 - measured
        url = f"{self.url.replace('http', 'ws', 1)}/link?ticket={ticket}"
        return _json({"ok": True, "url": url})

    async def socket(self, request: web.Request) -> web.StreamResponse:
        """One Socket Mode connection; a ticket is good once."""
        until = self._tickets.pop(request.query.get("ticket", ""), 0.0)
        if until < time.monotonic():  # noqa: TID251 - measured
            return web.Response(status=408)
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await socket.send_json({"type": "hello", "num_connections": 1})
        self.sockets.append(socket)
        self.connected.set()
        async for message in socket:
            if message.type is WSMsgType.TEXT:
                self._acknowledged(json.loads(message.data))
        if socket in self.sockets:
            self.sockets.remove(socket)
        return socket

    def _acknowledged(self, said: Json) -> None:
        delivery = self._waiting.get(said["envelope_id"])
        if delivery is not None and not delivery.acked.done():
            delivery.acked.set_result(said.get("payload") or {})


@asynccontextmanager
async def slack_server(**given: Any) -> AsyncIterator[SlackServer]:
    """A running Slack, which must have had nothing to complain about in the end."""
    server = SlackServer(**given)
    app = web.Application()
    app.router.add_route("*", "/api/{method}", server.api)
    app.router.add_post("/response/{name}", server.respond)
    app.router.add_get("/link", server.socket)
    running = TestServer(app, host="127.0.0.1")
    await running.start_server()
    server.url = str(running.make_url("")).rstrip("/")
    try:
        yield server
    finally:
        for socket in list(server.sockets):
            await socket.close()
        await running.close()
    assert server.problems == []


def _abort(request: web.Request) -> None:
    if request.transport is not None:
        request.transport.abort()


async def _body(request: web.Request) -> Json:
    if request.content_type == "application/json":
        found: Json = await request.json()
        return found
    return {**request.query, **await request.post()}


def _says(fault: Says) -> web.Response:
    if isinstance(fault.body, str):
        return web.Response(
            text=fault.body, status=fault.status, headers=fault.headers, content_type="text/html"
        )
    return _json(fault.body, fault.headers, fault.status)


def _json(
    body: object, headers: Mapping[str, str] | None = None, status: int = 200
) -> web.Response:
    return web.json_response(body, status=status, headers=headers)
