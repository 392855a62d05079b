"""A simulated Discord with a server and people in it, and the real listener and core behind it."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import discord
import simcord
from asking import NOON, desk_of
from fakes import FakeStore, StoppedClock

from adapters.discord.ids import unpack
from adapters.discord.listen import Listener
from adapters.discord.tree import commands
from adapters.discord.who import Askers
from bot.command.declare import Names
from bot.command.handle import answer
from bot.model.channel import ChannelId
from bot.ports import PaperRecord, PaperWrite

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Mapping

    from simcord import ChannelHandle, Env, GuildHandle, InteractionResult, MemberActor

    from bot.card.card import Card
    from bot.command.desk import Desk
    from bot.command.request import Request
    from bot.model.channel import Channel, UserId
    from bot.model.paper import Paper


def client_of(listener: Listener) -> discord.Client:
    """A client that hears for a listener, and registers the commands when it logs in."""

    class Client(discord.Client):
        async def setup_hook(self) -> None:
            """Register what the listener hears."""
            assert self.application_id is not None
            await self.http.bulk_upsert_global_commands(self.application_id, commands())

    client = Client(
        intents=discord.Intents(guilds=True),
        member_cache_flags=discord.MemberCacheFlags.none(),
        max_messages=None,
        chunk_guilds_at_startup=False,
    )
    client.event(listener.on_interaction)
    return client


@dataclass
class Core:
    """The core on a store of fakes, and a listener on it; `asked` notes every request."""

    clock: StoppedClock = field(default_factory=lambda: StoppedClock(NOON))
    store: FakeStore = field(init=False)
    desk: Desk = field(init=False)
    askers: Askers = field(init=False)
    asked: list[Request] = field(default_factory=list)

    def __post_init__(self) -> None:
        """One store for all."""
        self.store = FakeStore(self.clock)
        self.askers = Askers(self._managers)
        self.desk = desk_of(
            self.store, find_channel=self.askers.find_channel, recent=self.store.recent
        )

    def listener(self, **given: Any) -> Listener:
        """A listener, as a process makes it."""
        values: dict[str, Any] = {
            "answer": self._answer,
            "names": self._names,
            "channel": self.store.channels.read,
            "texts": self.store.button_texts,
            "askers": self.askers,
            **given,
        }
        return Listener(**values)

    async def know(self, *papers: Paper) -> None:
        """Let papers be seen."""
        await self.store.archive.add(papers, None)
        seen = frozenset({"arxiv/cs.CV"})
        records = [PaperRecord(one.id, 0, self.clock.now(), seen, 1, one) for one in papers]
        await self.store.papers.remember([PaperWrite(record, None) for record in records])

    async def _answer(self, request: Request) -> Card:
        self.asked.append(request)
        return await answer(self.desk, request)

    async def _managers(self, channel: ChannelId) -> frozenset[str]:
        return frozenset((await self.store.channels.read(channel.whole)).managers)

    async def _names(self, channel: ChannelId, user: UserId) -> Names:
        found = await self.store.channels.read(channel)
        return Names(
            subscriptions=tuple((s.number, s.name or s.query) for s in found.subscriptions),
            muted=found.muted,
            local=False,
            recent=tuple(await self.store.recent.of(channel, user)),
            platform="discord",
        )


@dataclass
class Room:
    """A server with a channel, Ada who may manage it, and Bob who may not."""

    env: Env
    core: Core
    guild: GuildHandle
    channel: ChannelHandle
    ada: MemberActor
    bob: MemberActor

    def at(self, channel: ChannelHandle | None = None) -> ChannelId:
        """The core's name of a channel."""
        return ChannelId("discord", str(self.guild.id), str((channel or self.channel).id))

    async def set_there(self, channel: ChannelHandle | None = None) -> Channel:
        """What is set in a channel."""
        return await self.core.store.channels.read(self.at(channel))

    async def queries(self, channel: ChannelHandle | None = None) -> list[str]:
        """The queries that a channel follows."""
        return [one.query for one in (await self.set_there(channel)).subscriptions]

    async def say(self, name: str, who: MemberActor | None = None, /, **given: Any) -> Shown:
        """Choose a subcommand, by default as Ada."""
        actor = who or self.ada
        return Shown(await actor.slash(self.channel, f"papers {name}", **given))

    async def press(self, shown: Shown, label: str, who: MemberActor | None = None) -> Shown:
        """Press a button by its label."""
        for message in shown.messages:
            custom_id = dict(buttons(message.components)).get(label)
            if custom_id is not None:
                actor = who or self.ada
                return Shown(await actor.click(message, custom_id=custom_id))
        raise AssertionError(f"no button {label}: {shown.labels}")


