"""What a command's declaration holds; the declarations themselves stand in spec.py."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum


class Takes(StrEnum):
    """What a command's argument is, for completion and for a platform's typed options."""

    NOTHING = "nothing"
    QUERY = "query"
    SUBSCRIPTION = "subscription"
    EDIT = "edit"
    """A subscription's number, then a query."""
    CHANNEL = "channel"
    WORD = "word"
    MUTED = "muted"
    PAPER = "paper"
    CHANGE = "change"
    ROLES = "roles"
    """Roles of the tenant, as the platform writes them, or `none`."""
    CHOICE = "choice"
    """One of the words of the argument: `[resend|hold]`."""
    TOPIC = "topic"


class OptionKind(StrEnum):
    """What an option's value is."""

    TEXT = "text"
    NUMBER = "number"
    TYPES = "types"
    MENTION = "mention"
    """`me`, `none`, or a role, or oneself, as the platform writes them: `<@&456>`, `<@123>`."""
    TAG = "tag"
    """Names of tags with commas between them; the option may be there several times."""


@dataclass(frozen=True, slots=True)
class Option:
    """`--name N`: its value is what `kind` says; a number goes from `low` to `high`.

    `platforms` are those where it is offered; None: everywhere. `lacking` says of each other
    platform why not.
    """

    name: str
    kind: OptionKind
    usage: str
    help: str
    default: str = ""
    low: int = 1
    high: int = 1
    platforms: frozenset[str] | None = None
    lacking: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Command:
    """One command. `argument` follows it in the usage line; in brackets it may be left out.

    `mutating` commands need the right to manage the channel. `shown` is False for those that only
    buttons say; `local` ones are offered on the local page alone. `platforms` are those where it
    is offered; None: everywhere. `lacking` says of each other platform why not.
    """

    name: str
    argument: str
    summary: str
    detail: str
    examples: tuple[str, ...]
    takes: Takes = Takes.NOTHING
    options: tuple[Option, ...] = ()
    mutating: bool = False
    shown: bool = True
    local: bool = False
    platforms: frozenset[str] | None = None
    lacking: tuple[tuple[str, str], ...] = ()

    def on(self, platform: str) -> Command:
        """The same command with the options that are offered on a platform."""
        there = tuple(one for one in self.options if is_offered(one, platform))
        return self if there == self.options else replace(self, options=there)

    @property
    def usage(self) -> str:
        """`/papers search QUERY [--limit N]`."""
        said = [f"/papers {self.name}", self.argument]
        said += [f"[--{option.name} {option.usage}]" for option in self.options]
        return " ".join(part for part in said if part)

    @property
    def needs_argument(self) -> bool:
        """Whether it means nothing by itself."""
        return bool(self.argument) and not self.argument.startswith("[")


def is_offered(one: Command | Option, platform: str) -> bool:
    """Whether people are told of it on a platform; "" is any."""
    return not platform or one.platforms is None or platform in one.platforms


@dataclass(frozen=True, slots=True)
class Names:
    """What can be completed: (number, label) of subscriptions, channels, muted words.

    `recent` are queries that the asker searched for, the newest first. `platform` is where the
    asker is ("" for anywhere); `local` whether that is a page with a sample day.
    """

    subscriptions: tuple[tuple[int, str], ...] = ()
    channels: tuple[str, ...] = ()
    muted: tuple[str, ...] = ()
    local: bool = True
    recent: tuple[str, ...] = ()
    platform: str = ""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """One way to go on: `text` is the whole input afterwards, `hint` says what it does."""

    text: str
    hint: str
