"""What a button or a form is about, when it does not stand in the channel that it is about."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import discord
from asking import paper
from discord_limits import form_problems
from discord_places import FORUM_ID, GUILD_ID
from discord_room import a_room, buttons
from discord_server import discord_server
from discord_world import DiscordWorld, at, read

from adapters.discord.forms import Form, form_of, typed_in

if TYPE_CHECKING:
    from discord_places import Place, Sent
    from discord_server import DiscordServer, Interaction
    from discord_world import Talk

    from adapters.redis.store import Store

PAPER = paper(11, title="Diffusion of heat")


def posts(server: DiscordServer) -> list[Place]:
    """The forum's posts, the oldest first."""
    places = server.guilds[GUILD_ID].places.values()
    return [one for one in places if one.parent_id == FORUM_ID]


async def pressed(talk: Talk, post: Sent, label: str) -> Interaction:
    """Ada presses a button of a forum's post, in the thread that the post is."""
    custom_id = dict(buttons(post.payload["components"]))[label]
    data = {"custom_id": custom_id, "component_type": 2}
    return await talk._done(3, data, post.channel_id, message=post)


async def test_a_forums_post_is_about_the_forum(store: Store) -> None:
    """Buttons and commands in it tell of the forum's subscriptions and mute there."""
    async with discord_server() as server:
        world = DiscordWorld(store, server)
        async with world.process() as talk:
            await talk.say("subscribe", query="diffusion", **{"in": FORUM_ID})
            await world.feed(PAPER)
            await world.settled()
            line, alert = (one.messages[0] for one in posts(server))
            listed = await pressed(talk, line, "List")
            # each answer takes the place of the menu that asked for it
            why = await pressed(talk, alert, "More")
            await talk.press(why, "Why", here=alert.channel_id)
            words = await pressed(talk, alert, "More")
            await talk.press(words, "Mute a word", here=alert.channel_id)
            await talk.press(words, "Mute", here=alert.channel_id)

            typed = await talk.say("list", here=alert.channel_id)

        assert "1 subscription" in read(listed)
        assert "1 subscription" in read(typed)
        assert "Why this paper" in read(why)
        assert len((await store.channels.read(at(FORUM_ID))).muted) == 1
        assert (await store.channels.read(at(alert.channel_id))).muted == ()


async def test_a_name_of_several_words_is_one_name() -> None:
    """An edit changes the subscription of that name, not one whose name it begins with."""
    async with a_room() as room:
        await room.say("subscribe", query="diffusion", name="Image")
        await room.say("subscribe", query="robots", name="Image generation")
        await room.say("edit", subscription="Image generation", name="Robots")
        found = [(one.name, one.query) for one in (await room.set_there()).subscriptions]

        assert found == [("Image", "diffusion"), ("Robots", "robots")]


async def test_quotes_around_a_name_are_no_part_of_it() -> None:
    """People write them as they would in one line; two alone take the name away."""
    async with a_room() as room:
        await room.say("subscribe", query="diffusion", name='"Image generation"')
        (made,) = (await room.set_there()).subscriptions
        await room.say("edit", subscription="1", name='""')
        (bare,) = (await room.set_there()).subscriptions

        assert made.name == "Image generation"
        assert bare.name is None


async def test_managing_roles_are_chosen_from_a_list() -> None:
    """*Choose* opens a list of the server's roles with those that are chosen; none is none."""
    async with a_room() as room:
        manage = discord.Permissions(manage_guild=True)
        boss = room.guild.create_role("Boss", permissions=manage)
        eve = room.guild.add_member(room.env.create_user("eve"), roles=[boss])
        readers = room.guild.create_role("Readers")
        form = (await room.press(await room.say("managers", eve), "Choose", eve)).form
        (row,) = form["components"]
        data = {"custom_id": form["custom_id"], "components": [chosen(row, str(readers.id))]}
        text = typed_in(the_form(form), data)
        await room.say("managers", eve, role=readers)
        again = (await room.press(await room.say("managers", eve), "Choose", eve)).form

        assert row["component"]["type"] == 6
        assert text == f"/papers managers <@&{readers.id}>"
        assert typed_in(the_form(form), {"components": [chosen(row)]}) == "/papers managers none"
        (now,) = again["components"]
        assert [one["id"] for one in now["component"]["default_values"]] == [str(readers.id)]
        assert form_problems(again) == []


def chosen(row: dict[str, Any], *ids: str) -> dict[str, Any]:
    """A field of a form, as it is sent with these."""
    return {**row, "component": {**row["component"], "values": list(ids)}}


def the_form(shown: dict[str, Any]) -> Form:
    """What a form that is shown makes."""
    form = form_of(shown["custom_id"])
    assert form is not None
    return form
