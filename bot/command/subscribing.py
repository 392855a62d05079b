"""subscribe, edit, unsubscribe."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from bot.card.card import Action
from bot.card.paper import PREFIX
from bot.command.change import (
    Changed,
    Full,
    NameTaken,
    Same,
    called,
    edit,
    short,
    subscribe,
    unsubscribe,
)
from bot.command.commit import commit
from bot.command.confirming import confirmed, not_stored
from bot.command.due import due
from bot.command.forecast import forecast, may_forecast
from bot.command.names import read_name
from bot.command.reply import Already, Done, Problem, Subscribed
from bot.command.seek import LIST_BUTTON, find_subscription, read_query
from bot.model.errors import ArchiveDown
from bot.model.subscription import DEFAULT_TYPES, Subscription, SubscriptionId
from bot.query.parse import Use

if TYPE_CHECKING:
    from bot.command.desk import Desk
    from bot.command.forecast import Forecast
    from bot.command.read import Typed
    from bot.command.reply import Reply
    from bot.command.request import Request
    from bot.model.channel import Channel
    from bot.query.ast import Query

_EDITED = re.compile(r"(#?[0-9]{1,9}|[\"“][^\"”]*[\"”]|\S+)(?:\s+(.*))?", re.DOTALL)


async def do_subscribe(desk: Desk, request: Request, typed: Typed) -> Reply:
    """Read the query, write the subscription, say what it would have posted."""
    query = read_query(desk, typed.argument, Use.SUBSCRIPTION)
    if isinstance(query, Problem):
        return query
    name = read_name(typed.options.name)
    if isinstance(name, Problem):
        return name
    notes = (*query.warnings, *_spilled(typed))
    wanted = Subscription(
        id=SubscriptionId(desk.chance.token()),
        channel=request.channel,
        number=0,
        query=query.canonical,
        types=typed.options.types or DEFAULT_TYPES,
        created_by=request.user,
        created_at=desk.clock.now(),
        name=name,
    )
    same: list[Subscription] = []

    def decide(channels: tuple[Channel, ...]) -> Changed | Problem:
        result = subscribe(channels[0], wanted, desk.limits.subscriptions_per_channel)
        if isinstance(result, Same):
            same.append(result.subscription)
        return _problem(result)

    promised = await confirmed(desk, request, decide)
    if isinstance(promised, Problem):
        return promised
    committed = await commit(desk, request, decide)
    if isinstance(committed, Problem):
        if same:
            return Already(same[-1], notes)
        return committed if promised is None else not_stored(committed)
    channel = committed.after[0]
    made = next(one for one in channel.subscriptions if one.id == wanted.id)
    if promised not in {None, made.number}:
        notes = (*notes, f"The line in the channel calls it #{promised}; it is #{made.number}.")
    return Subscribed(
        made,
        due(desk, request, query),
        await _forecast(desk, request, query, made, channel),
        (*notes, *halted(channel)),
        committed.change_id,
    )


async def do_edit(desk: Desk, request: Request, typed: Typed) -> Reply:
    """Change a subscription's query, name or types; what was not said stays."""
    found = _EDITED.fullmatch(typed.argument)
    channel = await desk.channels.read(request.channel)
    old = find_subscription(desk, channel, found[1] if found else typed.argument)
    if isinstance(old, Problem):
        return old
    text = (found[2] or "").strip() if found else ""
    options = typed.options
    if not text and options.name is None and options.types is None:
        return _what_to_edit(old)
    query = read_query(desk, text or old.query, Use.SUBSCRIPTION)
    if isinstance(query, Problem):
        return query
    name = read_name(options.name)
    if isinstance(name, Problem):
        return name

    def decide(channels: tuple[Channel, ...]) -> Changed | Problem:
        now = next((one for one in channels[0].subscriptions if one.id == old.id), None)
        if now is None:
            return Problem(f"#{old.number} is gone", ("Someone removed it just now.",))
        new = replace(
            now,
            query=query.canonical if text else now.query,
            name=now.name if options.name is None else name,
            types=options.types or now.types,
        )
        return _problem(edit(channels[0], now, new))

    committed = await commit(desk, request, decide)
    if isinstance(committed, Problem):
        return committed
    channel = committed.after[0]
    made = next(one for one in channel.subscriptions if one.id == old.id)
    return Subscribed(
        made,
        due(desk, request, query),
        await _forecast(desk, request, query, made, channel),
        (*query.warnings, *_spilled(typed), *halted(channel)),
        committed.change_id,
        edited=True,
    )


