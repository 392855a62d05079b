"""Whether contenders find what the plain evaluator finds: a sample of papers × subscriptions."""

from __future__ import annotations

import hashlib
import json
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cache, partial
from itertools import chain
from multiprocessing import get_context
from typing import TYPE_CHECKING

import corpus
import workload
from data import ROOT

from bot.match.plain import holds
from bot.match.texts import Texts

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from bot.query.ast import Node

FIRST = 900
"""The first paper of the sample: those before are the measured ones."""


@dataclass(frozen=True, slots=True)
class Truth:
    """For each paper the numbers that hold, of every so many subscriptions one."""

    papers: int
    every: int
    found: list[list[int]]


@dataclass(frozen=True, slots=True)
class Agreement:
    """How a contender's matches and the true ones compare. `wrong` counts papers that differ."""

    name: str
    papers: int
    subscriptions: int
    both: int
    missed: int
    extra: int
    wrong: int

    def sentence(self) -> str:
        """In words."""
        where = f"{self.papers:,} papers × {self.subscriptions:,} subscriptions"
        if not self.wrong:
            return f"{self.name}, {where}: the plain evaluator's {self.both:,} matches, all equal."
        true = self.both + self.missed
        return (
            f"{self.name}, {where}: {self.both / max(1, true):.1%} of the plain evaluator's "
            f"{true:,} matches; {self.extra / max(1, self.both + self.extra):.1%} of its own are "
            "not among them."
        )


def truth(mix: str, count: int, every: int, papers: int) -> Truth:
    """Ask the plain evaluator, in two processes; kept until a rule or the workload changes."""
    file = workload.ensure(mix, count)
    rules = hashlib.sha256(b"".join(one.read_bytes() for one in _rules())).hexdigest()[:12]
    kept = file.with_name(f"truth-{file.stem}-{count}-{every}-{papers}-{rules}.json")
    if not kept.exists():
        size = max(1, papers // 20)
        starts = range(FIRST, FIRST + papers, size)
        ends = [min(FIRST + papers, start + size) for start in starts]
        with ProcessPoolExecutor(2, get_context("spawn")) as pool:
            parts = pool.map(partial(_plain, mix, count, every), starts, ends)
            kept.write_text(json.dumps(list(chain.from_iterable(parts))), encoding="utf-8")
    return Truth(papers, every, json.loads(kept.read_text(encoding="utf-8")))


def _rules() -> list[Path]:
    """The files that say when a query holds."""
    match = [ROOT / "bot/match" / f"{name}.py" for name in ("plain", "find", "texts", "facts")]
    return [*sorted((ROOT / "bot/text").glob("*.py")), *match]


def _plain(mix: str, count: int, every: int, first: int, last: int) -> list[list[int]]:
    asked = _asked(mix, count, every)
    found = []
    for paper in corpus.measured(last)[first:]:
        texts = Texts(paper)
        found.append([number for number, tree in asked if holds(tree, paper, None, texts)])
    return found


@cache
def _asked(mix: str, count: int, every: int) -> list[tuple[int, Node]]:
    """The subscriptions of the sample, read once a process."""
    return [
        (number, workload.tree(wish))
        for number, wish in enumerate(workload.wishes(mix, count))
        if number % every == 0
    ]


def compare(name: str, size: int, found: Sequence[Sequence[int]], truth: Truth) -> Agreement:
    """A contender with that many subscriptions against the truth about the first papers."""
    both = missed = extra = wrong = 0
    for mine, true in zip(found, truth.found[: len(found)], strict=True):
        has, should = set(mine), {number for number in true if number < size}
        both += len(has & should)
        missed += len(should - has)
        extra += len(has - should)
        wrong += has != should
    asked = len(range(0, size, truth.every))
    return Agreement(name, len(found), asked, both, missed, extra, wrong)
