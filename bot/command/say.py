"""Reply to Card: the one place where each reply gets its words; groups have files of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from bot.card.alert import list_card
from bot.card.card import Action, Card, CardKind, Para, Part, Preformatted, Run
from bot.card.paper import PREFIX
from bot.command.change import called
from bot.command.reply import (
    Already,
    Asked,
    Cited,
    Done,
    Doubted,
    Explained,
    Found,
    Helped,
    Listed,
    Logged,
    Managed,
    Offered,
    Opened,
    Previewed,
    Problem,
    Reported,
    Shown,
    Subscribed,
)
from bot.command.say_forecast import say_doubted, say_previewed, say_subscribed
from bot.command.say_help import say_helped
from bot.command.say_paper import (
    say_asked,
    say_cited,
    say_explained,
    say_found,
    say_offered,
    say_shown,
)
from bot.command.say_state import say_listed, say_logged, say_managed
from bot.command.say_status import say_reported

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.card.card import Link
    from bot.command.reply import Reply


def say(reply: Reply) -> Card:  # noqa: C901, PLR0911, PLR0912 - one line for each reply
    """The card of a reply."""
    match reply:
        case Problem():
            return _problem(reply)
        case Done():
            return _done(reply)
        case Already():
            return _already(reply)
        case Subscribed():
            return say_subscribed(reply)
        case Doubted():
            return say_doubted(reply)
        case Previewed():
            return say_previewed(reply)
        case Listed():
            return say_listed(reply)
        case Managed():
            return say_managed(reply)
        case Logged():
            return say_logged(reply)
        case Found():
            return say_found(reply)
        case Shown():
            return say_shown(reply)
        case Asked():
            return say_asked(reply)
        case Explained():
            return say_explained(reply)
        case Cited():
            return say_cited(reply)
        case Offered():
            return say_offered(reply)
        case Opened():
            return list_card(reply.paper_list, reply.papers, reply.page)
        case Reported():
            return say_reported(reply)
        case Helped():
            return say_helped(reply)
        case _ as never:
            assert_never(never)


def _problem(reply: Problem) -> Card:
    parts: list[Part] = [_para(line) for line in reply.said]
    if reply.quoted:
        parts.insert(min(1, len(parts)), Preformatted(reply.quoted))
    return _card(CardKind.ERROR, reply.title, parts, reply.said, reply.buttons)


def _done(reply: Done) -> Card:
    buttons: list[Action] = list(reply.buttons)
    if reply.undo is not None:
        buttons.append(Action("Undo", f"{PREFIX} undo {reply.undo}"))
    return _card(
        CardKind.ANSWER, reply.title, [_para(line) for line in reply.said], reply.said, buttons
    )


def _already(reply: Already) -> Card:
    one = reply.subscription
    said = (f"{called(one)} follows {one.query}. Nothing was changed.", *reply.notes)
    buttons = [
        Action("Forecast", f"{PREFIX} preview {one.number}"),
        Action("Edit", f"{PREFIX} edit {one.number} {one.query}", fill=True),
        Action("List", f"{PREFIX} list"),
    ]
    if one.pause is not None:
        said = (*said, f"It is paused. /papers resume {one.number} goes on.")
        buttons.insert(0, Action("Resume", f"{PREFIX} resume {one.number}", primary=True))
    title = f"Already subscribed as #{one.number}"
    return _card(CardKind.ANSWER, title, [_para(line) for line in said], said, buttons)


def _para(line: str) -> Para:
    return Para((Run(line),))


def _card(
    kind: CardKind,
    title: str,
    parts: Sequence[Part],
    said: Sequence[str],
    buttons: Sequence[Action | Link],
) -> Card:
    fallback = f"{title}. {said[0]}" if said else title
    return Card(kind, title, tuple(parts), fallback, tuple(buttons)[:5])
