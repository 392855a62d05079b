"""One command, from what was typed to the card that answers it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Final, TypeAlias

from bot.card.card import Action, Mark, Para, Run
from bot.card.paper import PREFIX
from bot.command.ambiguous import do_ambiguous
from bot.command.auditing import do_log, do_undo
from bot.command.desk import Desk
from bot.command.finding import (
    do_cite,
    do_latest,
    do_more,
    do_page,
    do_search,
    do_show,
    do_why,
)
from bot.command.managing import do_managers
from bot.command.moving import do_move
from bot.command.muting import do_mute, do_mute_from, do_unmute
from bot.command.pausing import do_pause, do_resume
from bot.command.previewing import do_post_latest, do_preview
from bot.command.read import Typed, read
from bot.command.reply import Listed, Problem, Reply
from bot.command.reporting import do_help, do_list, do_sample, do_status, help_on, on_local_page
from bot.command.request import Request
from bot.command.say import say
from bot.command.say_state import pause_text
from bot.command.spelling import example_on, usage_on
from bot.command.subscribing import (
    do_edit,
    do_subscribe,
    do_unsubscribe,
)
from bot.model.errors import ArchiveDown, StoreDown

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.card.card import Card
    from bot.command.declare import Command
    from bot.model.channel import Pause

SEEN_S: Final = 900
"""Platforms repeat an event for some minutes when our answer was lost."""

TOLD_S: Final = 24 * 3600.0
REASON_MAX: Final = 200
BUTTONS_MAX: Final = 5

TELL_PAUSES: Final = frozenset({"list", "status", "pause", "resume"})
"""Commands whose own answers tell of a pause."""

CORRECTED_MAX: Final = 1500
"""Characters; platforms take about 2,000 in a button."""

Handler: TypeAlias = Callable[[Desk, Request, Typed], Awaitable[Reply]]

HANDLERS: Final[Mapping[str, Handler]] = {
    "subscribe": do_subscribe,
    "subscribe-anyway": do_subscribe,
    "unsubscribe": do_unsubscribe,
    "list": do_list,
    "edit": do_edit,
    "move": do_move,
    "mute": do_mute,
    "unmute": do_unmute,
    "log": do_log,
    "undo": do_undo,
    "pause": do_pause,
    "resume": do_resume,
    "ambiguous": do_ambiguous,
    "managers": do_managers,
    "search": do_search,
    "latest": do_latest,
    "preview": do_preview,
    "show": do_show,
    "why": do_why,
    "cite": do_cite,
    "status": do_status,
    "help": do_help,
    "sample": do_sample,
    "post-latest": do_post_latest,
    "mute-from": do_mute_from,
    "more": do_more,
    "page": do_page,
}


async def answer(desk: Desk, request: Request) -> Card:
    """The card that answers a request. Never raises for any text, nor when the store is away."""
    typed = read(request.text)
    refused = None
    try:
        reply = await _reply(desk, request, typed)
        refused = await _untold_refusal(desk, request, typed)
    except StoreDown:
        reply = _store_down(typed)
    except ArchiveDown:
        reply = _ARCHIVE_DOWN
    if isinstance(reply, Problem) and (reply.quoted or reply.correctable):
        reply = _with_correction(reply, request.text)
    return say(reply) if refused is None else _with_refusal(say(reply), refused)


async def _reply(desk: Desk, request: Request, typed: Typed | Problem | None) -> Reply:
    if typed is None:
        local = on_local_page(request) and desk.sample is not None
        return help_on("", request.channel.platform, local=local)
    if isinstance(typed, Problem):
        return typed
    command = typed.command
    if command.mutating and not await may_change(desk, request):
        return _not_allowed(command)
    if command.needs_argument and not typed.argument:
        return _no_argument(command, request.channel.platform)
    if command.mutating and not await _first_time(desk, request):
        channel = await desk.channels.read(request.channel)
        waiting = await desk.outbox.waiting(request.channel)
        note = "This request arrived before and was not carried out again. So things stand now:"
        return Listed(channel, request.user, waiting, note)
    return await HANDLERS[command.name](desk, request, typed)


async def may_change(desk: Desk, request: Request) -> bool:
    """Whether the asker may: by the platform's right, or by a role that the tenant chose."""
    if request.may_manage or not request.roles:
        return request.may_manage
    chosen = (await desk.channels.read(request.channel.whole)).managers
    return not request.roles.isdisjoint(chosen)


async def _untold_refusal(
    desk: Desk, request: Request, typed: Typed | Problem | None
) -> Pause | None:
    """Why the platform takes no posts here, once a cause a day; never posted to such a channel."""
    if isinstance(typed, Typed) and typed.command.name in TELL_PAUSES:
        return None
    pause = (await desk.channels.read(request.channel)).pause
    if pause is None or pause.by is not None:
        return None
    name = f"refused:{request.channel}:{pause.reason[:REASON_MAX]}"
    return pause if await desk.leases.once(name, TOLD_S) else None


def _with_refusal(card: Card, pause: Pause) -> Card:
    line = pause_text(pause)
    resume = Action("Resume", f"{PREFIX} resume", primary=True)
    return replace(
        card,
        parts=(Para((Run(line, Mark.STRONG),)), *card.parts),
        fallback=f"{line} {card.fallback}",
        buttons=(resume, *card.buttons)[:BUTTONS_MAX],
    )


def _with_correction(reply: Problem, text: str) -> Problem:
    """The problem with the text to correct it in, where that has an end."""
    typed = text.strip()
    if len(typed) > CORRECTED_MAX:
        return reply
    again = typed if typed.startswith("/") else f"{PREFIX} {typed}"
    fix = Action("Correct it", again, primary=True, fill=True)
    return replace(reply, buttons=(fix, *reply.buttons))


async def _first_time(desk: Desk, request: Request) -> bool:
    """Whether the platform sends this event for the first time; ids count within a tenant."""
    if request.id is None:
        return True
    at = request.channel
    return await desk.leases.once(f"request:{at.platform}:{at.tenant}:{request.id}", SEEN_S)


def _not_allowed(command: Command) -> Problem:
    return Problem(
        "You may not do that here",
        (
            f"{command.name} changes what is posted, which takes the right to manage the channel.",
            "Ask someone who has it. Searching and looking are open to all.",
        ),
        buttons=(Action("List", f"{PREFIX} list"), Action("Help", f"{PREFIX} help")),
    )


def _no_argument(command: Command, platform: str) -> Problem:
    return Problem(
        f"{command.name} needs more",
        (
            f"Write it so: {usage_on(command, platform)}",
            *(f"For example: {example_on(one, platform)}" for one in command.examples[:1]),
        ),
        buttons=(
            Action("Write it", f"{PREFIX} {command.name} ", primary=True, fill=True),
            Action("Help", f"{PREFIX} help {command.name}"),
        ),
    )


def _store_down(typed: Typed | Problem | None) -> Problem:
    if isinstance(typed, Typed) and typed.command.mutating:
        said = "The store cannot be reached, so it is not certain whether this was done."
        return Problem(
            "Not certain", (said, "Try again in a minute; /papers list shows how things stand.")
        )
    return Problem(
        "Not possible just now", ("The store cannot be reached. Try again in a minute.",)
    )


_ARCHIVE_DOWN: Final = Problem(
    "Not possible just now",
    (
        "The archive of papers cannot be read, and this needs it. New papers are posted still.",
        "`paperwire doctor` says what is wrong with it.",
    ),
)
