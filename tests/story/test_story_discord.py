"""Papers to Discord by real processes, with a stop and a power cut in the middle.

What a dead process had sent is looked for 40 s later, and not before: for the last process it is a
minute later. benchmarks/discord_kills.py kills for minutes, at any moment, by the real clock.
"""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest
from discord_faults import MESSAGES, THREADS, Lost
from discord_link import eventually
from discord_places import (
    ALL_PERMISSIONS,
    FORUM,
    FORUM_ID,
    GENERAL_ID,
    GUILD_ID,
    NEWS_ID,
    PUBLIC_THREAD,
    THREAD_ID,
)
from discord_process import begun, command, env, ingest, killed, started, stopped, subscribe
from discord_server import discord_server
from processes import PATIENCE_S

if TYPE_CHECKING:
    from pathlib import Path

    from discord_server import DiscordServer

CHANNELS = (GENERAL_ID, NEWS_ID, THREAD_ID)
MINUTE_S = 60


async def feed(environ: dict[str, str], folder: Path, *numbers: int) -> None:
    """Let papers come in, those of before among them."""
    await ingest([(number, f"Diffusion {number}") for number in numbers], environ, folder)


async def invited(server: DiscordServer) -> None:
    """Someone subscribes each kind of channel; a forum from another one."""
    forum: dict[str, Any] = {
        "id": str(FORUM_ID),
        "type": FORUM,
        "name": "forum",
        "permissions": str(ALL_PERMISSIONS),
    }
    for place in (*CHANNELS, FORUM_ID):
        is_forum = place == FORUM_ID
        data = subscribe("diffusion", **({"in": place} if is_forum else {}))
        if is_forum:
            data["resolved"] = {"channels": {str(FORUM_ID): forum}}
        where = GENERAL_ID if is_forum else place
        asked = await server.interact(2, data, channel=where)
        await eventually(lambda asked=asked: asked.original and asked.original.edits)  # type: ignore[misc]  # mypy knows no default there
        assert "Subscribed as #1" in json.dumps(asked.shown)


def alerts(server: DiscordServer) -> dict[int, Counter[str]]:
    """How often each paper stands in each channel; in a forum each is a thread's beginning."""
    places = server.guilds[GUILD_ID].places.values()
    in_forum = [one for one in places if one.type == PUBLIC_THREAD and one.parent_id == FORUM_ID]
    shown = {place: server.messages(place) for place in CHANNELS}
    shown[FORUM_ID] = [one for place in in_forum for one in place.messages]
    return {
        place: Counter(
            embed["title"]
            for one in messages
            for embed in one.payload.get("embeds", ())
            if "title" in embed
        )
        for place, messages in shown.items()
    }


def once(*numbers: int) -> dict[int, Counter[str]]:
    """Each of these papers once in each channel."""
    return {place: Counter(f"Diffusion {n}" for n in numbers) for place in (*CHANNELS, FORUM_ID)}


@pytest.mark.timeout(300)
async def test_each_paper_once_in_each_channel_whatever_happens(tmp_path: Path) -> None:
    """Subscribed, fed; stopped and begun; cut between each post and its receipt; fed again.

    Discord forgets each nonce at once, so that nothing but reading back can help.
    """
    async with discord_server(nonce_s=0.0) as server:
        environ = env(server, tmp_path)
        async with started(env=environ, folder=tmp_path) as process:
            await begun(process)
            await server.gateway.until(identifies=1)
            await invited(server)
            await feed(environ, tmp_path, 1, 2)
            await eventually(lambda: alerts(server) == once(1, 2), PATIENCE_S)
            assert (await stopped(process))[0] == 0

        async with started(env=environ, folder=tmp_path) as process:
            await begun(process)
            server.fail(MESSAGES, *[Lost.TAKEN_SILENCE] * len(CHANNELS))
            server.fail(THREADS, Lost.TAKEN_SILENCE)
            await feed(environ, tmp_path, 1, 2, 3)
            await eventually(lambda: alerts(server) == once(1, 2, 3), PATIENCE_S)
            await killed(process)

        async with started(env=environ, folder=tmp_path, later_s=MINUTE_S) as process:
            await begun(process)
            await feed(environ, tmp_path, 1, 2, 3, 4)
            await eventually(lambda: alerts(server) == once(1, 2, 3, 4), 2 * PATIENCE_S)
            status, _ = await stopped(process)

        told = await command("doctor", "--json", "--offline", env=environ, folder=tmp_path)
        books = json.loads(told)["books"]
        assert status == 0
        assert alerts(server) == once(1, 2, 3, 4)
        assert (books["waiting"], books["dead"], books["difference"]) == ("0", "0", "0")
        assert server.syncs == 1
