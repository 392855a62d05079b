"""Channels in an answer by the names that the asker knows them by; only their ids are kept."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from adapters.discord.who import other_place
from bot.card.card import Facts, Para, Row

if TYPE_CHECKING:
    from collections.abc import Callable

    import discord

    from bot.card.card import Card, Part, Run

ELSEWHERE: Final = "another channel"

_CHANNEL: Final = re.compile(r"<#([0-9]{1,20})>")


def with_names(card: Card, interaction: discord.Interaction) -> Card:
    """The card with `#reading` for `<#123>` in what we say; what a paper says stays as it is."""

    def name(found: re.Match[str]) -> str:
        place = other_place(interaction, found[1])
        return f"#{place.name}" if place is not None else ELSEWHERE

    return _named(card, name)


def without_ids(card: Card) -> Card:
    """The card for all in a channel: some of them may not know of the other one."""
    return _named(card, lambda _: ELSEWHERE)


def _named(card: Card, name: Callable[[re.Match[str]], str]) -> Card:
    def named(text: str) -> str:
        return _CHANNEL.sub(name, text) if "<#" in text else text

    def runs(found: tuple[Run, ...]) -> tuple[Run, ...]:
        return tuple(replace(one, text=named(one.text)) for one in found)

    def part(one: Part) -> Part:
        match one:
            case Para() | Row():
                return replace(one, runs=runs(one.runs))
            case Facts(facts):
                told = tuple(replace(fact, value=named(fact.value)) for fact in facts)
                return Facts(told)
            case _:
                return one

    return replace(
        card,
        title=named(card.title),
        fallback=named(card.fallback),
        parts=tuple(part(one) for one in card.parts),
    )
