"""Clauses that ask for no words (class, author, votes …), found by what a paper says of itself."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from typing import TYPE_CHECKING, Final, TypeAlias

from bot.match import facts
from bot.query.ast import (
    Author,
    Category,
    Comparison,
    Has,
    IdIs,
    SeenIn,
    TypeIs,
    Upvotes,
)
from bot.text.names import SUFFIXES, plain_name, read_name

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator, Mapping, Sequence

    from bot.model.paper import Paper

_CLASSES_MAX: Final = 4096
"""Classes remembered: arXiv has 176, but old papers carry others' codes."""

LabelLeaf: TypeAlias = Author | Category | SeenIn | TypeIs | Has | Upvotes | IdIs


class Labels:
    """The clauses by number, each under what a paper must say to meet it."""

    def __init__(self) -> None:
        self._said: dict[Hashable, int] = {}
        self._in_classes = 0
        self._classes: dict[str, tuple[list[int], list[int]]] = {}  # what of each class was read
        self._families: dict[str, dict[str, int]] = {}
        self._at_least: list[tuple[int, int]] = []
        self._at_most: list[tuple[int, int]] = []

    def add(self, leaf: LabelLeaf, number: int) -> None:
        """Find the clause from now on."""
        match leaf:
            case Author(name=name):
                asked = read_name(name)
                self._families.setdefault(asked.family, {})[asked.given] = number
            case Upvotes() if leaf.comparison is not Comparison.EQUAL:
                insort(*self._bound(leaf, number))
            case _:
                self._said[_key(leaf)] = number
                self._count_class(leaf, 1)

    def remove(self, leaf: LabelLeaf, number: int) -> None:
        """Find the clause no longer."""
        match leaf:
            case Author(name=name):
                asked = read_name(name)
                del self._families[asked.family][asked.given]
                if not self._families[asked.family]:
                    del self._families[asked.family]
            case Upvotes() if leaf.comparison is not Comparison.EQUAL:
                bounds, bound = self._bound(leaf, number)
                bounds.remove(bound)
            case _:
                del self._said[_key(leaf)]
                self._count_class(leaf, -1)

    def find(self, paper: Paper) -> list[int]:
        """The numbers of the clauses that the paper meets; some perhaps twice."""
        found: list[int] = []
        if self._in_classes:
            known, is_first = self._classes, True
            for written in paper.categories:
                every, primary = known.get(written) or self._class(written)
                found += every
                if is_first:
                    found += primary
                    is_first = False
        if len(self._said) > self._in_classes:
            said = self._said
            found += [said[key] for key in _keys(paper) if key in said]
        if self._at_least or self._at_most:
            count = paper.upvotes or 0
            reached = bisect_left(self._at_least, (count + 1,))
            found += [number for _, number in self._at_least[:reached]]
            below = bisect_right(self._at_most, (count,))
            found += [number for _, number in self._at_most[below:]]
        if self._families:
            self._find_authors(paper.authors, found)
        return found

    def _find_authors(self, authors: Sequence[str], found: list[int]) -> None:
        families = self._families
        for author in authors:
            # A plain last word is the family name. Where nobody asks for it, the name need not be
            # taken apart.
            last = author[author.rfind(" ") + 1 :].lower()
            if (
                last not in families
                and last.isalpha()
                and last.isascii()
                and last not in SUFFIXES
                and "," not in author
            ):
                continue
            family, given = plain_name(author) or read_name(author)
            givens = families.get(family)
            if not givens or not family:
                continue
            if len(given) <= 1:
                found += _of_initial(givens, given)
            elif given in givens or given[0] in givens or "" in givens:  # few namesakes agree
                found += [givens[one] for one in (given, given[0], "") if one in givens]

    def _class(self, written: str) -> tuple[list[int], list[int]]:
        """The clauses that a class meets, and those that it meets as a paper's first."""
        names, said = dict.fromkeys(facts.code_and_archive(written)), self._said
        found = (
            [said[name, False] for name in names if (name, False) in said],
            [said[name, True] for name in names if (name, True) in said],
        )
        if len(self._classes) >= _CLASSES_MAX:
            self._classes.clear()
        self._classes[written] = found
        return found

    def _count_class(self, leaf: LabelLeaf, step: int) -> None:
        if isinstance(leaf, Category):
            self._in_classes += step
            self._classes.clear()

    def _bound(self, leaf: Upvotes, number: int) -> tuple[list[tuple[int, int]], tuple[int, int]]:
        """The list that a comparison stands in, and its bound there, inclusive."""
        match leaf.comparison:
            case Comparison.AT_LEAST:
                return self._at_least, (leaf.count, number)
            case Comparison.MORE:
                return self._at_least, (leaf.count + 1, number)
            case Comparison.AT_MOST:
                return self._at_most, (leaf.count, number)
            case _:
                return self._at_most, (leaf.count - 1, number)


def label_key(leaf: LabelLeaf) -> Hashable:
    """What two clauses have in common that the same papers meet."""
    match leaf:
        case Author(name=name):
            return read_name(name)
        case Upvotes() if leaf.comparison is not Comparison.EQUAL:
            return leaf
        case _:
            return _key(leaf)


def _of_initial(givens: Mapping[str, int], given: str) -> list[int]:
    """The names of one family that agree with an initial, or with no given name."""
    return [number for one, number in givens.items() if not one or one.startswith(given)]


def _key(leaf: Category | SeenIn | TypeIs | Has | Upvotes | IdIs) -> Hashable:
    match leaf:
        case Category():
            return leaf.code, leaf.primary
        case SeenIn():
            return "source", leaf.source
        case TypeIs():
            return leaf.announced
        case Has():
            return leaf.feature
        case Upvotes():
            return leaf.count
        case IdIs():
            return leaf.paper_id


def _keys(paper: Paper) -> Iterator[Hashable]:
    """What _key gives for each clause that the paper meets, but classes.

    No two kinds of key can be equal.
    """
    for source in facts.source_names(paper):
        yield "source", source
    yield facts.announced_as(paper)
    yield from facts.features(paper)
    yield paper.upvotes or 0
    yield from facts.ids(paper)
