"""A card's buttons as Block Kit elements, and what a pressed one says.

A button's value is its command; what opens a form first, or shares with the channel, says so
before it. Nothing else about a button is remembered anywhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final, TypeAlias, assert_never

from adapters.slack.words import is_linkable, one_line
from bot.card.card import Action, Link

if TYPE_CHECKING:
    from collections.abc import Sequence

Json: TypeAlias = dict[str, Any]

LABEL_MAX: Final = 75
VALUE_MAX: Final = 2000
OPTION_MAX: Final = 150
"""Characters of a button's text, its value, and a menu option's value (slack_sdk models)."""

OPTIONS_MAX: Final = 5
"""Options of an overflow menu (docs.slack.dev/reference/block-kit/block-elements)."""

ACTION_ID: Final = "papers"
"""What every action id of ours begins with; the rest makes it unique in its message."""


class Verb(StrEnum):
    """What pressing does with the command."""

    RUN = "run"
    FILL = "fill"
    SHARE = "share"


@dataclass(frozen=True, slots=True)
class Press:
    """A pressed button."""

    verb: Verb
    command: str


def value_of(press: Press) -> str:
    """What a button carries; half a character, which no JSON reader takes, is a question mark."""
    command = press.command.encode("utf-8", "replace").decode()
    return command if press.verb is Verb.RUN else f"{press.verb}:{command}"


def press_of(value: str) -> Press:
    """What a button's value says; a value without a verb is a command to run."""
    head, colon, rest = value.partition(":")
    if colon and head in {Verb.FILL, Verb.SHARE}:
        return Press(Verb(head), rest)
    return Press(Verb.RUN, value)


def pressed(action: Action) -> Press:
    """What pressing an action says."""
    return Press(Verb.FILL if action.fill else Verb.RUN, action.command)


def button(one: Action | Link, place: str) -> Json | None:
    """The element; None where Slack has no room for what it carries."""
    match one:
        case Action():
            shown = _press_button(one.label, pressed(one), place)
            if shown is not None and one.primary:
                shown["style"] = "primary"
            return shown
        case Link(label, url):
            if not is_linkable(url):
                return None
            return {**_labelled(label, place), "url": url}
        case _ as never:
            assert_never(never)


def share_button(command: str, place: str) -> Json | None:
    """*Share here*: gives the same answer again, for all in the channel to see."""
    return _press_button("Share here", Press(Verb.SHARE, command), place)


def menu(actions: Sequence[Action | Link], place: str) -> Json | None:
    """An overflow menu of the actions that fit into one; None when none does."""
    options = [
        {"text": _plain(one.label), "value": value_of(pressed(one))}
        for one in actions
        if isinstance(one, Action) and fits_menu(one)
    ]
    if not options:
        return None
    return {
        "type": "overflow",
        "action_id": f"{ACTION_ID}:{place}",
        "options": options[:OPTIONS_MAX],
    }


def fits_menu(action: Action) -> bool:
    """Whether a menu's option can carry it."""
    return len(value_of(pressed(action))) <= OPTION_MAX


def _press_button(label: str, press: Press, place: str) -> Json | None:
    value = value_of(press)
    if len(value) > VALUE_MAX:
        return None
    return {**_labelled(label, place), "value": value}


def _labelled(label: str, place: str) -> Json:
    return {"type": "button", "action_id": f"{ACTION_ID}:{place}", "text": _plain(label)}


def _plain(label: str) -> Json:
    return {"type": "plain_text", "text": one_line(label, LABEL_MAX) or "…", "emoji": False}
