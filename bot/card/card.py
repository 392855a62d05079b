"""Card: what the bot says, in parts that every platform can show.

All text is plain and untrusted: adapters escape it, once, and clip it to their platform's limits.
A button is a command: pressing it is the same as typing it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from datetime import date

    from bot.model.paper import PaperId
    from bot.model.subscription import Mention


class CardKind(StrEnum):
    """What a card is for; the `kind` of the JSON interface."""

    ALERT = "alert"
    LIST = "list"
    NOTICE = "notice"
    ANSWER = "answer"
    RESULTS = "results"
    PAPER = "paper"
    SUBSCRIPTIONS = "subscriptions"
    STATUS = "status"
    HELP = "help"
    ERROR = "error"


class Mark(StrEnum):
    """How a stretch of text is set."""

    PLAIN = "plain"
    STRONG = "strong"
    QUIET = "quiet"
    CODE = "code"


@dataclass(frozen=True, slots=True)
class Run:
    """A stretch of text set one way; `url` makes it a link (https, built by us from ids).

    `who` is the person or role that the text stands for: a platform may show their name instead,
    where that calls nobody; only `Card.mentions` may call.
    """

    text: str
    mark: Mark = Mark.PLAIN
    url: str | None = None
    who: Mention | None = None


@dataclass(frozen=True, slots=True)
class Para:
    """A paragraph."""

    runs: tuple[Run, ...]


@dataclass(frozen=True, slots=True)
class Preformatted:
    """Lines whose columns matter: a caret under a query, BibTeX."""

    text: str


@dataclass(frozen=True, slots=True)
class Fact:
    """A label and its value: "Next papers" - "Tuesday, 02:05"."""

    label: str
    value: str


@dataclass(frozen=True, slots=True)
class Facts:
    """Facts side by side or under each other."""

    facts: tuple[Fact, ...]


@dataclass(frozen=True, slots=True)
class Action:
    """A button: `command` is what pressing it says, as if typed ("/papers why arxiv:2401.00001").

    `fill` puts the command into the input for the person to finish instead of sending it.
    """

    label: str
    command: str
    primary: bool = False
    fill: bool = False


@dataclass(frozen=True, slots=True)
class Link:
    """A button that opens a page."""

    label: str
    url: str


@dataclass(frozen=True, slots=True)
class PaperPart:
    """A paper as one phone screen shows it. `authors` is already "A, B, C and 4 more".

    `abstract` is at most 300 characters, cut at a sentence; empty in lists. `reason` is runs, so
    that the matched words can be strong.
    """

    paper_id: PaperId
    title: str
    url: str
    authors: str
    categories: tuple[str, ...]
    day: date
    announced: str
    version: int
    abstract: str
    reason: tuple[Run, ...]
    pdf_url: str | None = None
    code_url: str | None = None
    project_url: str | None = None
    upvotes: int | None = None
    stars: int | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """One entry of a list with buttons of its own: a subscription, a change in the log."""

    runs: tuple[Run, ...]
    actions: tuple[Action, ...] = ()


Part: TypeAlias = Para | Preformatted | Facts | PaperPart | Row


@dataclass(frozen=True, slots=True)
class Card:
    """One answer or one post.

    `title` heads it (empty for an alert, whose paper has its own). `buttons` are at most five,
    `more` is the overflow menu. `fallback` is the whole in one line, for notifications.
    `private` asks for an answer that only the asker sees, where the platform can. `mentions` are
    the only ones whom a post may call; `tags` are for places that sort posts by them (forums).
    """

    kind: CardKind
    title: str
    parts: tuple[Part, ...]
    fallback: str
    buttons: tuple[Action | Link, ...] = ()
    more: tuple[Action | Link, ...] = ()
    private: bool = True
    mentions: tuple[Mention, ...] = ()
    tags: tuple[str, ...] = ()
