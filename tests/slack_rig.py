"""A poster and a listener on the loopback Slack."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from slack_made import TEAM
from slack_server import APP_TOKEN, BOT_TOKEN

from adapters.slack.client import web_client
from adapters.slack.link import Link
from adapters.slack.listen import Listener, bolt_app
from adapters.slack.poster import SlackPoster
from adapters.slack.workspace import OneWorkspace, Workspace
from bot.card.card import Card, CardKind, Para, Run
from bot.world import SystemClock

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping
    from datetime import datetime

    from slack_bolt.async_app import AsyncApp
    from slack_server import Delivery, SlackServer

    from adapters.slack.client import NoAnswer
    from adapters.slack.listen import AnswerFn
    from adapters.slack.turns import Turns
    from adapters.slack.workspace import Workspaces
    from bot.command.request import Request
    from bot.model.channel import ChannelId


class HastyClock(SystemClock):
    """The real clock, on which waits between attempts take a tenth of their time."""

    async def sleep(self, seconds: float) -> None:
        """Wait a tenth."""
        await super().sleep(seconds / 10)


TIMEOUT_S = 0.4
"""Seconds that the tests' client waits for an answer."""


@dataclass
class FreeTurns:
    """Turns that are always free, and a count of those not given back."""

    held: int = 0
    taken: list[ChannelId] = field(default_factory=list)

    async def take(self, channel: ChannelId) -> str | None:
        """A turn."""
        self.taken.append(channel)
        self.held += 1
        return str(len(self.taken))

    async def end(self, channel: ChannelId, turn: str) -> None:
        """It is over."""
        assert self.taken[int(turn) - 1] == channel
        self.held -= 1


def poster_on(
    server: SlackServer, turns: Turns | None = None, token: str = BOT_TOKEN
) -> SlackPoster:
    """A poster whose client gives up soon."""
    client = web_client(token, f"{server.url}/api/", TIMEOUT_S)
    return SlackPoster(OneWorkspace(client), turns or FreeTurns())


@dataclass
class Talk:
    """A listener on the loopback Slack, by Socket Mode, and the payloads that Slack would send."""

    server: SlackServer
    link: Link
    listener: Listener
    removed: list[str]
    stop: asyncio.Event
    number: int = 0

    def _event(self) -> str:
        self.number += 1
        return f"trigger-{self.number}"

    async def command(self, text: str, **given: object) -> tuple[str, Delivery]:
        """Type `/papers …`; the name that its answers come under."""
        name = self._event()
        payload = command_payload(text, name, self.server.response_url(name), **given)
        return name, await self.server.push("slash_commands", payload)

    async def say(self, text: str, **given: object) -> dict[str, Any]:
        """Type a command and get its answer."""
        name, delivery = await self.command(text, **given)
        assert await delivery.ack() == {}
        return (await self.server.replied(name))[0]

    async def press(self, element: Mapping[str, Any], **given: object) -> tuple[str, Delivery]:
        """Press a button, or choose an option of a menu (`option`, its number)."""
        name = self._event()
        payload = press_payload(element, name, self.server.response_url(name), **given)
        return name, await self.server.push("interactive", payload)

    async def submit(
        self, view: Mapping[str, Any], values: Mapping[str, Any], **given: object
    ) -> dict[str, Any]:
        """Send a form; what the acknowledgement says."""
        payload = submit_payload(view, values, self._event(), **given)
        return await (await self.server.push("interactive", payload)).ack()


@asynccontextmanager
async def talking(server: SlackServer, answer: AnswerFn, **given: Any) -> AsyncIterator[Talk]:
    """A listener that is connected while the context lasts, and idle at its end."""
    removed: list[str] = []

    async def forget(team: str, _: datetime | None) -> None:
        removed.append(team)

    workspaces = OneWorkspace(web_client(BOT_TOKEN, f"{server.url}/api/", 5))
    listener = Listener(answer, workspaces, given.pop("removed", forget), **given)
    opener = web_client(APP_TOKEN, f"{server.url}/api/", 5)
    link = Link(bolt_app(listener), opener, HastyClock(), heartbeat_s=0.2)
    stop = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        group.create_task(link.run(stop))
        async with asyncio.timeout(5):
            await server.connected.wait()
        yield Talk(server, link, listener, removed, stop)
        await listener.underway.idle()
        stop.set()


def command_payload(text: str, trigger: str, url: str, **given: object) -> dict[str, Any]:
    """A slash command as Slack sends it."""
    return {
        "token": "verification",
        "team_id": TEAM,
        "team_domain": "acme",
        "channel_id": "C0GENERAL",
        "channel_name": "general",
        "user_id": "U0ADA",
        "user_name": "ada",
        "command": "/papers",
        "text": text,
        "api_app_id": "A0",
        "is_enterprise_install": "false",
        "response_url": url,
        "trigger_id": trigger,
        **given,
    }


def press_payload(
    element: Mapping[str, Any], trigger: str, url: str, **given: object
) -> dict[str, Any]:
    """A pressed button as Slack sends it."""
    option = given.pop("option", None)
    is_private = given.pop("is_private", False)
    action = {key: value for key, value in element.items() if key != "options"}
    if isinstance(option, int):
        action["selected_option"] = element["options"][option]
    return {
        "type": "block_actions",
        "team": {"id": TEAM, "domain": "acme"},
        "user": {"id": "U0ADA", "username": "ada", "team_id": TEAM},
        "channel": {"id": "C0GENERAL", "name": "general"},
        "container": {"type": "message", "is_ephemeral": is_private},
        "is_enterprise_install": False,
        "enterprise": None,
        "actions": [action],
        "response_url": url,
        "trigger_id": trigger,
        **given,
    }


def submit_payload(
    view: Mapping[str, Any], values: Mapping[str, Any], trigger: str, **given: object
) -> dict[str, Any]:
    """A sent form as Slack sends it; `values` by the fields' names."""
    state = {
        name: {name: value if isinstance(value, dict) else {"value": value}}
        for name, value in values.items()
    }
    return {
        "type": "view_submission",
        "team": {"id": TEAM, "domain": "acme"},
        "user": {"id": "U0ADA", "team_id": TEAM},
        "is_enterprise_install": False,
        "view": {**view, "id": "V1", "state": {"values": state}},
        "trigger_id": trigger,
        **given,
    }


def buttons(reply: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Every button and menu of a message: a button by its label, a menu as `menu N`."""
    found: dict[str, dict[str, Any]] = {}
    for at, block in enumerate(reply["blocks"]):
        for one in [*block.get("elements", ()), block.get("accessory", {})]:
            if one.get("type") == "button":
                found.setdefault(one["text"]["text"], one)
            if one.get("type") == "overflow":
                found[f"menu {at}"] = one
    return found


@dataclass
class Heard:
    """The commands that reached an app."""

    commands: list[str] = field(default_factory=list)


class Nowhere:
    """Workspaces for tests that only look at what comes in."""

    async def of(self, team: str) -> Workspace | NoAnswer | None:
        """An installation that cannot be asked anything."""
        return Workspace(team, "U0BOT", "B0", web_client(None, "http://127.0.0.1:9/api/", 0.1))


def heard_app(heard: Heard, workspaces: Workspaces | None = None) -> AsyncApp:
    """The real app; what it hears is noted, and answered with "Said"."""

    async def answer(request: Request) -> Card:
        heard.commands.append(request.text)
        return Card(CardKind.ANSWER, "", (Para((Run("Said"),)),), "Said")

    async def removed(_: str, __: datetime | None) -> None:
        """Nothing to forget."""

    return bolt_app(Listener(answer, workspaces or Nowhere(), removed))
