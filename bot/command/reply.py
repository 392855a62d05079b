"""Reply: what a command found or did, before say.py puts it into words. A closed union."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime, tzinfo

    from bot.card.card import Action, Link
    from bot.card.post import PaperList
    from bot.command.declare import Command
    from bot.command.forecast import Forecast
    from bot.model.channel import Channel, UserId
    from bot.model.paper import Paper, PaperId
    from bot.model.subscription import Subscription
    from bot.ports import Books, Change, FeedState


@dataclass(frozen=True, slots=True)
class Problem:
    """Why nothing was done, what to do next, and what stands in columns (`quoted`).

    A `correctable` one comes with what was typed, to be changed and sent again.
    """

    title: str
    said: tuple[str, ...] = ()
    quoted: str = ""
    buttons: tuple[Action | Link, ...] = ()
    correctable: bool = False


@dataclass(frozen=True, slots=True)
class Done:
    """Something simple was done. `undo` is the id of the change that can be taken back."""

    title: str
    said: tuple[str, ...] = ()
    undo: str | None = None
    buttons: tuple[Action, ...] = ()


@dataclass(frozen=True, slots=True)
class Due:
    """When papers come: the next announcement, now, and the asker's time zone."""

    at: datetime
    now: datetime
    zone: tzinfo
    zone_name: str
    quiet: str | None
    watched: tuple[str, ...]
    named: tuple[str, ...] = ()
    """Watched classes that the query itself names."""
    unwatched: tuple[str, ...] = ()
    """Categories that the query names and nobody watches."""


@dataclass(frozen=True, slots=True)
class Subscribed:
    """A subscription is there. `forecast` is None when the asker had too many of them."""

    subscription: Subscription
    due: Due
    forecast: Forecast | None
    notes: tuple[str, ...] = ()
    undo: str | None = None
    edited: bool = False
    asker: UserId | None = None


@dataclass(frozen=True, slots=True)
class Doubted:
    """A query that would post very much: nothing is stored before a person says so.

    `options` are those given, as they are typed.
    """

    query: str
    options: str
    forecast: Forecast
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Already:
    """The same query is subscribed here."""

    subscription: Subscription
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Previewed:
    """What a query would have posted. `number` is there when it is a subscription's."""

    query: str
    number: int | None
    forecast: Forecast
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Listed:
    """All that is set in a channel; `asker` is called "you"."""

    channel: Channel
    asker: UserId
    waiting: int
    note: str = ""


@dataclass(frozen=True, slots=True)
class Managed:
    """The roles that manage all channels of the tenant, and whether that was just chosen."""

    roles: tuple[str, ...]
    undo: str | None = None
    chosen: bool = False


@dataclass(frozen=True, slots=True)
class Logged:
    """Changes, newest first; `open` are the ids that can still be undone."""

    changes: tuple[Change, ...]
    open: frozenset[str]
    asker: UserId
    zone: tzinfo


@dataclass(frozen=True, slots=True)
class Found:
    """A page of papers. `command` without its page says the same again."""

    title: str
    papers: tuple[Paper, ...]
    command: str
    page: int
    more: bool
    empty: str
    buttons: tuple[Action, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Shown:
    """One paper, whole."""

    paper: Paper


@dataclass(frozen=True, slots=True)
class Asked:
    """What else can be asked of a paper."""

    paper: Paper


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one subscription says of a paper.

    `words` of the paper made it match; or `missing` are the clauses that did not hold.
    """

    subscription: Subscription
    matched: bool
    words: tuple[str, ...] = ()
    missing: str = ""
    wrong_type: bool = False


@dataclass(frozen=True, slots=True)
class Explained:
    """Why a paper was posted in a channel, or why not."""

    paper: Paper
    verdicts: tuple[Verdict, ...]
    muted: str | None
    queued_at: datetime | None
    posted_at: datetime | None
    channel_paused: bool
    zone: tzinfo


@dataclass(frozen=True, slots=True)
class Cited:
    """A paper's BibTeX."""

    paper: Paper
    bibtex: str


@dataclass(frozen=True, slots=True)
class Offered:
    """Words of a paper to mute, each with how many recent matches it would have removed."""

    paper: Paper
    words: tuple[tuple[str, int], ...]
    days: float
    matched: int
    counted: bool = True
    """False when this person had too much counted lately."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A page of a list that was posted."""

    paper_list: PaperList
    papers: Mapping[PaperId, Paper]
    page: int


@dataclass(frozen=True, slots=True)
class Reported:
    """How things stand."""

    feeds: tuple[FeedState, ...]
    watched: tuple[str, ...]
    due: Due
    waiting_here: int
    books: Books | None
    """None where the asker shares paperwire with other tenants, whose counts these are, too."""
    channel: Channel
    sample: bool
    put_aside: Mapping[str, int]
    """Posts of this channel that were given up, by the reason."""


@dataclass(frozen=True, slots=True)
class Helped:
    """Help: on one command, on a topic, or (both None) on all commands; as on a platform."""

    commands: tuple[Command, ...]
    command: Command | None = None
    topic: str | None = None
    platform: str = ""


Reply: TypeAlias = (
    Problem
    | Done
    | Subscribed
    | Already
    | Doubted
    | Previewed
    | Listed
    | Managed
    | Logged
    | Found
    | Shown
    | Asked
    | Explained
    | Cited
    | Offered
    | Opened
    | Reported
    | Helped
)
