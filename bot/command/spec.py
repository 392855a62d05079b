"""Every command, declared once: help, README's table, completion and options come from here."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, Final

from bot.command.complete import suggestions
from bot.command.declare import Command, Names, Option, Suggestion, is_offered
from bot.command.platforms import PLATFORMS
from bot.command.spec_channel import CHANNEL_COMMANDS
from bot.command.spec_papers import PAPER_COMMANDS

if TYPE_CHECKING:
    from collections.abc import Mapping

COMMANDS: Final[tuple[Command, ...]] = (*CHANNEL_COMMANDS, *PAPER_COMMANDS)
BY_NAME: Final[Mapping[str, Command]] = {command.name: command for command in COMMANDS}


OTHER_WORDS: Final[Mapping[str, str]] = {
    word: name
    for name, words in {
        "subscribe": "add follow watch track",
        "unsubscribe": "remove rm delete del unfollow unwatch drop cancel",
        "list": "ls subscriptions subs",
        "edit": "change modify rename update",
        "mute": "ignore block hide exclude",
        "unmute": "unblock unhide unignore",
        "log": "history changes audit",
        "undo": "revert restore",
        "pause": "stop disable",
        "resume": "continue enable unpause",
        "search": "find",
        "latest": "recent newest",
        "preview": "forecast",
        "show": "paper info view",
        "cite": "bib bibtex citation",
        "status": "health",
    }.items()
    for word in words.split()
}
"""What people call the commands elsewhere: not taken, but answered with the right one."""

PREFIX_MIN: Final = 3


def nearest_command(word: str) -> str | None:
    """The command that a wrong word likely means: its other name, its beginning, a slip in it."""
    if word in OTHER_WORDS:
        return OTHER_WORDS[word]
    names = [command.name for command in COMMANDS if command.shown]
    begun = [name for name in names if len(word) >= PREFIX_MIN and name.startswith(word)]
    if len(begun) == 1:
        return begun[0]
    near = get_close_matches(word, [*names, *OTHER_WORDS], n=1, cutoff=0.6)
    return OTHER_WORDS.get(near[0], near[0]) if near else None


def offered(*, local: bool, platform: str = "") -> tuple[Command, ...]:
    """The commands that people are told of on a platform ("": on any), with their options there.

    `local` ones only where there is a sample day.
    """
    return tuple(
        command.on(platform)
        for command in COMMANDS
        if command.shown and (local or not command.local) and is_offered(command, platform)
    )


def complete(text: str, names: Names | None = None) -> tuple[Suggestion, ...]:
    """Ways to go on with an input, the likeliest first, at most 25. Never raises."""
    names = names or Names()
    return suggestions(offered(local=names.local, platform=names.platform), text, names)


def markdown_table() -> str:
    """README's table of commands."""
    rows = [
        f"| `{command.usage.replace('|', chr(92) + '|')}` | {command.summary} | {where(command)} |"
        for command in offered(local=True)
    ]
    return "\n".join(["| command | what it does | where |", "|---|---|---|", *rows]) + "\n"


def where(command: Command) -> str:
    """Where a command is offered: `everywhere; --tag on Discord`."""
    if command.local:
        return "the local page"
    said = [_places(command) if command.platforms is not None else "everywhere"]
    said += [
        f"`--{option.name}` on {_places(option)}"
        for option in command.options
        if option.platforms is not None
    ]
    return "; ".join(said)


def _places(one: Command | Option) -> str:
    titles = [name.title for key, name in PLATFORMS.items() if is_offered(one, key)]
    return " and ".join(titles)
