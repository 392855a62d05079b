"""What a command's declaration holds; the declarations themselves stand in spec.py."""

from __future__ import annotations

from dataclasses import dataclass
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
    CHOICE = "choice"
    """One of the words of the argument: `[resend|hold]`."""
    TOPIC = "topic"


class OptionKind(StrEnum):
    """What an option's value is."""

    TEXT = "text"
    NUMBER = "number"
    TYPES = "types"


@dataclass(frozen=True, slots=True)
class Option:
    """`--name N`: its value is a text, a number from `low` to `high`, or announcement types."""

    name: str
    kind: OptionKind
    usage: str
    help: str
    default: str = ""
    low: int = 1
    high: int = 1


@dataclass(frozen=True, slots=True)
class Command:
    """One command. `argument` follows it in the usage line; in brackets it may be left out.

    `mutating` commands need the right to manage the channel. `shown` is False for those that only
    buttons say; `local` ones are offered on the local page alone.
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


@dataclass(frozen=True, slots=True)
class Names:
    """What can be completed: (number, label) of subscriptions, channels, muted words."""

    subscriptions: tuple[tuple[int, str], ...] = ()
    channels: tuple[str, ...] = ()
    muted: tuple[str, ...] = ()
    local: bool = True


@dataclass(frozen=True, slots=True)
class Suggestion:
    """One way to go on: `text` is the whole input afterwards, `hint` says what it does."""

    text: str
    hint: str
