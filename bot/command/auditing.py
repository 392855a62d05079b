"""log and undo: who changed what, and taking it back."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from bot.card.card import Action
from bot.card.paper import PREFIX
from bot.command.change import Changed, Full, short
from bot.command.commit import commit, tell
from bot.command.due import zone_of
from bot.command.reply import Done, Logged, Problem
from bot.command.subscribing import full
from bot.command.undo import Overtaken, take_back
from bot.model.channel import Channel

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.command.desk import Desk
    from bot.command.read import Typed
    from bot.command.reply import Reply
    from bot.command.request import Request
    from bot.model.channel import ChannelId
    from bot.ports import Change

CHANGES_READ: Final = 1000
LOGGED: Final = 10

_LOG_BUTTON: Final = Action("Log", f"{PREFIX} log")


async def do_log(desk: Desk, request: Request, typed: Typed) -> Reply:
    """The channel's newest changes."""
    mine = [one for one in await _changes(desk, request) if request.channel in one.channels]
    shown = mine[: typed.options.limit or LOGGED]
    oldest = desk.clock.now() - timedelta(days=desk.limits.undo_days)
    open_ = frozenset(one.id for one in shown if one.undone_by is None and one.at >= oldest)
    return Logged(tuple(shown), open_, request.user, zone_of(desk, request)[0])


async def do_undo(desk: Desk, request: Request, typed: Typed) -> Reply:
    """Take a change back, unless a later one built on it."""
    changes = await _changes(desk, request)
    change = _meant(changes, request, typed.argument.strip().lstrip("#"))
    if change is None:
        return Problem(
            "Nothing to undo",
            ("There is no such change in this channel. /papers log shows what there is.",),
            buttons=(_LOG_BUTTON,),
        )
    if change.undone_by is not None:
        return Problem(
            "Undone already",
            (f"This was taken back before: {change.what}.",),
            buttons=(_LOG_BUTTON,),
        )
    if desk.clock.now() - change.at > timedelta(days=desk.limits.undo_days):
        return Problem(
            "Too long ago",
            (
                f"A change can be undone for {desk.limits.undo_days} days.",
                f"This one is older: {change.what}.",
            ),
            buttons=(_LOG_BUTTON,),
        )
    if any(one.is_whole for one in change.channels) and not request.manages_tenant:
        return Problem(
            "You may not do that here",
            ("Who may manage all channels is undone by those who have that right themselves.",),
            buttons=(_LOG_BUTTON,),
        )
    touched = (request.channel, *(one for one in change.channels if one != request.channel))

    def decide(channels: tuple[Channel, ...]) -> Changed | Problem:
        return _decide(changes, change, channels, desk.limits.subscriptions_per_channel)

    committed = await commit(
        desk, request, decide, others=touched[1:], undoes=change.id, tells=False
    )
    if isinstance(committed, Problem):
        return committed
    said = [f"Taken back: {change.what}."]
    if any(
        old.pause and not new.pause
        for old, new in zip(committed.before, committed.after, strict=True)
    ):
        await desk.outbox.resume(request.channel, desk.clock.now())
    carried = await _carry_back(desk, change, committed.after)
    # not before: the line would be carried off with what waits
    await tell(desk, request, committed, _undid(change))
    if carried:
        said.append(f"{carried:,} waiting {'post' if carried == 1 else 'posts'} came back, too.")
    return Done("Undone", tuple(said), undo=committed.change_id, buttons=(_LOG_BUTTON,))


async def _changes(desk: Desk, request: Request) -> Sequence[Change]:
    return await desk.channels.changes(request.channel, CHANGES_READ)


def _meant(changes: Sequence[Change], request: Request, text: str) -> Change | None:
    """The change of that id in this channel, else the newest that was not undone."""
    mine = [one for one in changes if request.channel in one.channels]
    if text:
        return next((one for one in mine if one.id == text), None)
    return next((one for one in mine if one.undone_by is None and one.undoes is None), None)


def _decide(
    changes: Sequence[Change], change: Change, channels: tuple[Channel, ...], at_most: int
) -> Changed | Problem:
    result = []
    now = {channel.id: channel for channel in channels}
    before = {channel.id: channel for channel in change.before}
    for channel in channels:
        old = before.get(channel.id, Channel(channel.id))
        after = _after(changes, change, channel.id) or now[channel.id]
        merged = take_back(old, after, channel, at_most)
        match merged:
            case Overtaken(what=what):
                return _overtaken(changes, change, channel.id, what)
            case Full(at_most=most):
                return full(most)
            case Channel():
                result.append(merged)
    if all(new == now[new.id] for new in result):
        return Problem("Nothing to undo", ("It is already as it was before that change.",))
    return Changed(tuple(result), _undid(change))


def _undid(change: Change) -> str:
    return f"undid: {short(change.what)}"


def _after(changes: Sequence[Change], change: Change, channel: ChannelId) -> Channel | None:
    """The channel as the change left it: as the next change of it found it. None: as it is now."""
    later: Channel | None = None
    for one in changes:
        if one.id == change.id:
            break
        later = next((old for old in one.before if old.id == channel), later)
    return later


def _overtaken(
    changes: Sequence[Change], change: Change, channel: ChannelId, what: str
) -> Problem:
    said = [
        f"{what} was changed again since, and undoing the earlier change would overwrite that."
    ]
    later: Change | None = None
    for one in changes:
        if one.id == change.id:
            break
        if channel in one.channels and one.undone_by is None:
            later = one
    buttons = [_LOG_BUTTON]
    if later is not None:
        said.append(f"Undo the later one first: {later.what}.")
        buttons.insert(0, Action("Undo the later one", f"{PREFIX} undo {later.id}"))
    return Problem("A later change stands in the way", tuple(said), buttons=tuple(buttons))


async def _carry_back(desk: Desk, change: Change, after: Sequence[Channel]) -> int:
    """After a move is undone, bring back what waits, if none of it is the other channel's own."""
    if len(change.before) != 2 or change.before[1].id.is_whole:  # noqa: PLR2004 - a move has two
        return 0
    held = [channel.id for channel in change.before if channel.subscriptions]
    empty = [channel.id for channel in after if not channel.subscriptions]
    if len(held) != 1 or len(empty) != 1 or held == empty:
        return 0
    return await desk.outbox.move(empty[0], held[0])
