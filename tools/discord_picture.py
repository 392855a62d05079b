"""Draws cards as Discord shows them, to be looked at: python tools/discord_picture.py FOLDER.

The cards are real answers about the built-in sample day; simcord stands in for Discord, the
system's chromium draws. Nothing is asked of any network.
"""

from __future__ import annotations

import asyncio
import logging
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
sys.path.insert(0, str(Path(__file__).parents[1]))

import discord
import playwright.async_api
import simcord
from asking import NOON, World
from discord.http import Route

from adapters.discord.render import render_answer, render_forum, render_post
from adapters.sources.sample import sample_day
from bot.card.alert import alert_card, list_card
from bot.card.post import PaperList
from bot.model.alert import Alert, PostKey, Reason
from bot.model.channel import ChannelId
from bot.model.subscription import SubscriptionId

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from adapters.discord.render import Payload
    from bot.card.card import Card
    from bot.model.paper import Paper

CHROMIUM: Final = "/usr/bin/chromium"
PHONE: Final = (420, 1100)
DESK: Final = (600, 900)
MARK: Final = "abcdefghijklmnopqrstuvwx"
WORDS: Final = ("cat:cs.CL -survey --name Language", "title:agent", "gaussian splatting", "RAG")
HERE: Final = ChannelId("discord", "1", "2")


@dataclass
class Drawn:
    """One channel of simcord's, and where its pictures go."""

    http: discord.http.HTTPClient
    preview: Any
    channel: int
    folder: Path
    mode: str = "surface"

    async def draw(self, name: str, payloads: Sequence[Payload]) -> None:
        """Post the messages and draw each, as on a phone and as on a desk."""
        for at, payload in enumerate(payloads):
            route = Route("POST", "/channels/{channel_id}/messages", channel_id=self.channel)
            posted = await self.http.request(route, json=payload)
            await self.shoot(f"{name}{at or ''}", int(posted["id"]))

    async def shoot(self, name: str, message: int) -> None:
        """Draw one message."""
        for kind, viewport in (("phone", PHONE), ("desk", DESK)):
            await self.preview.screenshot(
                self.folder / f"{name}-{kind}.png",
                target=message,
                viewport=viewport,
                mode=self.mode,
                allow_incomplete=True,
            )


async def keep(command: str) -> str:
    """A key, as the store would give one."""
    return f"{len(command):016}".translate(str.maketrans("0123456789", "abcdefghij"))


async def cards(papers: Sequence[Paper]) -> list[tuple[str, Sequence[Payload]]]:
    """What is drawn."""
    world = await World().know(*papers)
    made: list[tuple[str, Sequence[Payload]]] = [
        ("alert", [await render_post(_alert(papers[0], "experts"), MARK, keep)]),
        ("list", [await render_post(_list(papers[:12]), MARK, keep)]),
    ]
    asked = {
        "subscribe": 'subscribe "language model" OR diffusion',
        **{f"subscribe{n}": f"subscribe {word}" for n, word in enumerate(WORDS, 2)},
        "list-short": "list",
        "search": "search model",
        "show": f"show {papers[0].id}",
        "cite": f"cite {papers[0].id}",
        "why": f"why {papers[0].id}",
        "mute-from": f"mute-from {papers[0].id}",
        "mute": "mute robotics",
        "log": "log",
        "status": "status",
        "error": "subscribe diffusion OR OR model",
        "help": "help",
        "help-subscribe": "help subscribe",
        "help-queries": "help queries",
        "more": f"more {papers[0].id}",
    }
    for name, command in asked.items():
        text = f"/papers {command}"
        made.append((name, await render_answer(await world.ask(text), keep, asked=text)))
    return made


def _alert(paper: Paper, word: str) -> Card:
    reason = Reason(SubscriptionId("s1"), 1, word, (word,))
    return alert_card(Alert(PostKey(paper.id), HERE, paper.id, (reason,), NOON), paper)


def _list(papers: Sequence[Paper]) -> Card:
    reason = Reason(SubscriptionId("s1"), 2, "model", ("model",))
    alerts = tuple(Alert(PostKey(p.id), HERE, p.id, (reason,), NOON) for p in papers)
    made = PaperList(PostKey("list:abcdefghijkl"), HERE, alerts, NOON)
    return list_card(made, {paper.id: paper for paper in papers})


def _use_chromium() -> None:
    """Let simcord's browser be the system's: it offers no setting for it."""
    launch: Callable[..., Awaitable[Any]] = playwright.async_api.BrowserType.launch

    async def start(self: Any, **given: Any) -> Any:
        args = ["--no-sandbox", "--disable-background-networking"]
        return await launch(self, **given, executable_path=CHROMIUM, args=args)

    playwright.async_api.BrowserType.launch = start  # type: ignore[method-assign]  # as above


async def main(folder: Path) -> None:
    """Draw everything into the folder."""
    _use_chromium()
    logging.disable(logging.CRITICAL)
    papers = sample_day(NOON)
    bot = discord.Client(intents=discord.Intents(guilds=True))
    async with simcord.run(bot) as env:
        env.backend.bot_user.name = "paperwire"
        await env.advance_time((NOON - env.now()).total_seconds())
        guild = env.create_guild("Reading group")
        reader = guild.add_member(env.create_user("ada"))
        channel, forum = guild.create_text_channel("papers"), guild.create_forum_channel("forum")
        post = await render_forum(_alert(papers[0], "experts"), MARK, keep)
        async with env.preview(channel, viewers=[reader]) as preview:
            drawn = Drawn(bot.http, preview, channel.id, folder)
            for name, payloads in await cards(papers):
                await drawn.draw(name, payloads)
        route = Route("POST", "/channels/{channel_id}/threads", channel_id=forum.id)
        body = {"name": post.name, "message": post.message}
        made = await bot.http.request(route, json=body)
        (thread,) = (one for one in forum.threads if one.id == int(made["id"]))
        async with env.preview(thread, viewers=[reader], layout="channel") as preview:
            drawn = Drawn(bot.http, preview, thread.id, folder, mode="viewport")
            await drawn.shoot("forum", int(made["message"]["id"]))


if __name__ == "__main__":
    Path(sys.argv[1]).mkdir(parents=True, exist_ok=True)
    asyncio.run(main(Path(sys.argv[1])))