@dataclass
class Shown:
    """What an interaction was answered with."""

    result: InteractionResult

    @property
    def messages(self) -> list[Any]:
        """Every message of the answer; that with the button only where it was changed alone."""
        kind = self.result._interaction.response_kind
        if kind == "deferred_update" and self.result.followups:
            return list(self.result.followups)
        first = [self.result.response] if self.result.response is not None else []
        return [*first, *self.result.followups]

    @property
    def text(self) -> str:
        """Everything that can be read in it."""
        return "\n".join(line for one in self.messages for line in texts(one.components))

    @property
    def labels(self) -> list[str]:
        """Every button's label."""
        return [label for one in self.messages for label, _ in buttons(one.components)]

    @property
    def is_private(self) -> bool:
        """Whether the asker alone sees all of it."""
        return all(one.ephemeral for one in self.messages)

    @property
    def form(self) -> dict[str, Any]:
        """The form that was opened."""
        assert self.result.modal is not None, self.text
        return self.result.modal


def walk(components: Any) -> Iterator[Mapping[str, Any]]:
    """Every component, from the outside in."""
    for one in components:
        yield one
        yield from walk(one.get("components") or ())
        for name in ("accessory", "component"):
            if isinstance(one.get(name), dict):
                yield from walk([one[name]])


def texts(components: Any) -> Iterator[str]:
    """Every text of a message."""
    for one in walk(components):
        if one.get("type") == 10:
            yield one["content"]


def buttons(components: Any) -> Iterator[tuple[str, str]]:
    """Label and custom id of every button."""
    for one in walk(components):
        if one.get("type") == 2 and "custom_id" in one:
            yield one["label"], one["custom_id"]


def fields(form: Mapping[str, Any]) -> dict[str, Any]:
    """What stands in a form's fields, by their names."""
    found: dict[str, Any] = {}
    for one in walk(form["components"]):
        if one.get("type") == 22:
            found[one["custom_id"]] = [o["value"] for o in one["options"] if o.get("default")]
        elif one.get("type") == 7:
            found[one["custom_id"]] = [o["id"] for o in one.get("default_values") or ()]
        elif "custom_id" in one:
            found[one["custom_id"]] = one.get("value", "")
    return found


@asynccontextmanager
async def a_room(core: Core | None = None, **given: Any) -> AsyncIterator[Room]:
    """A server where paperwire is, while the context lasts."""
    core = core or Core()
    async with simcord.run(client_of(core.listener(**given))) as env:
        guild = env.create_guild("Lab")
        yield Room(env, core, guild, *people(env, guild))


def people(env: Env, guild: GuildHandle) -> tuple[ChannelHandle, MemberActor, MemberActor]:
    """A channel, one who may manage it, and one who may not."""
    channel = guild.create_text_channel("papers")
    managing = guild.create_role("Staff", permissions=discord.Permissions(manage_channels=True))
    ada = guild.add_member(env.create_user(f"ada{guild.id}"), roles=[managing])
    bob = guild.add_member(env.create_user(f"bob{guild.id}"))
    return channel, ada, bob


def verb_of(custom_id: str) -> str:
    """What pressing a button does."""
    pressed = unpack(custom_id)
    assert pressed is not None
    return pressed.verb
