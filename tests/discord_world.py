"""Whole processes of paperwire in a test: matcher, sender and Discord, on one store.

Discord is put together as bot.app does it: the gateway, the listener, the poster, the commands.
"""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from discord_link import ends_at, eventually
from discord_places import ALL_PERMISSIONS, APP_ID, GENERAL_ID, GUILD_ID, TOKEN
from discord_room import buttons, texts
from fakes import FakeArchive
from virtual import FakeChance

from adapters.redis import keys
from bot.app.discord import discord
from bot.app.removal import Removals
from bot.command.desk import Desk, Limits
from bot.command.handle import answer
from bot.flow import deliver, match
from bot.flow.ingest import take
from bot.flow.sender import Sender
from bot.flow.watch import Metrics
from bot.model.channel import ChannelId
from bot.settings import load
from bot.world import SystemClock

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from discord_places import Json, Sent
    from discord_server import DiscordServer, Interaction

    from adapters.redis.store import Store
    from bot.app.discord import Discord
    from bot.model.paper import Paper
    from bot.ports import Clock, Poster

FEED = "arxiv/cs.AI"


def at(number: int) -> ChannelId:
    """The core's name of a channel of the first server."""
    return ChannelId("discord", str(GUILD_ID), str(number))


@dataclass
class Talk:
    """Ada in the loopback Discord, and paperwire on its gateway."""

    server: DiscordServer
    chat: Discord

    async def say(self, name: str, /, *, here: int = GENERAL_ID, **given: Any) -> Interaction:
        """Choose a subcommand with its options, and wait for the whole answer.

        An option that is the id of a channel takes a channel, any other number is an integer.
        """
        values = [_option(self.server, key, value) for key, value in given.items()]
        data: Json = {
            "id": str(APP_ID),
            "name": "papers",
            "type": 1,
            "options": [{"name": name, "type": 1, "options": values}],
        }
        return await self._done(2, {**data, "resolved": _resolved(self.server, given)}, here)

    async def press(self, said: Interaction, label: str, *, here: int) -> Interaction:
        """Press a button of an answer, by the beginning of its label."""
        for sent in shown(said):
            for one, custom_id in buttons(sent.payload["components"]):
                if one.startswith(label):
                    data = {"custom_id": custom_id, "component_type": 2}
                    return await self._done(3, data, here, message=sent)
        raise AssertionError(f"no button {label}")

    async def _done(self, kind: int, data: Json, here: int, **more: Any) -> Interaction:
        before = len(self.server.asked)
        found = await self.server.interact(kind, data, channel=here, **more)
        await eventually(lambda: len(self.server.asked) > before)
        async with asyncio.timeout(10):
            await self.chat.listener.underway.idle()
        return found


def shown(said: Interaction) -> list[Sent]:
    """Every message of an answer."""
    return [*([said.original] if said.original else []), *said.replies]


def read(said: Interaction) -> str:
    """Everything that can be read in an answer."""
    return "\n".join(text for one in shown(said) for text in texts(one.payload["components"]))


def _option(server: DiscordServer, name: str, value: Any) -> Json:
    if isinstance(value, int) and server.place(value) is not None:
        return {"name": name, "type": 7, "value": str(value)}
    if name == "mention":
        return {"name": name, "type": 9, "value": str(value)}
    return {"name": name, "type": 4 if isinstance(value, int) else 3, "value": value}


def _resolved(server: DiscordServer, given: Json) -> Json:
    """What Discord tells of the channels and roles among the options."""
    numbers = [one for one in given.values() if isinstance(one, int)]
    places = [found for one in numbers if (found := server.place(one)) is not None]
    roles = {one for guild in server.guilds.values() for one in guild.roles}
    every = str(ALL_PERMISSIONS)
    return {
        "channels": {str(one.id): {**one.json(), "permissions": every} for one in places},
        "roles": {str(one): {"id": str(one)} for one in numbers if one in roles},
    }


@dataclass
class DiscordWorld:
    """A store and a Discord that outlive the processes; `posters` are those beside Discord's."""

    store: Store
    server: DiscordServer
    clock: Clock = field(default_factory=SystemClock)
    archive: FakeArchive = field(default_factory=FakeArchive)
    posters: dict[str, Poster] = field(default_factory=dict)
    alerts_per_day: int = 30
    generation: int = 0

    @asynccontextmanager
    async def process(self) -> AsyncIterator[Talk]:
        """One process with every role, until the context ends."""
        self.generation += 1
        owner, chance, metrics = f"p{self.generation}", FakeChance(self.generation), Metrics()
        store, stop, queued = self.store, asyncio.Event(), asyncio.Event()
        async with ends_at(self.server):
            chat = self._chat(chance)
            assert await chat.connected() is None
            sender = Sender(
                {"discord": chat.poster, **self.posters},
                store.outbox,
                store.papers,
                self.archive,
                store.channels,
                self.clock,
                chance,
                owner,
                metrics,
                alerts_per_day=self.alerts_per_day,
                idle_s=0.05,
            )
            matching = match.run(
                store.papers,
                store.channels,
                store.outbox,
                self.clock,
                owner,
                stop,
                queued,
                metrics,
                wait_s=0.05,
            )
            loops: list[Callable[[], Awaitable[None]]] = [*chat.loops(stop).values()]
            async with asyncio.TaskGroup() as group:
                for one in loops:
                    group.create_task(_run(one))
                group.create_task(matching)
                group.create_task(deliver.run(sender, stop, queued))
                await eventually(lambda: chat.gateway.is_up)
                yield Talk(self.server, chat)
                await chat.listener.underway.idle()
                stop.set()
            await chat.close()

    def _chat(self, chance: FakeChance) -> Discord:
        store = self.store
        settings = load(
            discord_token=TOKEN,
            discord_api_url=self.server.url,
            discord_gateway_url=self.server.gateway.url,
        )
        desk = Desk(
            channels=store.channels,
            outbox=store.outbox,
            papers=store.papers,
            archive=self.archive,
            feeds=store.feeds,
            leases=store.leases,
            clock=self.clock,
            chance=chance,
            limits=Limits(previews=1000),
            recent=store.recent,
        )
        grace = timedelta(days=7)
        chat = discord(
            settings,
            store,
            lambda confirm, find: partial(
                answer, replace(desk, confirm=confirm, find_channel=find)
            ),
            self.clock,
            chance,
            Removals(store, self.clock, chance.token(), grace, self.clock.now()),
        )
        assert chat is not None
        return chat

    async def feed(self, *papers: Paper) -> None:
        """Let a source show papers."""
        await self.archive.add(papers, None)
        await take(papers, FEED, self.store.papers, self.clock, baseline=False)

    async def settled(self) -> None:
        """Wait until all papers are matched, the outbox is empty and its books balance."""
        async with asyncio.timeout(60):
            while True:
                await self.clock.sleep(0.1)
                is_matched = await self._is_matched()
                books = await self.store.outbox.books()
                if is_matched and not books.waiting:
                    break
        assert books.difference == 0
        assert books.dead == 0

    async def _is_matched(self) -> bool:
        """Whether the matchers have had every paper, and queued its alerts."""
        (group,) = await self.store.link.command("XINFO", "GROUPS", keys.STREAM)
        facts = dict(zip(group[::2], group[1::2], strict=True))
        return bool(facts[b"lag"] == 0 and facts[b"pending"] == 0)


async def _run(loop: Callable[[], Awaitable[None]]) -> None:
    await loop()
