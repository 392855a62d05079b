"""Carrying out a change: read, decide, compare and set; tell those whose work was touched."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

from bot.card.card import Action, Card, CardKind, Para, Run
from bot.card.paper import PREFIX
from bot.card.post import Notice
from bot.command.platforms import platform_of
from bot.command.reply import Problem
from bot.model.alert import PostKey
from bot.model.subscription import Mention, MentionKind
from bot.ports import Change, Written

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.command.change import Changed
    from bot.command.desk import Desk
    from bot.command.request import Request
    from bot.model.channel import Channel, ChannelId, UserId

TRIES: Final = 5
"""Five writers would have to come first each time; a person sees a busy channel before that."""

Decide: TypeAlias = "Callable[[tuple[Channel, ...]], Changed | Problem]"


@dataclass(frozen=True, slots=True)
class Committed:
    """What was written. `change_id` is None only when the log moved on too fast to find it."""

    before: tuple[Channel, ...]
    after: tuple[Channel, ...]
    change_id: str | None


async def commit(
    desk: Desk,
    request: Request,
    decide: Decide,
    *,
    others: tuple[ChannelId, ...] = (),
    undoes: str | None = None,
    tells: bool = True,
) -> Committed | Problem:
    """Read the request's channel and `others` of its tenant, decide, write; again if stale.

    Whoever's subscriptions were touched is told, unless the caller does that later by `tell`.
    """
    for _ in range(TRIES):
        before = tuple([await desk.channels.read(id_) for id_ in (request.channel, *others)])
        decided = decide(before)
        if isinstance(decided, Problem):
            return decided
        change = Change(
            id="",
            at=desk.clock.now(),
            by=request.user,
            what=decided.what,
            channels=tuple(channel.id for channel in decided.channels),
            before=before,
            undoes=undoes,
        )
        written = await desk.channels.write(
            decided.channels, change, desk.limits.subscriptions_per_tenant
        )
        if written is Written.TENANT_FULL:
            return _tenant_full(desk, platform_of(request.channel.platform).whole)
        if written is Written.DONE:
            change_id = await _change_id(desk, request, change)
            committed = Committed(before, decided.channels, change_id)
            if tells:
                await tell(desk, request, committed, decided.what)
            return committed
    return Problem(
        "Nothing was changed",
        ("Others are changing this channel at the same moment. Try again.",),
    )


async def _change_id(desk: Desk, request: Request, change: Change) -> str | None:
    """The id that the store gave; the newest entry that looks like ours."""
    for known in await desk.channels.changes(request.channel, 20):
        if (known.by, known.what, known.undoes) == (change.by, change.what, change.undoes):
            return known.id
    return None


async def tell(desk: Desk, request: Request, committed: Committed, what: str) -> None:
    """One quiet line in the channel when another person's subscription is not as it was."""
    after = {one.id: one for channel in committed.after for one in channel.subscriptions}
    touched = any(
        one.created_by != request.user and after.get(one.id) != one
        for channel in committed.before
        for one in channel.subscriptions
    )
    if not touched:
        return
    change_id = committed.change_id
    undo = f"{PREFIX} undo {change_id}" if change_id else f"{PREFIX} undo"
    line = f"{person(request.user, None)} {what}."
    card = Card(
        kind=CardKind.NOTICE,
        title="",
        parts=(Para((person_run(request.user, None), Run(f" {what}."))),),
        fallback=line,
        buttons=(Action("Undo", undo),),
        private=False,
    )
    key = PostKey(f"notice:{desk.chance.token()}")
    await desk.outbox.queue([Notice(key, request.channel, card, desk.clock.now())])


def person(user: UserId, asker: UserId | None) -> str:
    """How a person is called: "You", or the platform's id of them."""
    return "You" if user == asker else str(user)


def person_run(user: UserId, asker: UserId | None) -> Run:
    """The same as a run, so that a platform may show the name that it knows them by."""
    known = None if user == asker else Mention(MentionKind.USER, user)
    return Run(person(user, asker), who=known)


def _tenant_full(desk: Desk, whole: str) -> Problem:
    return Problem(
        f"The {whole} is full",
        (
            (
                f"All its channels together have {desk.limits.subscriptions_per_tenant:,} "
                "subscriptions, the most it can have. Nothing was changed."
            ),
            "Remove one with /papers unsubscribe, or join two with OR in one query.",
        ),
        buttons=(Action("List", f"{PREFIX} list"),),
    )
