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
from bot.command.doubting import doubted, told_of
from bot.command.due import due
from bot.command.reply import Already, Done, Problem, Subscribed
from bot.command.seek import LIST_BUTTON, find_subscription
from bot.command.spec import BY_NAME
from bot.command.spelling import option_on
from bot.command.values import Options
from bot.command.wish import read_wish, spilled
from bot.model.subscription import DEFAULT_TYPES, Subscription, SubscriptionId

if TYPE_CHECKING:
    from bot.command.desk import Desk
    from bot.command.read import Typed
    from bot.command.reply import Reply
    from bot.command.request import Request
    from bot.command.wish import Wish
    from bot.model.channel import Channel

_EDITED = re.compile(r"(#?[0-9]{1,9}|[\"“][^\"”]*[\"”]|\S+)(?:\s+(.*))?", re.DOTALL)


async def do_subscribe(desk: Desk, request: Request, typed: Typed) -> Reply:
    """Read the query, ask first where it would post very much, write the subscription."""
    wish = read_wish(desk, request, typed, typed.argument)
    if isinstance(wish, Problem):
        return wish
    query = wish.query
    notes = (*query.warnings, *spilled(typed))
    wanted = _wanted(desk, request, typed, wish)
    same: list[Subscription] = []

    def decide(channels: tuple[Channel, ...]) -> Changed | Problem:
        result = subscribe(channels[0], wanted, desk.limits.subscriptions_per_channel)
        if isinstance(result, Same):
            same.append(result.subscription)
        return _problem(result)

    channel = await desk.channels.read(request.channel)
    told = None
    if isinstance(decide((channel,)), Changed):
        told = await told_of(desk, request, query, wanted, channel)
        # before the line is posted: it is to say what the channel follows in the end
        question = doubted(typed, query, told, notes)
        if question is not None:
            return question
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
        told,
        (*notes, *halted(channel)),
        committed.change_id,
        asker=request.user,
    )


def _wanted(desk: Desk, request: Request, typed: Typed, wish: Wish) -> Subscription:
    return Subscription(
        id=SubscriptionId(desk.chance.token()),
        channel=request.channel,
        number=0,
        query=wish.query.canonical,
        types=typed.options.types or DEFAULT_TYPES,
        created_by=request.user,
        created_at=desk.clock.now(),
        name=wish.name,
        mention=wish.mention,
        tags=typed.options.tags or (),
    )


async def do_edit(desk: Desk, request: Request, typed: Typed) -> Reply:
    """Change what was said of a subscription; what was not said stays."""
    found = _EDITED.fullmatch(typed.argument)
    channel = await desk.channels.read(request.channel)
    old = find_subscription(desk, channel, found[1] if found else typed.argument)
    if isinstance(old, Problem):
        return old
    text = (found[2] or "").strip() if found else ""
    options = typed.options
    if not text and options == Options():
        return _what_to_edit(request, old)
    wish = read_wish(desk, request, typed, text or old.query, old.mention)
    if isinstance(wish, Problem):
        return wish
    # what was only repeated changes nothing, whoever changes it at this moment
    keeps = options.mention is None or wish.mention == old.mention

    def decide(channels: tuple[Channel, ...]) -> Changed | Problem:
        now = next((one for one in channels[0].subscriptions if one.id == old.id), None)
        if now is None:
            return Problem(f"#{old.number} is gone", ("Someone removed it just now.",))
        new = replace(
            now,
            query=wish.query.canonical if text else now.query,
            name=now.name if options.name is None else wish.name,
            types=options.types or now.types,
            mention=now.mention if keeps else wish.mention,
            tags=now.tags if options.tags is None else options.tags,
        )
        return _problem(edit(channels[0], now, new))

    committed = await commit(desk, request, decide)
    if isinstance(committed, Problem):
        return committed
    channel = committed.after[0]
    made = next(one for one in channel.subscriptions if one.id == old.id)
    return Subscribed(
        made,
        due(desk, request, wish.query),
        await told_of(desk, request, wish.query, made, channel),
        (*wish.query.warnings, *spilled(typed), *halted(channel)),
        committed.change_id,
        edited=True,
        asker=request.user,
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
                (f"#{one.number} is called {one.name} already. Choose another name.",),
                buttons=(LIST_BUTTON,),
            )
        case Full(at_most=at_most):
            return full(at_most)
        case _:
            return Problem(
                "Nothing to change",
                ("It is so already.",),
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


def _options_of_edit(request: Request) -> str:
    platform = request.channel.platform
    options = BY_NAME["edit"].on(platform).options
    *first, last = [option_on(one.name, platform) for one in options]
    return f"{', '.join(first)} or {last}"


def _what_to_edit(request: Request, old: Subscription) -> Problem:
    return Problem(
        f"What shall #{old.number} become?",
        (
            f"Say the new query, or {_options_of_edit(request)}.",
            f"Now it follows {short(old.query)}.",
        ),
        buttons=(Action("Edit", f"{PREFIX} edit {old.number} {old.query}", fill=True),),
    )


def halted(channel: Channel) -> tuple[str, ...]:
    """A reminder that nothing is posted while the channel is paused."""
    if channel.pause is None:
        return ()
    return ("This channel is paused. /papers resume goes on.",)


def _subscriptions(count: int) -> str:
    return "1 subscription is" if count == 1 else f"{count or 'No'} subscriptions are"
