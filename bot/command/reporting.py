"""list, status, help, sample: how things stand, and what can be done."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

from bot.card.card import Action
from bot.card.paper import PREFIX
from bot.command.due import due
from bot.command.platforms import WEB
from bot.command.reply import Done, Helped, Listed, Problem, Reported
from bot.command.spec import BY_NAME, offered

if TYPE_CHECKING:
    from bot.command.desk import Desk
    from bot.command.read import Typed
    from bot.command.reply import Reply
    from bot.command.request import Request

QUERIES = frozenset({"queries", "query", "language", "syntax", "fields", "search terms"})


async def do_list(desk: Desk, request: Request, typed: Typed) -> Reply:
    """All that is set in the channel."""
    del typed
    channel = await desk.channels.read(request.channel)
    waiting = await desk.outbox.waiting(request.channel)
    return Listed(channel, request.user, waiting)


async def do_status(desk: Desk, request: Request, typed: Typed) -> Reply:
    """Sources, what is due, what waits; the books of all channels only to their one tenant."""
    del typed
    alone = on_local_page(request)
    return Reported(
        feeds=tuple(await desk.feeds.all()),
        watched=tuple(desk.watched()),
        due=due(desk, request),
        waiting_here=await desk.outbox.waiting(request.channel),
        books=await desk.outbox.books() if alone else None,
        channel=await desk.channels.read(request.channel),
        sample=alone and desk.sample is not None,
        put_aside=await desk.outbox.put_aside(request.channel),
    )


def on_local_page(request: Request) -> bool:
    """Whether the asker is the one who runs paperwire, at the local page."""
    return request.channel.platform == WEB


async def do_help(desk: Desk, request: Request, typed: Typed) -> Reply:
    """Help on all, on a command, or on queries."""
    topic = typed.argument.strip().removeprefix("/papers").strip().casefold()
    local = on_local_page(request) and desk.sample is not None
    return help_on(topic, request.channel.platform, local=local)


def help_on(topic: str, platform: str, *, local: bool) -> Helped | Problem:
    """Help on a topic; an unknown one is answered with the nearest."""
    commands = offered(local=local, platform=platform)
    if not topic or topic == "help":
        return Helped(commands, platform=platform)
    if topic in QUERIES:
        return Helped(commands, topic="queries", platform=platform)
    if topic in BY_NAME:
        return Helped(commands, command=BY_NAME[topic].on(platform), platform=platform)
    names = [command.name for command in commands] + ["queries"]
    near = get_close_matches(topic[:40], names, n=1, cutoff=0.5)
    buttons = [Action("Help", f"{PREFIX} help")]
    if near:
        buttons.insert(0, Action(f"Help on {near[0]}", f"{PREFIX} help {near[0]}", primary=True))
    shown = topic if len(topic) <= 40 else topic[:40] + "…"  # noqa: PLR2004 - a card's line
    return Problem(
        "No such topic",
        (
            f"There is no help on {shown}.",
            f"Did you mean {near[0]}?" if near else "Any command is a topic, and so is queries.",
        ),
        buttons=tuple(buttons),
    )


async def do_sample(desk: Desk, request: Request, typed: Typed) -> Reply:
    """Play the built-in day, where there is one."""
    del typed
    if desk.sample is None or not on_local_page(request):
        return Problem("No sample day here", ("The sample day plays on the local page only.",))
    count = await desk.sample()
    said = [f"{count} papers arrive over the next minute; those that match are posted here."]
    channel = await desk.channels.read(request.channel)
    buttons: tuple[Action, ...] = ()
    if not channel.subscriptions:
        said.append("This channel follows nothing yet, so subscribe to something now.")
        text = f'{PREFIX} subscribe "diffusion model"'
        buttons = (Action("Subscribe to diffusion model", text, primary=True),)
    return Done("The sample day begins", tuple(said), buttons=buttons)
