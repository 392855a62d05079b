"""What an option offers while it is typed: subscriptions, words, queries, topics, tags. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from adapters.discord.ids import units
from bot.card.paper import PREFIX
from bot.command.spec import complete

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from adapters.discord.tree import Json
    from adapters.discord.typed import Chosen
    from bot.command.declare import Names

CHOICES_MAX: Final = 25
TEXT_MAX: Final = 100
"""Choices, and characters of a choice's name and value (interactions, autocomplete)."""


def choices_for(given: Chosen, names: Names, tags: Sequence[str] = ()) -> list[Json]:
    """The choices, the likeliest first. A value that is too long for Discord is left out.

    `tags` are those of the forum that the command is about.
    """
    typed = str(given.values.get(given.focused or "") or "")
    match given.focused:
        case "subscription":
            return _choices(_subscriptions(typed, names))
        case "word":
            return _choices(_containing(typed, names.muted))
        case "query":
            before = f"{PREFIX} edit 1 " if given.name == "edit" else f"{PREFIX} {given.name} "
            return _choices([(typed, typed), *_completed(before, typed, names)])
        case "tag":
            return _choices(_tagged(typed, tags))
        case "topic":
            return _choices(_completed(f"{PREFIX} help ", typed, names))
        case _:
            return []


def _subscriptions(typed: str, names: Names) -> Iterator[tuple[str, str]]:
    for number, label in names.subscriptions:
        shown = f"#{number} {label}"
        if typed.strip().casefold() in shown.casefold():
            yield shown, str(number)


def _containing(typed: str, known: Iterable[str]) -> Iterator[tuple[str, str]]:
    for one in known:
        if typed.strip().casefold() in one.casefold():
            yield one, one


def _tagged(typed: str, tags: Iterable[str]) -> Iterator[tuple[str, str]]:
    """One more tag behind those that are there; a comma stands between them."""
    *before, begun = [one.strip() for one in typed.split(",")]
    taken = {one.casefold() for one in before}
    for tag in tags:
        if tag.casefold() not in taken and begun.casefold() in tag.casefold():
            said = ", ".join([*before, tag])
            yield said, said


def _completed(before: str, typed: str, names: Names) -> Iterator[tuple[str, str]]:
    """What goes on from here; options have fields of their own and are not offered."""
    for one in complete(before + typed, names):
        value = one.text.removeprefix(before)
        words = value.split()
        if one.text.startswith(before) and words and not words[-1].startswith("--"):
            both = f"{value} ({one.hint})"
            yield (both if one.hint and units(both) <= TEXT_MAX else value), value


def _choices(found: Iterable[tuple[str, str]]) -> list[Json]:
    """The first that Discord takes, each value once."""
    kept: dict[str, str] = {}
    for name, value in found:
        if value.strip() and units(value) <= TEXT_MAX:
            kept.setdefault(value, _clipped(name))
    return [{"name": name, "value": value} for value, name in kept.items()][:CHOICES_MAX]


def _clipped(name: str) -> str:
    said = " ".join(name.split())
    if units(said) <= TEXT_MAX:
        return said
    while units(said) > TEXT_MAX - 1:
        said = said[:-1]
    return said.rstrip() + "…"
