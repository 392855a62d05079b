"""move: all subscriptions of a channel, and what waits there, to another of its tenant."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.card.paper import PREFIX
from bot.command.change import Changed, Full, Moved, label, move, short
from bot.command.commit import commit, tell
from bot.command.platforms import platform_of
from bot.command.reply import Done, Problem
from bot.command.spelling import example_on

if TYPE_CHECKING:
    from bot.command.desk import Desk
    from bot.command.read import Typed
    from bot.command.reply import Reply
    from bot.command.request import Request
    from bot.model.channel import Channel, ChannelId


async def do_move(desk: Desk, request: Request, typed: Typed) -> Reply:
    """Write both channels in one go, then carry what waits; repeating it is harmless.

    Settings first: alerts that are queued in between still find the old channel, and the move of
    what waits takes them along.
    """
    text = typed.argument.strip()
    target = None if desk.find_channel is None else await desk.find_channel(request, text)
    here, there = request.channel, target
    whole = platform_of(here.platform).whole
    if there is None or (there.platform, there.tenant) != (here.platform, here.tenant):
        return Problem(
            "Unknown channel",
            (
                f"There is no channel {short(text)} here that you may manage.",
                f"Write it as {_example(here)}, with the name of a channel of this {whole}.",
            ),
        )
    if there == here:
        return Problem("That is this channel", (f"Name another one: {_example(here)}",))
    moved: list[Moved] = []

    def decide(channels: tuple[Channel, ...]) -> Changed | Problem:
        source, goal = channels
        if not source.subscriptions:
            return Problem("Nothing to move", ("This channel has no subscriptions.",))
        result = move(source, goal, desk.limits.subscriptions_per_channel, text)
        if isinstance(result, Full):
            return _no_room(len(source.subscriptions), len(goal.subscriptions), result.at_most)
        moved.append(result)
        return result.changed

    committed = await commit(desk, request, decide, others=(there,), tells=False)
    if isinstance(committed, Problem):
        if committed.title != "Nothing to move":
            return committed
        waiting = await desk.outbox.move(here, there)  # a move that was cut short is finished
        return Done("Moved", (_posts(waiting),)) if waiting else committed
    waiting = await desk.outbox.move(here, there)
    # not before: the line would go along, away from those whom it tells of the move
    await tell(desk, request, committed, moved[-1].changed.what)
    return Done(
        f"Moved to {short(text)}",
        (*_told(moved[-1], committed.after[1]), *((_posts(waiting),) if waiting else ())),
        undo=committed.change_id,
    )


def _example(here: ChannelId) -> str:
    return example_on(f"{PREFIX} move #name", here.platform)


def _told(moved: Moved, target: Channel) -> tuple[str, ...]:
    said = [f"#{old} is #{new.number} there: {short(label(new))}." for old, new in moved.numbers]
    said += [
        f"#{old} was there already, as #{known.number}: {short(label(known))}."
        for old, known in moved.doubles
    ]
    if moved.muted:
        said.append("The muted words went along.")
    if target.pause is not None:
        said.append("That channel is paused. /papers resume there goes on.")
    return tuple(said)


def _posts(waiting: int) -> str:
    return f"{waiting:,} waiting {'post goes' if waiting == 1 else 'posts go'} along."


def _no_room(coming: int, have: int, at_most: int) -> Problem:
    return Problem(
        "No room there",
        (
            f"That channel has {have} subscriptions, this one {coming}; one holds {at_most}.",
            "Remove some first with /papers unsubscribe. Nothing was moved.",
        ),
    )
