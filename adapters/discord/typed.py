"""What was chosen in `/papers`, as the text that a person would have typed.

The core reads text, so that every platform means the same by it; what is made here reads back to
exactly what was chosen, whatever stands in a query.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, assert_never

from adapters.discord.tree import GROUP, IN, NONE, ROLES, SHARE, SUBCOMMAND
from bot.card.paper import PREFIX
from bot.command.declare import OptionKind, Takes
from bot.command.read import read
from bot.command.spec import BY_NAME

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bot.command.declare import Command, Option

_QUOTES: Final = str.maketrans(dict.fromkeys('"“”„‟＂', "'"))
"""A name stands in double quotes in the text."""

_AROUND: Final = re.compile(r'["“”„‟＂]([^"“”„‟＂]*)["“”„‟＂]')


@dataclass(frozen=True, slots=True)
class Chosen:
    """A subcommand with its options by name. `focused` is the one that is being completed.

    `roles` are those among the values: an option may take a person or a role.
    """

    name: str
    values: Mapping[str, Any]
    focused: str | None = None
    roles: frozenset[str] = field(default=frozenset())

    @property
    def share(self) -> bool:
        """Whether everyone shall see the answer."""
        return self.values.get(SHARE) is True

    @property
    def elsewhere(self) -> str | None:
        """The id of the channel that it is about, where that is another."""
        found = self.values.get(IN)
        return str(found) if found is not None else None

    @property
    def is_bare_edit(self) -> bool:
        """Whether a subscription is to be edited without saying how."""
        return self.name == "edit" and not set(self.values) - {"subscription", IN}


def chosen(data: Mapping[str, Any]) -> Chosen | None:
    """What an interaction's data says; None when it is no command of ours."""
    if data.get("name") != GROUP:
        return None
    for one in data.get("options") or ():
        if one.get("type") == SUBCOMMAND:
            given = one.get("options") or ()
            focused = next((o["name"] for o in given if o.get("focused")), None)
            values = {option["name"]: option.get("value") for option in given}
            roles = frozenset((data.get("resolved") or {}).get("roles") or {})
            return Chosen(str(one["name"]), values, focused, roles)
    return None


def typed(given: Chosen) -> str:
    """The command as text. One that we do not know (any more) is left for the core to say so."""
    command = BY_NAME.get(given.name)
    if command is None:
        return f"{PREFIX} {given.name}"
    options = [
        (option.name, _value(option, given.values[option.name], given.roles))
        for option in command.options
        if given.values.get(option.name) is not None
    ]
    return written(given.name, _argument(command, given.values), options)


def written(name: str, argument: str, options: Sequence[tuple[str, str]]) -> str:
    """A command's text; the options stand last, as people write them, where that reads the same.

    Otherwise they stand first and `--` ends them: a query may hold `--name` or a lonely quote.
    """
    behind = [f"--{option} {value}" for option, value in options]
    plain = _joined(name, argument, *behind)
    guarded = _joined(name, *behind, "--", argument) if argument else plain
    return plain if read(plain) == read(guarded) else guarded


def quoted(value: str) -> str:
    """A value in quotes; quotes in it become single ones, lines and wide spaces simple spaces.

    Those that people put around it themselves are no part of it.
    """
    bare = _AROUND.fullmatch(value.strip())
    return f'"{" ".join((bare[1] if bare else value).translate(_QUOTES).split())}"'


def _joined(*parts: str) -> str:
    return " ".join([PREFIX, *(part for part in parts if part)])


def _argument(  # noqa: C901, PLR0911 - one case for each kind of argument
    command: Command, values: Mapping[str, Any]
) -> str:
    def said(name: str) -> str:
        return str(values.get(name) or "").strip()

    match command.takes:
        case Takes.NOTHING:
            return ""
        case Takes.QUERY:
            return said("query")
        case Takes.SUBSCRIPTION:
            return said("subscription")
        case Takes.EDIT:
            return f"{_one_word(said('subscription'))} {said('query')}".strip()
        case Takes.CHANNEL:
            return f"<#{said('channel')}>" if said("channel") else ""
        case Takes.WORD | Takes.MUTED:
            return said("word")
        case Takes.PAPER:
            return said("paper")
        case Takes.CHANGE:
            return said("change")
        case Takes.ROLES:
            roles = dict.fromkeys(said(name) for name in ROLES if said(name))
            return NONE if values.get(NONE) is True else " ".join(f"<@&{one}>" for one in roles)
        case Takes.CHOICE:
            return said("choice")
        case Takes.TOPIC:
            return said("topic")
        case _ as never:
            assert_never(never)


def _one_word(subscription: str) -> str:
    """A subscription in front of a query: a name of several words would reach into it."""
    return quoted(subscription) if len(subscription.split()) > 1 else subscription


def _value(option: Option, value: Any, roles: frozenset[str]) -> str:
    match option.kind:
        case OptionKind.TEXT | OptionKind.TAG:
            return quoted(str(value))
        case OptionKind.MENTION:
            return mention(str(value), is_role=str(value) in roles)
        case OptionKind.NUMBER | OptionKind.TYPES:
            return str(value)
        case _ as never:
            assert_never(never)


def mention(found: str, *, is_role: bool) -> str:
    """A person or a role as Discord writes it."""
    return f"<@&{found}>" if is_role else f"<@{found}>"
