"""pause and resume, of the channel or of one subscription."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bot.card.card import Action
from bot.card.paper import PREFIX
from bot.command.change import Changed, called, pause, resume
from bot.command.commit import commit
from bot.command.reply import Done, Problem
from bot.command.seek import find_subscription
from bot.model.channel import Pause
from bot.ports import Written

if TYPE_CHECKING:
    from bot.command.desk import Desk
    from bot.command.read import Typed
    from bot.command.reply import Reply
    from bot.command.request import Request
    from bot.model.channel import Channel
    from bot.model.subscription import Subscription


async def do_pause(desk: Desk, request: Request, typed: Typed) -> Reply:
    """Post nothing for now."""
    why = Pause(desk.clock.now(), "paused by a person", request.user)
    paused: list[Subscription] = []

    def decide(channels: tuple[Channel, ...]) -> Changed | Problem:
        one = _meant(desk, channels[0], typed.argument, paused)
        if isinstance(one, Problem):
            return one
        changed = pause(channels[0], one, why)
        if isinstance(changed, Changed):
            return changed
        return Problem(
            "Paused already",
            (f"{_what(one)} is paused. {_how_to_resume(one)} goes on.",),
            buttons=(Action("Resume", _how_to_resume(one), primary=True),),
        )

    committed = await commit(desk, request, decide)
    if isinstance(committed, Problem):
        return committed
    one = paused[-1] if paused else None
    what = "Nothing is posted here; papers that match are kept and come after the pause."
    if one is not None:
        what = "Papers that match it during the pause are not posted, also not later."
    again = "" if one is None else f" {one.number}"
    return Done(
        f"Paused {'this channel' if one is None else called(one)}",
        (what, f"{_how_to_resume(one)} goes on."),
        undo=committed.change_id,
        buttons=(Action("Resume", f"{PREFIX} resume{again}", primary=True),),
    )


async def do_resume(desk: Desk, request: Request, typed: Typed) -> Reply:
    """Go on; a channel that the platform had refused is tried again in any case."""
    resumed: list[Subscription] = []

    def decide(channels: tuple[Channel, ...]) -> Changed | Problem:
        one = _meant(desk, channels[0], typed.argument, resumed)
        if isinstance(one, Problem):
            return one
        changed = resume(channels[0], one)
        if isinstance(changed, Changed):
            return changed
        return Problem("Not paused", (f"{_what(one)} is not paused. Nothing was changed.",))

    committed = await commit(desk, request, decide)
    if resumed:
        return (
            committed
            if isinstance(committed, Problem)
            else _resumed(resumed[-1], committed.change_id)
        )
    waiting = 0
    if not isinstance(committed, Problem) or committed.title == "Not paused":
        waiting = await desk.outbox.resume(request.channel, desk.clock.now())
    if isinstance(committed, Problem):
        return committed
    was = committed.before[0].pause
    if was is not None and was.everywhere:
        await _resume_tenant(desk, request)
    said = ["New papers are posted again."]
    if waiting:
        said.append(
            f"{waiting:,} {'post waits' if waiting == 1 else 'posts wait'} and will come now."
        )
    return Done("Resumed this channel", tuple(said), undo=committed.change_id)


async def _resume_tenant(desk: Desk, request: Request) -> None:
    """What stopped all channels of the tenant is put right for all: a person need not visit each.

    One that changes at the same moment stays paused, and its people are told.
    """
    for channel in await desk.channels.of_tenant(request.channel):
        if channel.pause is not None and channel.pause.everywhere:
            lifted = replace(channel, pause=None)
            most = desk.limits.subscriptions_per_tenant
            if await desk.channels.write([lifted], None, most) is Written.DONE:
                await desk.outbox.resume(channel.id, desk.clock.now())


def _resumed(one: Subscription, change_id: str | None) -> Done:
    return Done(f"Resumed {called(one)}", ("Its new papers are posted again.",), undo=change_id)


def _meant(
    desk: Desk, channel: Channel, text: str, found: list[Subscription]
) -> Subscription | Problem | None:
    """The subscription that was named; None for the channel. `found` remembers it."""
    if not text.strip():
        return None
    one = find_subscription(desk, channel, text)
    if not isinstance(one, Problem):
        found.append(one)
    return one


def _what(one: Subscription | None) -> str:
    return "This channel" if one is None else called(one)


def _how_to_resume(one: Subscription | None) -> str:
    return "/papers resume" if one is None else f"/papers resume {one.number}"
