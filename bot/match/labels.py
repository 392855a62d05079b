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
from bot.text.names import Name, read_name, same_person

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator

    from bot.model.paper import Paper

_SUFFIX_MAX: Final = 3
"""Letters of the longest suffix that is no family name (III)."""

LabelLeaf: TypeAlias = Author | Category | SeenIn | TypeIs | Has | Upvotes | IdIs


class Labels:
    """The clauses by number, each under what a paper must say to meet it."""

    def __init__(self) -> None:
        self._said: dict[Hashable, int] = {}
        self._families: dict[str, list[tuple[Name, int]]] = {}
        self._at_least: list[tuple[int, int]] = []
        self._at_most: list[tuple[int, int]] = []

    def add(self, leaf: LabelLeaf, number: int) -> None:
        """Find the clause from now on."""
        match leaf:
            case Author(name=name):
                asked = read_name(name)
                self._families.setdefault(asked.family, []).append((asked, number))
            case Upvotes() if leaf.comparison is not Comparison.EQUAL:
                insort(*self._bound(leaf, number))
            case _:
                self._said[_key(leaf)] = number

    def remove(self, leaf: LabelLeaf, number: int) -> None:
        """Find the clause no longer."""
        match leaf:
            case Author(name=name):
                asked = read_name(name)
                self._families[asked.family].remove((asked, number))
                if not self._families[asked.family]:
                    del self._families[asked.family]
            case Upvotes() if leaf.comparison is not Comparison.EQUAL:
                bounds, bound = self._bound(leaf, number)
                bounds.remove(bound)
            case _:
                del self._said[_key(leaf)]

    def find(self, paper: Paper, found: set[int]) -> None:
        """Add the numbers of the clauses that the paper meets."""
        if self._said:
            said = self._said
            found.update(said[key] for key in _keys(paper) if key in said)
        if self._at_least or self._at_most:
            count = paper.upvotes or 0
            reached = bisect_left(self._at_least, (count + 1,))
            found.update(number for _, number in self._at_least[:reached])
            below = bisect_right(self._at_most, (count,))
            found.update(number for _, number in self._at_most[below:])
        if self._families:
            for author in paper.authors:
                if not self._may_be_asked(author):
                    continue
                name = read_name(author)
                for asked, number in self._families.get(name.family, ()):
                    if same_person(asked, name):
                        found.add(number)

    def _may_be_asked(self, author: str) -> bool:
        """False where a look tells that nobody asks for the family: names cost time to take apart.

        A plain last word of four letters or more is the family name, as Jr and IV are shorter.
        """
        last = author.rpartition(" ")[2]
        if len(last) > _SUFFIX_MAX and last.isascii() and last.isalpha() and "," not in author:
            return last.lower() in self._families
        return True

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
    """What _key gives for each clause that the paper meets. No two kinds of key can be equal."""
    yield from facts.category_names(paper)
    for source in facts.source_names(paper):
        yield "source", source
    yield facts.announced_as(paper)
    yield from facts.features(paper)
    yield paper.upvotes or 0
    yield from facts.ids(paper)
