"""What a query would have posted: asked of the archive before a person finds out the hard way."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from bot.match.mute import muted_tree
from bot.model.subscription import DEFAULT_TYPES
from bot.query.ast import And, Node, Not, Or, Query, QueryError, TextField, Words
from bot.query.parse import Use, parse
from bot.query.show import show

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from bot.command.desk import Desk
    from bot.command.request import Request
    from bot.model.subscription import ChangeType
    from bot.ports import Sample

SAMPLES_SHOWN: Final = 3
BRANCHES_TRIED: Final = 6
CLAUSES_TRIED: Final = 4
"""Each try reads the archive once more, and what is left without a clause is many papers."""

SEEN_ENOUGH: Final = 300
MATCHED_ENOUGH: Final = 40
"""Papers from which shares can be told."""

MOST: Final = 0.5

PHRASE_WORDS_MAX: Final = 5
SHARE_BROAD: Final = 0.2
SEEN_TO_TELL: Final = 200
"""A query that takes every fifth paper is broad, once there are papers enough to tell."""

MATCHED_TO_TELL: Final = 5
"""From here on it is worth a look which part of a query gives most of it."""


@dataclass(frozen=True, slots=True)
class Branch:
    """One part of an OR gives most of it: the share of all that it has alone, 0 to 1."""

    clause: str
    share: float


@dataclass(frozen=True, slots=True)
class Idle:
    """One part hardly narrows it: without it there would be `extra` more (0.1: a tenth)."""

    clause: str
    extra: float


@dataclass(frozen=True, slots=True)
class Single:
    """It has only one part, and that is broad."""

    clause: str


@dataclass(frozen=True, slots=True)
class Phrase:
    """The same words as a phrase, and how many papers that would be."""

    query: str
    matched: int


@dataclass(frozen=True, slots=True)
class Forecast:
    """A count over the last days, at most `asked_days`, with samples and what could be better."""

    sample: Sample
    asked_days: int
    alerts_per_day: int
    broad: bool
    busy: bool = False
    """More a day than a channel takes without being asked."""
    guilty: Branch | Idle | Single | None = None
    phrase: Phrase | None = None
    muted: int = 0
    """Papers that muted words would have kept away."""
    absent: str | None = None
    """Where nothing matches: a part of the query that matches nothing by itself."""

    @property
    def per_day(self) -> float:
        """Papers a day; less than a day counts as one."""
        return self.rate(self.sample.matched)

    def rate(self, matched: int) -> float:
        """So many papers over the same days, as papers a day."""
        return matched / max(1.0, self.sample.days)


async def may_forecast(desk: Desk, request: Request) -> bool:
    """Whether this person has a forecast left in the current window."""
    who = f"preview:{request.channel.platform}:{request.channel.tenant}:{request.user}"
    for slot in range(desk.limits.previews):
        if await desk.leases.once(f"{who}:{slot}", desk.limits.previews_window_s):
            return True
    return False


async def forecast(
    desk: Desk, query: Query, types: frozenset[ChangeType], muted: tuple[str, ...]
) -> Forecast:
    """Count, sample, and look for what makes the query broad."""
    since = desk.clock.now() - timedelta(days=desk.limits.forecast_days)
    plain = await desk.archive.sample(query, types, since, SAMPLES_SHOWN)
    calm = without_muted(query, muted)
    sample = (
        plain if calm is query else await desk.archive.sample(calm, types, since, SAMPLES_SHOWN)
    )
    counted = Forecast(
        sample,
        desk.limits.forecast_days,
        desk.alerts_per_day,
        broad=False,
        muted=max(0, plain.matched - sample.matched),
    )
    share = sample.matched / sample.seen if sample.seen else 0.0
    busy = counted.per_day > desk.limits.busy_per_day
    broad = busy or (share > SHARE_BROAD and sample.seen >= SEEN_TO_TELL)
    counted = replace(counted, broad=broad, busy=busy)
    if sample.matched >= MATCHED_TO_TELL:
        counted = replace(counted, guilty=await _guilty(desk, query, calm, types, counted))
    if not plain.matched and sample.seen and types >= DEFAULT_TYPES:
        counted = replace(counted, absent=await _absent(desk, query, types, since))
    return replace(counted, phrase=await _phrase(desk, query, types, since))


async def _absent(
    desk: Desk, query: Query, types: frozenset[ChangeType], since: datetime
) -> str | None:
    """The part that is to blame for nothing: a slip in a name, a word that nobody uses."""
    parts = [part for part in _parts(query.tree) if not isinstance(part, Not)]
    for part in parts[:CLAUSES_TRIED] if len(parts) > 1 else ():
        if not (await desk.archive.sample(of_tree(part), types, since, 0)).matched:
            return show(part)
    return None


def without_muted(query: Query, muted: Iterable[str]) -> Query:
    """The query, and not what the channel has muted; the query itself when nothing is."""
    nots = [Not(tree, tree.span) for word in muted if (tree := muted_tree(word)) is not None]
    return of_tree(both(query.tree, *nots)) if nots else query


def of_tree(tree: Node) -> Query:
    """A query made by us rather than typed."""
    text = show(tree)
    return Query(text, tree, text)


def both(*nodes: Node) -> Node:
    """All of them: a flat And, or the one."""
    parts = [part for node in nodes for part in (node.parts if isinstance(node, And) else (node,))]
    return parts[0] if len(parts) == 1 else And(tuple(parts), parts[0].span)


async def _guilty(
    desk: Desk, query: Query, calm: Query, types: frozenset[ChangeType], told: Forecast
) -> Branch | Idle | Single | None:
    """The part of the query that makes it broad, found by counting with it alone or without it."""
    parts = _parts(query.tree)
    choice = next((part for part in parts if isinstance(part, Or)), None)
    if choice is None and not told.broad:
        return None  # what narrows what is told of broad queries only: it costs the most to find
    looked_for = [part for part in parts if not isinstance(part, Not)]
    if len(looked_for) == 1 and choice is None:
        return Single(show(looked_for[0]))
    muted = _parts(calm.tree)[len(parts) :] if calm is not query else ()
    since = _shorter(told.sample, desk.clock.now())

    async def count(*nodes: Node) -> int:
        wanted = of_tree(both(*nodes, *muted))
        return (await desk.archive.sample(wanted, types, since, 0)).matched

    whole = await count(query.tree)
    if not whole:
        return None
    if choice is not None:
        rest = [part for part in parts if part is not choice]
        branches = [
            Branch(show(branch), await count(*rest, branch) / whole)
            for branch in choice.parts[:BRANCHES_TRIED]
        ]
        widest = max(branches, key=lambda one: one.share)
        return widest if widest.share > MOST else None
    idle = [
        Idle(show(part), await count(*(other for other in parts if other is not part)) / whole - 1)
        for part in looked_for[:CLAUSES_TRIED]
    ]
    least = min(idle, key=lambda one: one.extra, default=None)
    return least if least and least.extra < MOST else None


def _shorter(sample: Sample, now: datetime) -> datetime:
    """The start of a span with papers enough to tell shares: counting all again takes seconds."""
    share = min(1.0, max(SEEN_ENOUGH / max(1, sample.seen), MATCHED_ENOUGH / sample.matched))
    return (sample.newest_at or now) - timedelta(days=max(1.0, sample.days) * share)


def _parts(tree: Node) -> tuple[Node, ...]:
    return tree.parts if isinstance(tree, And) else (tree,)


async def _phrase(
    desk: Desk, query: Query, types: frozenset[ChangeType], since: datetime
) -> Phrase | None:
    """Bare words side by side are often meant as a phrase: the figure as one."""
    phrase = as_phrase(query, desk.sources)
    if phrase is None:
        return None
    counted = await desk.archive.sample(phrase, types, since, 0)
    return Phrase(phrase.canonical, counted.matched)


def as_phrase(query: Query, sources: frozenset[str]) -> Query | None:
    """The words of a query in quotes, if it is nothing but two to five bare words."""
    tree = query.tree
    if not isinstance(tree, And) or len(tree.parts) > PHRASE_WORDS_MAX:
        return None
    typed = []
    for part in tree.parts:
        if not isinstance(part, Words) or part.field is not TextField.ANY:
            return None
        if not part.typed or not all(char.isalnum() or char in "-'’+#" for char in part.typed):
            return None
        typed.append(part.typed)
    phrase = parse(f'"{" ".join(typed)}"', Use.SUBSCRIPTION, sources)
    return None if isinstance(phrase, QueryError) else phrase
