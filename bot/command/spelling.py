"""How commands are written on a platform: in one line, or in fields that have names. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from bot.command.declare import Takes
from bot.command.platforms import platform_of
from bot.command.read import Typed, read
from bot.command.values import spoken_options

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.command.declare import Command, Option

FIELDS: Final[Mapping[Takes, tuple[str, ...]]] = {
    Takes.NOTHING: (),
    Takes.QUERY: ("query",),
    Takes.SUBSCRIPTION: ("subscription",),
    Takes.EDIT: ("subscription", "query"),
    Takes.CHANNEL: ("channel",),
    Takes.WORD: ("word",),
    Takes.MUTED: ("word",),
    Takes.PAPER: ("paper",),
    Takes.CHANGE: ("change",),
    Takes.ROLES: ("role", "none"),
    Takes.CHOICE: ("choice",),
    Takes.TOPIC: ("topic",),
}
"""What the fields of a command's argument are called, where it has fields."""

_OPTION: Final = re.compile(r"(?<!\S)--([a-z]+)")


def usage_on(command: Command, platform: str) -> str:
    """`/papers search QUERY [--limit N]`, or `/papers search query: [limit:] [page:]`."""
    if not platform_of(platform).has_fields:
        return command.usage
    names = FIELDS[command.takes]
    needed = 1 if command.needs_argument else 0
    said = [f"{name}:" for name in names[:needed]]
    said += [f"[{name}:]" for name in (*names[needed:], *(one.name for one in command.options))]
    return " ".join([f"/papers {command.name}", *said])


def example_on(text: str, platform: str) -> str:
    """A command that is shown: `/papers edit 3 --name x`, or `… edit subscription: 3 name: x`."""
    found = read(text)
    if not platform_of(platform).has_fields or not isinstance(found, Typed):
        return text
    command, argument = found.command, found.argument
    match command.takes:
        case Takes.EDIT:
            parts = argument.split(None, 1)
        case Takes.ROLES if argument == "none":
            parts = ["", "True"]
        case _:
            parts = [argument]
    fields = zip(FIELDS[command.takes], parts, strict=False)
    said = [f"{name}: {part}" for name, part in fields if part]
    said += [f"{name}: {value}" for name, value in spoken_options(found.options)]
    return " ".join([f"/papers {command.name}", *said])


def option_on(name: str, platform: str) -> str:
    """`--name`, or `name` where that is a field."""
    return name if platform_of(platform).has_fields else f"--{name}"


def option_usage_on(option: Option, platform: str) -> str:
    """`--name NAME`, or `name` where its field says what it takes."""
    name = option_on(option.name, platform)
    return name if platform_of(platform).has_fields else f"{name} {option.usage}"


def said_on(text: str, platform: str) -> str:
    """A sentence of ours that names options, or what all channels are together."""
    here = platform_of(platform)
    said = text.replace("workspace", here.whole)
    return _OPTION.sub(r"\1", said) if here.has_fields else said
