"""Commands about another channel than the one they are given in: a forum has no place to type.

Its buttons carry the other channel with them, so that pressing one means the same channel still.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from bot.card.card import Action, Mark, Para, Row, Run
from bot.card.paper import PREFIX

if TYPE_CHECKING:
    from bot.card.card import Card, Link, Part

_AIMED: Final = re.compile(rf"{PREFIX} in:([0-9]{{1,20}}) (.*)", re.DOTALL)


def aimed(command: str, channel: str) -> str:
    """The command with the channel that it is about."""
    return f"{PREFIX} in:{channel} {command.removeprefix(PREFIX).lstrip()}"


def aim_of(command: str) -> tuple[str | None, str]:
    """The channel that a button's command is about, where that is another, and the command."""
    found = _AIMED.fullmatch(command)
    return (None, command) if found is None else (found[1], f"{PREFIX} {found[2]}")


def aimed_card(card: Card, channel: str, name: str) -> Card:
    """The card, telling which channel it is about, with buttons that are about it, too."""

    def button(one: Action | Link) -> Action | Link:
        if isinstance(one, Action):
            return replace(one, command=aimed(one.command, channel))
        return one

    def part(one: Part) -> Part:
        if not isinstance(one, Row):
            return one
        pressed = (replace(a, command=aimed(a.command, channel)) for a in one.actions)
        return replace(one, actions=tuple(pressed))

    told = Para((Run(f"In #{name}", Mark.QUIET),))
    return replace(
        card,
        parts=(told, *(part(one) for one in card.parts)),
        buttons=tuple(button(one) for one in card.buttons),
        more=tuple(button(one) for one in card.more),
    )