async def do_unsubscribe(desk: Desk, request: Request, typed: Typed) -> Reply:
    """Remove a subscription."""
    removed: list[Subscription] = []

    def decide(channels: tuple[Channel, ...]) -> Changed | Problem:
        found = find_subscription(desk, channels[0], typed.argument)
        if isinstance(found, Problem):
            return found
        removed.append(found)
        return unsubscribe(channels[0], found)

    committed = await commit(desk, request, decide)
    if isinstance(committed, Problem):
        return committed
    gone = removed[-1]
    left = len(committed.after[0].subscriptions)
    return Done(
        f"Removed {called(gone)}",
        (
            f"This channel no longer follows {short(gone.query)}.",
            f"{_subscriptions(left)} left. Undo works for {desk.limits.undo_days} days.",
        ),
        undo=committed.change_id,
    )


async def _forecast(
    desk: Desk, request: Request, query: Query, one: Subscription, channel: Channel
) -> Forecast | None:
    if not await may_forecast(desk, request):
        return None
    try:
        return await forecast(desk, query, one.types, channel.muted)
    except ArchiveDown:
        return None  # the subscription is made, and its alerts do not need the archive


def _problem(result: object) -> Changed | Problem:
    """The change, or why there is none, in words."""
    match result:
        case Changed():
            return result
        case Same(subscription=one):
            return Problem(
                f"Already subscribed as #{one.number}",
                (f"{called(one)} has this query. Nothing was changed.",),
                buttons=(LIST_BUTTON,),
            )
        case NameTaken(subscription=one):
            return Problem(
                "The name is taken",
                (f"#{one.number} is called {one.name} already. Choose another with --name.",),
                buttons=(LIST_BUTTON,),
            )
        case Full(at_most=at_most):
            return full(at_most)
        case _:
            return Problem(
                "Nothing to change",
                ("Its query, name and types are so already.",),
                buttons=(LIST_BUTTON,),
            )


def full(at_most: int) -> Problem:
    """The channel holds no more subscriptions."""
    return Problem(
        "This channel is full",
        (
            f"It has {at_most:,} subscriptions, the most it can have. Nothing was changed.",
            "Remove one with /papers unsubscribe, or join two with OR in one query.",
        ),
        buttons=(Action("List", f"{PREFIX} list"),),
    )


def _what_to_edit(old: Subscription) -> Problem:
    return Problem(
        f"What shall #{old.number} become?",
        (
            "Say the new query, or --name or --types.",
            f"Now it follows {short(old.query)}.",
        ),
        buttons=(Action("Edit", f"{PREFIX} edit {old.number} {old.query}", fill=True),),
    )


def _spilled(typed: Typed) -> tuple[str, ...]:
    if not typed.spilled or typed.options.name is None:
        return ()
    return (
        (
            f"The name is only {short(typed.options.name)}; {short(typed.spilled)} became part of "
            "the query. Put a name of several words in quotes."
        ),
    )


def halted(channel: Channel) -> tuple[str, ...]:
    """A reminder that nothing is posted while the channel is paused."""
    if channel.pause is None:
        return ()
    return ("This channel is paused. /papers resume goes on.",)


def _subscriptions(count: int) -> str:
    return "1 subscription is" if count == 1 else f"{count or 'No'} subscriptions are"
