"""Socket Mode: a WebSocket that we open, so that no address of ours must be reachable.

Slack asks for a new connection every few hours (`disconnect`): it is opened while the old one
still works, so that no command falls in between. A lost connection is noticed by its heartbeat.
"""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

import aiohttp
import structlog

from adapters.slack.client import NoAnswer, call
from adapters.slack.hear import hear
from adapters.slack.outcomes import wait_s
from bot.flow.nap import nap

if TYPE_CHECKING:
    from slack_bolt.async_app import AsyncApp
    from slack_sdk.web.async_client import AsyncWebClient

    from bot.ports import Clock

log = structlog.get_logger()

HEARTBEAT_S: Final = 10.0
"""A connection that was cut is noticed after this and half of it."""

FAREWELL_S: Final = 30.0
"""How long an old connection is still read after Slack asked for a new one."""

WAIT_FIRST_S: Final = 0.5
WAIT_MAX_S: Final = 30.0
MESSAGE_MAX_BYTES: Final = 4 * 1024 * 1024


@dataclass(slots=True)
class Link:
    """The way to Slack. `is_up` while a connection has said hello."""

    app: AsyncApp
    opener: AsyncWebClient
    clock: Clock
    heartbeat_s: float = HEARTBEAT_S
    is_up: bool = False
    _failures: int = 0
    _asked_s: float = 0.0
    _open: list[aiohttp.ClientWebSocketResponse] = field(default_factory=list)

    async def run(self, stop: asyncio.Event) -> None:
        """Hold a connection until told to stop; then finish what is being answered."""
        async with aiohttp.ClientSession(trust_env=True) as session, asyncio.TaskGroup() as group:
            while not stop.is_set():
                over = asyncio.Event()
                url = await self._url()
                if url is not None:
                    group.create_task(self._read(session, url, over, stop))
                    stopped = group.create_task(stop.wait())
                    ended = group.create_task(over.wait())
                    await asyncio.wait({stopped, ended}, return_when=asyncio.FIRST_COMPLETED)
                    stopped.cancel()
                    ended.cancel()
                await nap(self.clock, self._wait_s(), stop)
            for socket in list(self._open):
                await socket.close()

    def _wait_s(self) -> float:
        """Nothing after a connection that worked; longer after each that did not, or as asked."""
        if not self._failures:
            return 0.0
        ours = min(WAIT_FIRST_S * 2.0 ** min(self._failures - 1, 10), WAIT_MAX_S)
        return max(ours, self._asked_s)

    async def _url(self) -> str | None:
        """Where to connect; good once, for half a minute."""
        answer = await call(self.opener, "apps.connections.open", {})
        self._asked_s = 0.0
        reason = answer.reason if isinstance(answer, NoAnswer) else answer.error
        if not isinstance(answer, NoAnswer):
            url = answer.body.get("url") if isinstance(answer.body, dict) else None
            if reason is None and isinstance(url, str):
                return url
            limited = answer.status == HTTPStatus.TOO_MANY_REQUESTS
            self._asked_s = wait_s(answer.headers) if limited else 0.0
        self._failures += 1
        log.warning("slack.no_connection", error=reason, failures=self._failures)
        return None

    async def _read(
        self, session: aiohttp.ClientSession, url: str, over: asyncio.Event, stop: asyncio.Event
    ) -> None:
        """One connection; `over` is set when another one is needed."""
        try:
            async with session.ws_connect(
                url, heartbeat=self.heartbeat_s, max_msg_size=MESSAGE_MAX_BYTES
            ) as socket:
                if stop.is_set():  # told while it was being opened: nobody would close it
                    return
                self._open.append(socket)
                try:
                    await self._listen(socket, over)
                finally:
                    self._open.remove(socket)
        except (aiohttp.ClientError, OSError) as error:
            # without its text: that holds the address, which is as good as a password
            log.warning("slack.connection_lost", error=type(error).__name__)
        finally:
            if not over.is_set():
                self._failures += 1
                self.is_up = False
                over.set()

    async def _listen(self, socket: aiohttp.ClientWebSocketResponse, over: asyncio.Event) -> None:
        async with asyncio.TaskGroup() as group:
            try:
                async with asyncio.timeout(None) as until:
                    async for message in socket:
                        said = _envelope(message)
                        match said.get("type"):
                            case "hello":
                                self.is_up, self._failures = True, 0
                                log.info("slack.connected")
                            case "disconnect":
                                log.info("slack.reconnecting", reason=said.get("reason"))
                                until.reschedule(asyncio.get_running_loop().time() + FAREWELL_S)
                                over.set()
                            case _ if said.get("envelope_id"):
                                group.create_task(self._handle(socket, said))
            except TimeoutError:
                pass  # Slack left the old connection open; nothing comes there any more

    async def _handle(self, socket: aiohttp.ClientWebSocketResponse, said: dict[str, Any]) -> None:
        """Let the app hear an event, and give Slack its acknowledgement."""
        payload = said.get("payload")
        answer = await hear(self.app, payload if isinstance(payload, dict) else {})
        if answer.status != HTTPStatus.OK:
            log.warning("slack.unheard", kind=said.get("type"), status=answer.status)
            return
        acknowledged: dict[str, Any] = {"envelope_id": said["envelope_id"]}
        if answer.body:
            acknowledged["payload"] = json.loads(answer.body)
        for way in (socket, *reversed(self._open)):
            try:
                await way.send_json(acknowledged)
            except (aiohttp.ClientError, OSError):
                continue  # this connection has gone meanwhile: any other one will do
            return


def _envelope(message: aiohttp.WSMessage) -> dict[str, Any]:
    """What Slack sent; empty for anything that is no object."""
    if message.type is not aiohttp.WSMsgType.TEXT:
        return {}
    try:
        said = json.loads(message.data)
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}
