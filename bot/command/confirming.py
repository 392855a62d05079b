"""A subscription's visible line in its channel, which goes before it: who posts must be let in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, assert_never

from bot.card.card import Action, Card, CardKind, Mark, Para, Run
from bot.card.paper import PREFIX
from bot.command.change import called, short
from bot.command.platforms import platform_of
from bot.command.reply import Problem
from bot.ports import Busy, Fault, Posted, Refused, Unreachable

if TYPE_CHECKING:
    from bot.command.commit import Decide
    from bot.command.desk import Desk
    from bot.command.request import Request
    from bot.model.subscription import Subscription
    from bot.ports import Outcome

AGAIN_MAX: Final = 1500
"""Characters; platforms take about 2,000 in a button."""


async def confirmed(desk: Desk, request: Request, decide: Decide) -> int | Problem | None:
    """Post the line where the platform wants one: the number that it gives the subscription.

    None when there is nothing to post; a Problem says why nothing is to be stored.
    """
    if desk.confirm is None:
        return None
    decided = decide((await desk.channels.read(request.channel),))
    if isinstance(decided, Problem):
        return None
    one = decided.channels[0].subscriptions[-1]
    outcome = await desk.confirm(request.channel, confirmation(one))
    return one.number if isinstance(outcome, Posted) else _problem(outcome, request)


def confirmation(one: Subscription) -> Card:
    """What everyone in the channel sees."""
    said = "This channel now follows "
    after = f" ({called(one)}): new papers that match are posted here."
    return Card(
        kind=CardKind.NOTICE,
        title="",
        parts=(Para((Run(said), Run(short(one.query), Mark.CODE), Run(after))),),
        fallback=f"{said}{short(one.query)}{after}",
        private=False,
    )


def not_stored(problem: Problem) -> Problem:
    """The same problem, when the line was posted already and does not hold."""
    line = "The line that was just posted in this channel does not hold: it follows nothing new."
    return Problem(problem.title, (*problem.said, line), problem.quoted, problem.buttons)


def _problem(outcome: Outcome, request: Request) -> Problem:
    said: tuple[str, ...]
    match outcome:
        case Refused(Fault.CHANNEL_FORBIDS | Fault.CHANNEL_GONE, reason):
            title = "paperwire cannot post in this channel"
            here = platform_of(request.channel.platform)
            is_said = bool(here.let_in_mark) and here.let_in_mark in reason
            then = "Then try again." if is_said else f"{here.let_in} Then try again.".strip()
            said = (f"Nothing was subscribed: {reason}.", then)
        case Refused(_, reason):
            title = "Nothing was subscribed"
            said = (
                f"The line that confirms it was refused: {reason}.",
                "Tell whoever runs paperwire here; `paperwire doctor` says what is missing.",
            )
        case Busy():
            title = "Not just now"
            said = ("The channel takes no post at the moment. Nothing was subscribed; try again.",)
        case Unreachable(reason, maybe_posted=maybe):
            title = "Nothing was subscribed"
            line = "The line that confirms it may be in the channel; it does not hold."
            said = (f"It could not be confirmed in the channel: {reason}.",)
            said = (*said, line, "Try again.") if maybe else (*said, "Try again.")
        case Posted():
            raise AssertionError("a line that was posted is no problem")
        case _ as never:
            assert_never(never)
    typed = request.text.strip()
    again = typed if typed.startswith("/") else f"{PREFIX} {typed}"
    buttons = (Action("Try again", again, primary=True),) if len(again) <= AGAIN_MAX else ()
    return Problem(title, said, buttons=buttons)
