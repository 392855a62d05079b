"""Why a query holds for a paper, or why not: the words that made it so, clause by clause."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Final, assert_never

from bot.match import facts
from bot.match.find import TextLeaf, find
from bot.match.plain import holds
from bot.match.texts import Texts
from bot.query.ast import (
    And,
    Author,
    Category,
    Exact,
    Has,
    IdIs,
    Leaf,
    Node,
    Not,
    Or,
    Prefix,
    SeenIn,
    Since,
    Span,
    TypeIs,
    Until,
    Upvotes,
    Words,
)
from bot.query.show import show
from bot.text.names import agrees

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from bot.match.texts import Lattice
    from bot.model.paper import Paper

HITS_MAX: Final = 50
"""Places shown for one clause in one text: `model` can stand in it thousands of times."""


@dataclass(frozen=True, slots=True)
class Hit:
    """What met a clause. `place` is title, abstract, comment, journal, author, category and so on.

    `words` are as written in the paper. `span` is their place in the title, abstract, comment or
    journal, in code points; None where the place is no running text.
    """

    clause: Leaf
    place: str
    words: str
    span: Span | None = None


@dataclass(frozen=True, slots=True)
class Miss:
    """A clause that kept the query from holding: its text, its span in the query as typed.

    `against` are the words that a NOT found; empty when something was looked for and not found.
    """

    clause: Node
    text: str
    span: Span
    against: tuple[Hit, ...] = ()


@dataclass(frozen=True, slots=True)
class Explanation:
    """Whether a query holds; if so what met it, if not which clauses failed."""

    holds: bool
    hits: tuple[Hit, ...]
    misses: tuple[Miss, ...]

    @property
    def words(self) -> tuple[str, ...]:
        """The words that made it so, each once, title before abstract: for the card's reason."""
        first: dict[str, str] = {}
        for hit in sorted(self.hits, key=lambda hit: hit.place != "title"):
            first.setdefault(hit.words.casefold(), hit.words)
        return tuple(first.values())


def explain(
    tree: Node, paper: Paper, now: datetime | None = None, texts: Texts | None = None
) -> Explanation:
    """Say why: hits and no misses for a query that holds, misses and no hits for another."""
    look = _Look(paper, now, texts or Texts(paper))
    if look.holds(tree):
        return Explanation(True, tuple(look.hits(tree)), ())
    return Explanation(False, (), tuple(look.misses(tree)))


@dataclass(frozen=True, slots=True)
class _Look:
    paper: Paper
    now: datetime | None
    texts: Texts

    def holds(self, node: Node) -> bool:
        return holds(node, self.paper, self.now, self.texts)

    def hits(self, node: Node) -> Iterator[Hit]:
        """What met a clause that holds. What stands under a NOT met nothing."""
        match node:
            case And(parts=parts):
                for part in parts:
                    yield from self.hits(part)
            case Or(parts=parts):
                for part in parts:
                    if self.holds(part):
                        yield from self.hits(part)
            case Not(part=part):
                if isinstance(part, Not):
                    yield from self.hits(part.part)
            case _:
                yield from self._leaf_hits(node)

    def misses(self, node: Node) -> Iterator[Miss]:
        """The smallest clauses that do not hold; an OR as a whole, since any part would do."""
        match node:
            case And(parts=parts):
                for part in parts:
                    if not self.holds(part):
                        yield from self.misses(part)
            case Not(part=part):
                yield Miss(node, show(node), node.span, tuple(self.hits(part)))
            case _:
                yield Miss(node, show(node), node.span)

    def _leaf_hits(self, leaf: Leaf) -> Iterator[Hit]:  # noqa: C901, PLR0912  # a line a kind
        match leaf:
            case Words() | Prefix() | Exact():
                for text in self.texts.of(leaf.field):
                    yield from _text_hits(leaf, text)
            case Author(name=name):
                for author in self.paper.authors:
                    if agrees(name, author):
                        yield Hit(leaf, "author", author)
            case Category():
                yield from self._category_hits(leaf)
            case SeenIn(source=source):
                yield Hit(leaf, "source", source)
            case TypeIs():
                yield Hit(leaf, "type", str(self.paper.announced))
            case Has(feature=feature):
                yield Hit(leaf, "has", str(feature))
            case Upvotes():
                yield Hit(leaf, "upvotes", str(self.paper.upvotes or 0))
            case IdIs(paper_id=paper_id):
                yield Hit(leaf, "id", paper_id.partition(":")[2])
            case Since() | Until():
                yield Hit(leaf, "published", f"{self.paper.published_at:%Y-%m-%d}")
            case _ as never:
                assert_never(never)

    def _category_hits(self, leaf: Category) -> Iterator[Hit]:
        names = self.paper.categories[:1] if leaf.primary else self.paper.categories
        for name in names:
            if leaf.code in facts.code_and_archive(name):
                yield Hit(leaf, "category", name)


def _text_hits(leaf: TextLeaf, text: Lattice) -> Iterator[Hit]:
    """The stretches that meet the clause: from each beginning the longest, none over another."""
    longest: dict[int, int] = {}
    for first, last in islice(find(leaf, text), 4 * HITS_MAX):
        longest[first] = max(last, longest.get(first, 0))
    shown = free = 0
    for first, last in longest.items():
        if first >= free and shown < HITS_MAX:
            shown, free = shown + 1, last
            span = Span(text.tokens[first].start, text.tokens[last - 1].end)
            yield Hit(
                leaf,
                text.name,
                text.written(first, last),
                None if text.name == "author" else span,
            )
