"""Which classes of arXiv the subscriptions ask for, counted as they come and go."""

from __future__ import annotations

from collections import Counter
from functools import lru_cache
from typing import TYPE_CHECKING

from bot.query.ast import And, Category, Node, Not, Or
from bot.query.quick import tree_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


class Classes:
    """Classes and archives that are asked for by `cat:`, in lower case."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self._named: frozenset[str] | None = None

    def change(self, before: str, after: str) -> None:
        """Count what one subscription asks for after a change; "" is no query."""
        for code in _codes_of(after):
            self.counts[code] += 1
            self._named = None
        for code in _codes_of(before):
            self.counts[code] -= 1
            if not self.counts[code]:
                del self.counts[code]
            self._named = None

    def add(self, queries: Iterable[str]) -> None:
        """Count what new subscriptions ask for."""
        for query in queries:
            if _may_name(query):
                self.change("", query)

    def named(self) -> frozenset[str]:
        """What at least one subscription asks for."""
        if self._named is None:
            self._named = frozenset(self.counts)
        return self._named


def names_class(named: frozenset[str], part: str) -> bool:
    """Whether a class is among the named ones: itself, or its whole archive."""
    code = part.lower()
    return code in named or code.partition(".")[0] in named


def _codes_of(query: str) -> frozenset[str]:
    """Few queries name a class: the others are not read for it."""
    return _codes(query) if _may_name(query) else frozenset()


def _may_name(query: str) -> bool:
    return ":" in query or not query.isascii()


@lru_cache(maxsize=4096)
def _codes(query: str) -> frozenset[str]:
    tree = tree_of(query)
    return frozenset(leaf.code for leaf in _categories(tree)) if tree is not None else frozenset()


def _categories(node: Node) -> Iterator[Category]:
    """What is asked for; what stands under a NOT is not wanted."""
    match node:
        case And(parts=parts) | Or(parts=parts):
            for part in parts:
                yield from _categories(part)
        case Not(part=Not(part=part)):
            yield from _categories(part)
        case Category():
            yield node
        case _:
            return
