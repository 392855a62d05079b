"""Two workspaces on one paperwire: neither sees or changes anything of the other."""

from __future__ import annotations

import random  # noqa: TID251 - seeded, to make commands
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from asking import World, desk_of, paper
from slack_made import TEAM
from slack_rig import command_payload
from virtual import FakeChance

from adapters.slack.render import render_answer
from adapters.slack.who import as_typed, asker_of, find_channel, request_of
from bot.command.handle import answer

if TYPE_CHECKING:
    from bot.command.desk import Desk

OTHER = "T0OTHER"
TEXTS = (
    *("subscribe diffusion", "subscribe graphs --name G", "subscribe cat:cs.CV", "list", "log"),
    *(
        "pause",
        "pause 1",
        "resume",
        "resume 1",
        "unsubscribe 1",
        "unsubscribe 2",
        "undo",
    ),
    *("mute robotics", "unmute robotics", "edit 1 video", "search diffusion", "latest 1", "help"),
    *("status", "sample"),
    *("move <#C0READING|reading>", "move <#C0GENERAL|general>", "why 2602.00001", "post-latest 1"),
    *("preview graphs", "show 2602.00001", "undo 1", "mute-from 2602.00001", "page list:x 1"),
)
_CHANGE = re.compile(r"\b1772\d{9}-\d+")
"""The fake store numbers the changes of all tenants together; the real one by time alone."""

PAPERS = (paper(1, "Diffusion models for video"), paper(2, "Graphs without edges"))


@dataclass(frozen=True, slots=True)
class Line:
    """One command of one workspace."""

    team: str
    channel: str
    text: str


def script(chance: random.Random, team: str, size: int) -> list[Line]:
    """Random commands, also ones that name the other workspace's channels."""
    channels = ("C0GENERAL", "C0READING")
    return [Line(team, chance.choice(channels), chance.choice(TEXTS)) for _ in range(size)]


async def seen_by(team: str, lines: list[Line]) -> str:
    """All that a workspace was answered, and all that is stored for it, as one text."""
    world = World()
    await world.know(*PAPERS)
    desks: dict[str, Desk] = {
        # each has its own dice, as what is drawn for one must not shift what the other draws
        name: replace(
            desk_of(world.store, find_channel=find_channel), chance=FakeChance(len(name))
        )
        for name in (TEAM, OTHER)
    }
    said = []
    for place, line in enumerate(lines):
        payload = command_payload(
            line.text, f"{line.team}-{place}", "", team_id=line.team, channel_id=line.channel
        )
        asker = asker_of(payload)
        assert asker is not None
        request = request_of(asker, as_typed(line.text), may_manage=True)
        card = await answer(desks[line.team], replace(request, id=None))
        if line.team == team:
            said.append(repr(render_answer(card, line.text)))
    found = [one async for one in world.store.channels.all() if one.id.tenant == team]
    kept = sorted(repr(channel) for channel in found)
    return _CHANGE.sub("change", "\n".join([*said, *kept]))


async def interfering(seed: int) -> bool:
    """Whether anything of A differs when B gives its own commands in between."""
    chance = random.Random(seed)  # noqa: S311 - seeded
    ours, theirs = script(chance, TEAM, 6), script(chance, OTHER, 6)
    mixed = list(ours)
    places = sorted(chance.randrange(len(ours) + 1) for _ in theirs)
    for shift, (place, line) in enumerate(zip(places, theirs, strict=True)):
        mixed.insert(place + shift, line)
    return await seen_by(TEAM, ours) != await seen_by(TEAM, mixed)


async def test_workspaces_do_not_interfere() -> None:
    """What A sees and what is stored for A is the same, letter by letter, with and without B."""
    assert [seed for seed in range(1000) if await interfering(seed)] == []


async def test_another_workspaces_number_is_unknown() -> None:
    """A subscription of the other workspace is answered as if it were not there."""
    theirs = [Line(OTHER, "C0GENERAL", "subscribe diffusion")]
    ours = [Line(TEAM, "C0GENERAL", text) for text in ("unsubscribe 1", "edit 1 x", "list")]

    assert await seen_by(TEAM, ours) == await seen_by(TEAM, theirs + ours)
    assert "diffusion" not in await seen_by(TEAM, theirs + ours)


async def test_status_tells_nothing_of_others() -> None:
    """What waits in another workspace is not told."""
    theirs = [Line(OTHER, "C0GENERAL", text) for text in ("subscribe diffusion", "post-latest 1")]
    ours = [Line(TEAM, "C0GENERAL", "status")]

    assert await seen_by(TEAM, ours) == await seen_by(TEAM, theirs + ours)
