"""Which channel a command means, for whom."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

import discord
import pytest
from discord_room import Core, a_room, people

from adapters.discord.aim import aim_of, aimed, aimed_card
from bot.card.card import Action, Card, CardKind, Link, Para, Row, Run

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from discord_room import Room
    from simcord import ChannelHandle, MemberActor

    from bot.command.request import Request
    from bot.model.channel import ChannelId

HIDDEN = discord.PermissionOverwrite(view_channel=False)


class Finding:
    """A room in which every search says which channel its words mean."""

    def __init__(self, room: Room, found: list[ChannelId | None]) -> None:
        self.room = room
        self._found = found

    async def of(self, text: str, who: MemberActor | None = None) -> ChannelId | None:
        """The channel that a text means for somebody."""
        await self.room.say("search", who, query=text)
        return self._found[-1]

    def hidden(self, name: str = "hidden") -> ChannelHandle:
        """A channel that only administrators see."""
        everyone = self.room.guild.default_role
        return self.room.guild.create_text_channel(name, overwrites={everyone: HIDDEN})


@asynccontextmanager
async def finding() -> AsyncIterator[Finding]:
    """A room whose answers look a channel up."""
    core = Core()
    found: list[ChannelId | None] = []

    async def answer(request: Request) -> Card:
        text = request.text.removeprefix("/papers search ")
        found.append(await core.askers.find_channel(request, text))
        return Card(CardKind.ANSWER, "", (Para((Run("Found"),)),), "Found")

    async with a_room(core, answer=answer) as room:
        yield Finding(room, found)


async def test_a_channel_by_id_and_by_name() -> None:
    """As Discord writes it, or by a name that one channel alone has."""
    async with finding() as find:
        reading = find.room.guild.create_text_channel("reading")
        for name in ("twice", "twice"):
            find.room.guild.create_text_channel(name)

        assert await find.of(f"<#{reading.id}>") == find.room.at(reading)
        assert await find.of(" #Reading ") == find.room.at(reading)
        assert await find.of("#twice") is None
        assert await find.of("<#1>") is None
        assert await find.of("reading now") is None
        assert await find.of("#") is None


async def test_every_kind_of_channel_that_takes_posts() -> None:
    """Text, voice, announcements, forums and threads; no category."""
    async with finding() as find:
        guild = find.room.guild
        fitting = [
            guild.create_voice_channel("voice"),
            guild.create_news_channel("news"),
            guild.create_forum_channel("forum"),
        ]
        text = find.room.env.bot.get_channel(find.room.channel.id)
        assert isinstance(text, discord.TextChannel)
        await text.create_thread(name="Week 12", type=discord.ChannelType.public_thread)

        for one in [*fitting, *find.room.channel.threads]:
            assert await find.of(f"<#{one.id}>") == find.room.at(one)
        assert await find.of("#week 12") == find.room.at(find.room.channel.threads[0])
        assert await find.of(f"<#{guild.create_category('all').id}>") is None


async def test_only_channels_that_the_asker_may_manage() -> None:
    """For others it is as if they were not there."""
    async with finding() as find:
        hidden = find.hidden()
        reading = find.room.guild.create_text_channel("reading")

        assert await find.of(f"<#{reading.id}>", find.room.bob) is None
        assert await find.of(f"<#{hidden.id}>") is None
        assert await find.of("#hidden") is None


async def test_a_role_that_was_chosen_finds_what_it_sees() -> None:
    """Its people may move things to every channel that they can see."""
    async with finding() as find:
        role = find.room.guild.create_role("Readers")
        dan = find.room.guild.add_member(find.room.env.create_user("dan"), roles=[role])
        reading, hidden = find.room.guild.create_text_channel("reading"), find.hidden()
        before = await find.of("#reading", dan)
        whole = find.room.at().whole
        channels = find.room.core.store.channels
        channels._channels[whole] = replace(await channels.read(whole), managers=(str(role.id),))

        assert before is None
        assert await find.of("#reading", dan) == find.room.at(reading)
        assert await find.of(f"<#{hidden.id}>", dan) is None


async def test_a_private_thread_needs_more() -> None:
    """Who is in it is not known: only those who manage threads mean it."""
    async with finding() as find:
        text = find.room.env.bot.get_channel(find.room.channel.id)
        assert isinstance(text, discord.TextChannel)
        await text.create_thread(name="Secret", type=discord.ChannelType.private_thread)
        managing = discord.Permissions(manage_channels=True, manage_threads=True)
        role = find.room.guild.create_role("T", permissions=managing)
        cleo = find.room.guild.add_member(find.room.env.create_user("cleo"), roles=[role])

        assert await find.of("#secret") is None
        assert await find.of("#secret", cleo) == find.room.at(find.room.channel.threads[0])


async def test_another_servers_channel_is_not_found() -> None:
    """An id of another server means nothing here, also for who manages both."""
    async with finding() as find:
        other = find.room.env.create_guild("Other")
        channel, _, _ = people(find.room.env, other)
        other.add_member(find.room.ada.user, roles=[other.roles["Staff"]])

        assert await find.of(f"<#{channel.id}>") is None
        assert await find.of("#papers") == find.room.at()


async def test_nothing_is_found_when_nobody_asks() -> None:
    """Rights are the asker's: without one there are none."""
    core = Core()
    async with a_room(core) as room:
        await room.say("list")
        (request,) = core.asked

        assert await core.askers.find_channel(request, f"<#{room.channel.id}>") is None
        assert core.askers.underway == {}


# ---------------------------------------------------------------- commands about another channel


@pytest.mark.parametrize(
    ("command", "channel", "text"),
    [
        ("/papers in:12 pause 3", "12", "/papers pause 3"),
        ("/papers in:12 search a\nb", "12", "/papers search a\nb"),
        ("/papers pause 3", None, "/papers pause 3"),
        ("/papers in: pause", None, "/papers in: pause"),
        ("/papers search in:12 x", None, "/papers search in:12 x"),
    ],
)
def test_a_command_says_which_channel_it_is_about(
    command: str, channel: str | None, text: str
) -> None:
    """Only where it stands first, with an id."""
    assert aim_of(command) == (channel, text)


def test_every_button_of_an_answer_is_about_its_channel() -> None:
    """Also those of rows and of the menu; links lead where they led."""
    button = Action("B", "/papers list")
    link = Link("L", "https://arxiv.org/abs/2401.00001")
    row = Row((Run("one"),), (button,))
    card = Card(CardKind.ANSWER, "T", (row,), "T", (button, link), (button,))
    found = aimed_card(card, "12", "forum")
    aim = Action("B", "/papers in:12 list")

    assert found.buttons == (aim, link)
    assert found.more == (aim,)
    assert found.parts[1] == Row((Run("one"),), (aim,))
    assert aim_of(aimed("/papers list", "12")) == ("12", "/papers list")
