"""`/papers` as Discord takes it: one slash command, made of the core's own declarations.

It is plain JSON, as every other payload: what is registered is compared, synced and checked as
such, and no callback has to look like its options. `typed` reads what comes back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeAlias, assert_never

from bot.card.paper import PREFIX
from bot.command.declare import OptionKind, Takes
from bot.command.platforms import DISCORD
from bot.command.spec import offered

if TYPE_CHECKING:
    from bot.command.declare import Command, Option

Json: TypeAlias = dict[str, Any]

GROUP: Final = PREFIX.removeprefix("/")

COMMANDS_MAX: Final = 25
"""Subcommands of a command, options of each, and choices of each option (application-commands)."""

SIZE_MAX: Final = 8000
"""Characters of all names, descriptions and values of a command (application-commands)."""

DESCRIPTION_MAX: Final = 100
QUERY_MAX: Final = 4000
"""Characters of a query that is typed; a form takes as many. The core says what is too long."""

SUBCOMMAND: Final = 1
STRING: Final = 3
INTEGER: Final = 4
BOOLEAN: Final = 5
CHANNEL: Final = 7
ROLE: Final = 8
MENTIONABLE: Final = 9

CHANNEL_TYPES: Final = (0, 2, 5, 10, 11, 12, 15)
"""Where posts can go: text, voice and announcement channels, threads of each kind, forums."""

SHARE: Final = "share"
IN: Final = "in"

WITHOUT_CHANNEL: Final = frozenset({"search", "show", "cite", "help", "managers"})
"""Commands whose answer is the same in every channel of a server."""

ROLES: Final = ("role", "role2", "role3")
"""An option takes one role."""

NONE: Final = "none"

TYPES: Final = {
    "new,cross": "New papers and cross-lists",
    "new": "New papers only",
    "new,cross,replace": "New papers, cross-lists and new versions",
    "new,replace": "New papers and new versions",
    "cross": "Cross-lists only",
    "cross,replace": "Cross-lists and new versions",
    "replace": "New versions only",
}
"""Every choice of announcement types, the usual one first."""


def commands() -> list[Json]:
    """The body that registers everything, for the whole application.

    For servers alone. No `default_member_permissions`: Discord knows none for a subcommand, so
    that everyone sees all of them, and each is answered by the rights of who asks.
    """
    return [
        {
            "name": GROUP,
            "type": 1,
            "description": "New papers in this channel, and a search over all that were seen",
            "contexts": [0],
            "integration_types": [0],
            "options": [_subcommand(one) for one in offered(local=False, platform=DISCORD)],
        }
    ]


def size_of(command: Json) -> int:
    """Characters of a command as Discord counts them."""
    own = len(command["name"]) + len(command.get("description", ""))
    choices = command.get("choices", ())
    values = sum(len(one["name"]) + len(str(one["value"])) for one in choices)
    return own + values + sum(size_of(one) for one in command.get("options", ()))


def _subcommand(command: Command) -> Json:
    options = _argument(command) + [_option(one) for one in command.options]
    if command.name not in WITHOUT_CHANNEL:
        said = "The channel that it is about; this one when left out"
        options.append(_made(CHANNEL, IN, said, channel_types=list(CHANNEL_TYPES)))
    if not command.mutating:
        options.append(_made(BOOLEAN, SHARE, "Show the answer to everyone in this channel"))
    return _made(SUBCOMMAND, command.name, command.summary, options=options)


def _argument(  # noqa: C901, PLR0911, PLR0912 - one case for each kind of argument
    command: Command,
) -> list[Json]:
    """What stands behind the command's name, as options."""
    must = {"required": True} if command.needs_argument else {}
    match command.takes:
        case Takes.NOTHING:
            return []
        case Takes.QUERY:
            return [_query(**must)]
        case Takes.SUBSCRIPTION:
            return [_subscription(**must)]
        case Takes.EDIT:
            return [_subscription(**must), _query()]
        case Takes.CHANNEL:
            said = "A channel, thread or forum of this server"
            return [_made(CHANNEL, "channel", said, **must, channel_types=list(CHANNEL_TYPES))]
        case Takes.WORD:
            said = "A word, a phrase in quotes, or a field such as cat:cs.CR"
            return [_made(STRING, "word", said, **must, max_length=QUERY_MAX)]
        case Takes.MUTED:
            return [_completed("word", "One of the muted words", **must)]
        case Takes.PAPER:
            said = "An arXiv id, a DOI, or the address of the paper's page"
            return [_made(STRING, "paper", said, **must, max_length=QUERY_MAX)]
        case Takes.CHANGE:
            return [_made(STRING, "change", "A change's id; the last one when left out", **must)]
        case Takes.ROLES:
            roles = [_made(ROLE, name, "A role that may manage all channels") for name in ROLES]
            return [*roles, _made(BOOLEAN, NONE, "Take the right back from all roles")]
        case Takes.CHOICE:
            words = command.argument.strip("[]").split("|")
            choices = [{"name": word, "value": word} for word in words]
            said = "What to do; the answer says what is chosen when left out"
            return [_made(STRING, "choice", said, **must, choices=choices)]
        case Takes.TOPIC:
            return [_completed("topic", "A command, or queries", **must)]
        case _ as never:
            assert_never(never)


def _option(option: Option) -> Json:
    match option.kind:
        case OptionKind.TEXT:
            return _made(STRING, option.name, option.help)
        case OptionKind.TAG:
            return _completed(option.name, option.help)
        case OptionKind.MENTION:
            # one of roles alone could not name oneself; the core refuses other people
            return _made(MENTIONABLE, option.name, option.help)
        case OptionKind.NUMBER:
            bounds = {"min_value": option.low, "max_value": option.high}
            return _made(INTEGER, option.name, option.help, **bounds)
        case OptionKind.TYPES:
            choices = [{"name": name, "value": value} for value, name in TYPES.items()]
            return _made(STRING, option.name, option.help, choices=choices)
        case _ as never:
            assert_never(never)


def _query(**more: Any) -> Json:
    said = "Words, phrases in quotes, OR, a minus to leave out, cat:cs.CL, author:name"
    return _completed("query", said, **more, max_length=QUERY_MAX)


def _subscription(**more: Any) -> Json:
    return _completed("subscription", "Its number, name or query", **more)


def _completed(name: str, said: str, **more: Any) -> Json:
    return _made(STRING, name, said, **more, autocomplete=True)


def _made(kind: int, name: str, said: str, **more: Any) -> Json:
    return {"type": kind, "name": name, "description": _clipped(said), **more}


def _clipped(said: str) -> str:
    if len(said) <= DESCRIPTION_MAX:
        return said
    return said[: DESCRIPTION_MAX - 1].rsplit(None, 1)[0].rstrip(",;:") + "…"
