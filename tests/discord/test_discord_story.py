"""From an invitation to alerts in Discord, over restarts, in each kind of channel."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest
from discord_faults import MESSAGES
from discord_places import (
    FORUM_ID,
    GENERAL_ID,
    GUILD_ID,
    NEWS_ID,
    READING_ID,
    THREAD_ID,
    VOICE_ID,
)
from discord_server import discord_server
from discord_world import DiscordWorld, at, read
from slack_made import paper

from bot.model.paper import PaperId

if TYPE_CHECKING:
    from discord_places import Place
    from discord_server import DiscordServer

    from adapters.redis.store import Store
    from bot.model.paper import Paper

ROLE_ID = 600000000000000001
EDIT = "PATCH /webhooks/{webhook_id}/{webhook_token}/messages/@original"
FOLLOWING = {
    GENERAL_ID: "diffusion",
    NEWS_ID: "graphs",
    VOICE_ID: "diffusion",
    THREAD_ID: "diffusion OR graphs",
    FORUM_ID: "graphs OR diffusion",
    READING_ID: "heat OR edges",
}
"""What each channel follows."""


def batch(first: int) -> tuple[Paper, ...]:
    """Six papers: four of diffusion, two of graphs."""
    titles = ("Diffusion of heat", "A diffusion model", "Graphs without edges")
    return tuple(
        paper(f"{titles[n % 3]}, part {n}", id=PaperId(f"arxiv:2603.{first + n:05d}"))
        for n in range(6)
    )


def wanted(*batches: tuple[Paper, ...]) -> dict[int, list[str]]:
    """Titles by channel, sorted: each paper that matches there, once."""
    words = {
        number: {word.lower() for word in query.split(" OR ")}
        for number, query in FOLLOWING.items()
    }
    return {
        number: sorted(
            one.title
            for papers in batches
            for one in papers
            if some & {*one.title.lower().replace(",", "").split()}
        )
        for number, some in words.items()
    }


def posted(server: DiscordServer) -> dict[int, list[str]]:
    """The titles of the papers that stand in each channel, sorted."""
    return {
        number: sorted(
            embed["title"]
            for sent in server.messages(number)
            for embed in sent.payload["embeds"]
            if "url" in embed
        )
        for number in FOLLOWING
    }


def threads(server: DiscordServer) -> list[Place]:
    """The posts of the forum that are papers."""
    places = server.guilds[GUILD_ID].places.values()
    return [
        one
        for one in places
        if one.parent_id == FORUM_ID and "url" in one.messages[0].payload["embeds"][0]
    ]


async def follow(world: DiscordWorld) -> None:
    """Subscribe each channel: from within it, from elsewhere, from a search's answer."""
    server = world.server
    server.guilds[GUILD_ID].roles[ROLE_ID] = "Readers"
    invited = server.guilds.pop(GUILD_ID)
    async with world.process() as talk:
        await server.add_guild(invited)
        for number in (GENERAL_ID, VOICE_ID, THREAD_ID):
            await talk.say("subscribe", here=number, query=FOLLOWING[number])
        await talk.say("subscribe", here=NEWS_ID, query=FOLLOWING[NEWS_ID], mention=ROLE_ID)
        there: dict[str, Any] = {"in": FORUM_ID, "tag": "Diffusion, Graphs"}
        await talk.say("subscribe", query=FOLLOWING[FORUM_ID], **there)
        await world.archive.add(batch(1), None)
        found = await talk.say("search", here=READING_ID, query=FOLLOWING[READING_ID])
        await talk.press(found, "Subscribe", here=READING_ID)


async def test_a_subscription_begins_with_a_line_that_all_see(store: Store) -> None:
    """In each kind of channel one post names the query, before the asker hears of it."""
    async with discord_server() as server:
        await follow(DiscordWorld(store, server))
        lines = {
            number: [str(sent.payload["embeds"]) for sent in server.messages(number)]
            for number in FOLLOWING
        }
        order = [one.route for one in server.asked]

        for number, query in FOLLOWING.items():
            (line,) = lines[number]
            assert f"`{query}`" in line
            assert "new papers that match are posted here" in line
        assert order.index(MESSAGES) < order.index(EDIT)
        stored = [one async for one in store.channels.all()]
        assert {one.id for one in stored} == {at(number) for number in FOLLOWING}


async def test_each_paper_comes_once_to_each_channel(store: Store) -> None:
    """Subscribe; a batch; a stop in its middle; a start; the batch again, and a next one."""
    first, second = batch(11), batch(21)
    async with discord_server() as server:
        world = DiscordWorld(store, server)
        await follow(world)
        confirmed = server.count(MESSAGES)
        async with world.process():
            await world.feed(*first)
            await server.until(lambda: server.count(MESSAGES) >= confirmed + 5, 30)
        middle = sum(map(len, posted(server).values()))
        async with world.process():
            await world.feed(*first)
            await world.settled()
            after = posted(server)
            await world.feed(*first, *second)
            await world.settled()

        assert 5 <= middle < sum(map(len, wanted(first).values()))
        assert after == wanted(first)
        assert posted(server) == wanted(first, second)
        assert {tuple(one.applied) for one in threads(server)} == {(501, 502)}
        assert len(threads(server)) == 12


async def test_nobody_is_called_but_whom_a_subscription_names(store: Store) -> None:
    """One channel's alerts call one role; everything else calls nobody and is silent."""
    async with discord_server() as server:
        world = DiscordWorld(store, server)
        await follow(world)
        async with world.process():
            await world.feed(*batch(11))
            await world.settled()
        called = Counter(
            (number, str(sent.payload.get("content") or ""))
            for number in FOLLOWING
            for sent in server.messages(number)
            if sent.payload["allowed_mentions"] != {"parse": []}
            or not sent.payload.get("flags", 0) & 4096
        )
        bodies = [one.body for one in server.asked if isinstance(one.body, dict)]
        sent = [body.get("message") or body.get("data") or body for body in bodies]
        told = [one for one in sent if {"content", "embeds", "components"} & {*one}]

        assert called == {(NEWS_ID, f"<@&{ROLE_ID}>"): 2}
        assert len(told) > 20
        for one in told:
            assert one["allowed_mentions"]["parse"] == []
            assert one["allowed_mentions"].get("users", []) == []
            assert set(one["allowed_mentions"].get("roles", [])) <= {str(ROLE_ID)}


@pytest.mark.parametrize("number", [GENERAL_ID, THREAD_ID, FORUM_ID])
async def test_where_it_may_not_post_nothing_is_stored(store: Store, number: int) -> None:
    """The answer names the right that is missing; given it, *Try again* does it at once."""
    async with discord_server() as server:
        world = DiscordWorld(store, server)
        server.channel(number).rights.discard("send")
        async with world.process() as talk:
            refused = await talk.say("subscribe", query="diffusion", **{"in": number})
            stored = [one async for one in store.channels.all()]
            server.channel(number).rights.add("send")
            made = await talk.press(refused, "Try again", here=GENERAL_ID)

        assert "Send Messages" in read(refused)
        assert stored == []
        assert "Subscribed as #1" in read(made)
        assert len(server.messages(number)) == 1
        assert (await store.channels.read(at(number))).subscriptions[0].query == "diffusion"
