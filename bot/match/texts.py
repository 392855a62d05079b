"""The texts of a paper as lattices: its words, and the hyphenated runs that also read as one.

A path through a lattice goes from word to word without a gap. Title, abstract and each author are
lattices of their own, so that no phrase crosses from one to the next.
"""

from __future__ import annotations

from collections import defaultdict
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from bot.query.ast import TextField
from bot.text.words import Token, bare, compounds, tokens

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from bot.model.paper import Paper


class Edge(NamedTuple):
    """One way to read on: tokens first..last (exclusive) as one word.

    `folded` is what words compare with, `plain` what prefixes compare with, `raw` as written.
    """

    first: int
    last: int
    folded: str
    plain: str
    raw: str


class Lattice:
    """A text read once; `name` says which (title, abstract, comment, journal, author)."""

    def __init__(self, name: str, text: str) -> None:
        self.name = name
        self.text = text
        self.tokens: tuple[Token, ...] = tokens(text)
        self._from: list[list[Edge]] = [
            [Edge(i, i + 1, token.folded, bare(token.raw), token.raw)]
            for i, token in enumerate(self.tokens)
        ]
        for first, last, folded, raw in compounds(self.tokens):
            self._from[first].append(Edge(first, last, folded, bare(raw), raw))

    def edges_at(self, place: int) -> Sequence[Edge]:
        """The ways to read on from a token; none at the end."""
        return self._from[place] if place < len(self._from) else ()

    def edges(self) -> Iterator[Edge]:
        """All words and runs, in order of their beginning."""
        for edges in self._from:
            yield from edges

    @cached_property
    def places(self) -> Mapping[str, Sequence[int]]:
        """Where each folded word or run begins."""
        found: dict[str, list[int]] = defaultdict(list)
        for edge in self.edges():
            found[edge.folded].append(edge.first)
        return found

    @cached_property
    def raw_places(self) -> Mapping[str, Sequence[int]]:
        """Where each word stands as it was written."""
        found: dict[str, list[int]] = defaultdict(list)
        for i, token in enumerate(self.tokens):
            found[token.raw].append(i)
        return found

    def written(self, first: int, last: int) -> str:
        """The stretch of the text that these tokens cover."""
        return self.text[self.tokens[first].start : self.tokens[last - 1].end]


class Texts:
    """A paper's lattices, each read when it is first asked for."""

    def __init__(self, paper: Paper) -> None:
        self._paper = paper

    def of(self, field: TextField) -> tuple[Lattice, ...]:
        """Where the words of a clause in this field are looked for."""
        match field:
            case TextField.ANY:
                return (self._title, self._abstract)
            case TextField.TITLE:
                return (self._title,)
            case TextField.ABSTRACT:
                return (self._abstract,)
            case TextField.COMMENT:
                return (self._comment,)
            case TextField.JOURNAL:
                return (self._journal,)
            case TextField.ALL:
                return (
                    self._title,
                    self._abstract,
                    self._comment,
                    self._journal,
                    *self._authors,
                )

    @cached_property
    def _title(self) -> Lattice:
        return Lattice("title", self._paper.title)

    @cached_property
    def _abstract(self) -> Lattice:
        return Lattice("abstract", self._paper.abstract)

    @cached_property
    def _comment(self) -> Lattice:
        return Lattice("comment", self._paper.comment or "")

    @cached_property
    def _journal(self) -> Lattice:
        return Lattice("journal", self._paper.journal or "")

    @cached_property
    def _authors(self) -> tuple[Lattice, ...]:
        return tuple(Lattice("author", author) for author in self._paper.authors)
