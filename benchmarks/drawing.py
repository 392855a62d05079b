"""Draws subscriptions from the words of papers with a seeded hand; workload.py says what kinds."""

from __future__ import annotations

import random  # noqa: TID251  # a benchmark seeds its own
import re
from array import array
from bisect import bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import corpus

from bot.text.words import forms

if TYPE_CHECKING:
    from collections.abc import Iterator

TELLING: Final = {"Z": (0.0235, 1.0), "S": (0.0035, 0.015)}
"""The share of papers that a single word may be in, and the rarest word of a phrase: what is
commoner is no topic."""

VERSION: Final = 1
"""Of the drawing: another one makes other files."""

_WORD: Final = re.compile(r"[^\W_]+")
_NAME: Final = re.compile(r"[^\W\d_][\w.'-]*(?: [\w.'-]+){1,4}")
_CLASS: Final = re.compile(r"[a-z-]+\.[A-Z]{2}")
_STOP_WORDS = """
the a an of and in to for is are we with that this on by as be from which it can or our at these
have has not their its using such also been
"""
_STOP: Final = frozenset(_STOP_WORDS.split())


@dataclass(frozen=True, slots=True)
class Clause:
    """Words side by side; `kind` is text, title, prefix, author (one name) or class (one code)."""

    kind: str
    words: tuple[str, ...]

    @property
    def text(self) -> str:
        """The words with a space between them."""
        return " ".join(self.words)


@dataclass(frozen=True, slots=True)
class Wish:
    """A subscription before anyone's syntax: clauses joined by `how`, none of `without`."""

    how: str
    clauses: tuple[Clause, ...]
    without: tuple[Clause, ...] = ()


def draw(mix: str, count: int) -> Iterator[Wish]:
    """The wishes themselves."""
    drawing = _Drawing(TELLING[mix])
    return (drawing.wish() for _ in range(count))


class _Drawing:
    """The words of the source's papers by number, and a seeded hand that draws from them."""

    def __init__(self, telling: tuple[float, float]) -> None:
        self._chance = random.Random(corpus.SEED)
        self._words: list[str] = []
        self._flat = array("I")
        self._starts = array("I")  # of each text: titles at even places, abstracts at odd ones
        self._names: list[str] = []
        self._classes: list[str] = []
        papers_with = self._read()
        papers = len(self._starts) // 2
        short = [len(word) < 4 or word in _STOP for word in self._words]
        wrong = [len(word) < 2 or forms(word)[0] != [word] for word in self._words]
        self._edge = [not (short[i] or wrong[i]) for i in range(len(short))]
        self._last = [word not in _STOP and not wrong[i] for i, word in enumerate(self._words)]
        self._inner = [not one for one in wrong]
        alone, in_phrase = (share * papers for share in telling)
        self._alone = [self._edge[i] and papers_with[i] <= alone for i in range(len(short))]
        self._telling = [count <= in_phrase for count in papers_with]

    def _read(self) -> list[int]:
        """Take the papers in; in how many of them each word is."""
        numbers: dict[str, int] = {}
        papers_with: list[int] = []
        for paper in corpus.source():
            seen: set[int] = set()
            for text in (paper.title, paper.abstract):
                self._starts.append(len(self._flat))
                found = [
                    numbers.setdefault(word, len(numbers)) for word in _WORD.findall(text.lower())
                ]
                self._flat.extend(found)
                seen.update(found)
            papers_with.extend([0] * (len(numbers) - len(papers_with)))
            for number in seen:
                papers_with[number] += 1
            self._names += [name for name in paper.authors if _NAME.fullmatch(name)]
            self._classes += [code for code in paper.categories if _CLASS.fullmatch(code)]
        self._words = list(numbers)
        return papers_with

    def wish(self) -> Wish:
        """The next one."""
        chance = self._chance
        kind = chance.random()
        if kind < 0.60:
            return Wish("and", (self._clause(0, len(self._flat)),))
        if kind < 0.85:
            return self._several()
        if kind < 0.95:
            one, other = self._of_one_paper(2)
            return Wish("and", (one,), (other,))
        return self._field()

    def _several(self) -> Wish:
        """Clauses of one query come from one paper: they belong together."""
        how = self._chance.choice(("and", "and", "or"))
        return Wish(how, self._of_one_paper(self._chance.choice((2, 2, 3))))

    def _field(self) -> Wish:
        chance = self._chance
        word = self._clause(0, len(self._flat), (1,))
        kind = chance.random()
        if kind < 0.3:
            return Wish("and", (Clause("title", word.words),))
        if kind < 0.6:
            stem = word.text[: max(4, len(word.text) - 2)]
            return Wish("and", (Clause("prefix", (stem,)),))
        if kind < 0.8:
            return Wish("and", (Clause("author", tuple(chance.choice(self._names).split())),))
        code = Clause("class", (chance.choice(self._classes),))
        return Wish("and", (code,) if kind < 0.84 else (code, word))

    def _of_one_paper(self, count: int) -> tuple[Clause, ...]:
        """Different clauses of one paper that has as many."""
        while True:
            paper = self._chance.randrange(len(self._starts) // 2)
            first = self._starts[2 * paper]
            after = 2 * paper + 2
            end = self._starts[after] if after < len(self._starts) else len(self._flat)
            if end - first < 40:
                continue
            found = {self._clause(first, end): None for _ in range(count)}
            if len(found) == count:
                return tuple(found)

    def _clause(self, first: int, end: int, sizes: tuple[int, ...] = (1, 1, 2, 2, 3)) -> Clause:
        """One to three words side by side in one text, which someone may care about.

        Where a stretch is poor in such words, those of the whole corpus are taken after a while.
        """
        chance, flat = self._chance, self._flat
        size = chance.choice(sizes)
        for attempt in range(10_000):
            if attempt == 200:
                first, end = 0, len(flat)
            at = first + int(chance.random() * (end - first))
            if size == 1:
                if self._alone[flat[at]]:
                    return Clause("text", (self._words[flat[at]],))
                continue
            found = flat[at : at + size]
            if (
                len(found) == size
                and self._edge[found[0]]
                and self._last[found[-1]]
                and self._inner[found[size // 2]]
                and any(self._telling[number] for number in found)
                and bisect_right(self._starts, at) == bisect_right(self._starts, at + size - 1)
            ):
                return Clause("text", tuple(self._words[number] for number in found))
        raise AssertionError("no word worth asking for in the corpus")
