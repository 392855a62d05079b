"""What it costs to add, replace and remove subscriptions while papers are matched."""

from __future__ import annotations

import random  # noqa: TID251  # a benchmark seeds its own
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import corpus
import workload

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bot.match.index import Index
    from bot.model.paper import Paper


@dataclass(slots=True)
class Churn:
    """Seconds of the processor for changes, all and the longest.

    `more_s` is what the matches among them took more than without changes.
    """

    counts: dict[str, int] = field(default_factory=dict)
    spent_s: dict[str, float] = field(default_factory=dict)
    longest_s: dict[str, float] = field(default_factory=dict)
    match_s: float = 0.0
    more_s: float = 0.0

    def note(self, kind: str, took_s: float) -> None:
        """One change."""
        self.counts[kind] = self.counts.get(kind, 0) + 1
        self.spent_s[kind] = self.spent_s.get(kind, 0.0) + took_s
        self.longest_s[kind] = max(self.longest_s.get(kind, 0.0), took_s)

    @property
    def each_s(self) -> float:
        """A change with what it costs the matches after it."""
        return (sum(self.spent_s.values()) + self.more_s) / sum(self.counts.values())


def churn(index: Index, mix: str, count: int, papers: Sequence[Paper]) -> Churn:
    """Ten changes (4 add, 3 replace, 3 remove) before each match; `count` are there before."""
    hand = random.Random(corpus.SEED)
    rounds = len(papers)
    plain_s = _spent(index.match, papers)
    adding, replacing = (
        list(workload.trees(mix, size, count + first))
        for size, first in ((4 * rounds, 0), (3 * rounds, 4 * rounds))
    )
    churn = Churn()
    here = list(range(count))
    for turn, paper in enumerate(papers):
        gone = [_taken(here, hand) for _ in range(3)]
        other = [here[hand.randrange(len(here))] for _ in range(3)]
        for place in range(4):
            at = 4 * turn + place
            churn.note("add", _took(index.add, count + at, adding[at]))
            here.append(count + at)
        for place, number in enumerate(other):
            churn.note("replace", _took(index.replace, number, replacing[3 * turn + place]))
        for number in gone:
            churn.note("remove", _took(index.remove, number))
        churn.match_s += _spent(index.match, [paper])
    plain_s = min(plain_s, _spent(index.match, papers))
    churn.more_s = churn.match_s - plain_s
    assert len(index) == len(here)
    return churn


def _taken(here: list[int], hand: random.Random) -> int:
    """One of them at random, taken out by putting the last in its place."""
    at = hand.randrange(len(here))
    here[at], here[-1] = here[-1], here[at]
    return here.pop()


def _took(call: Callable[..., object], *args: object) -> float:
    begun = time.process_time()
    call(*args)
    return time.process_time() - begun


def _spent(match: Callable[[Paper], object], papers: Sequence[Paper]) -> float:
    begun = time.process_time()
    for paper in papers:
        match(paper)
    return time.process_time() - begun
