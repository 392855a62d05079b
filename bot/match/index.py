"""Which subscriptions match a paper, at a cost that follows the paper and its matches.

Clauses are numbered once for all (leaves.py). A query is turned into rows of clauses (dnf.py) that
hang below their rarest one (rows.py). A query with too many rows is found by clauses that it
cannot do without, and then its tree is asked.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from bot.match.dnf import ALWAYS, leaves, needed, rows
from bot.match.leaves import Leaves
from bot.match.plain import holds
from bot.match.rows import Rows
from bot.match.texts import Texts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.model.paper import Paper
    from bot.query.ast import Node


_Ways: TypeAlias = tuple[tuple[tuple[int, ...], frozenset[int]], ...]
"""Each row as Rows takes it: clauses that must be there, the rarest first, and must not."""


class _Entry(NamedTuple):
    """One subscription: where it hangs. `tree` is kept only where rows alone do not decide."""

    leaves: tuple[int, ...]
    rows: _Ways
    tree: Node | None


class Index:
    """Subscriptions by key."""

    def __init__(self) -> None:
        self._orders: dict[str, int] = {}
        self._keys: list[str] = []  # by order; what is removed leaves an empty place
        self._entries: dict[int, _Entry] = {}
        self._leaves = Leaves()
        self._sure = Rows()
        self._maybe = Rows()

    def __len__(self) -> int:
        return len(self._orders)

    def __contains__(self, key: str) -> bool:
        return key in self._orders

    def add(self, key: str, tree: Node) -> None:
        """Match this query from now on. A key that is there already gets the new query."""
        if key in self._orders:
            self.replace(key, tree)
            return
        order = len(self._keys)
        self._orders[key] = order
        self._keys.append(key)
        self._hang(tree, order)

    def remove(self, key: str) -> None:
        """Match this query no longer. A key that is not there is no fault."""
        order = self._orders.pop(key, None)
        if order is not None:
            self._keys[order] = ""
            self._unhang(order)

    def replace(self, key: str, tree: Node) -> None:
        """Match another query under the same key, at the same place in the order."""
        order = self._orders.get(key)
        if order is None:
            self.add(key, tree)
            return
        self._unhang(order)
        self._hang(tree, order)

    def match(self, paper: Paper) -> Sequence[str]:
        """The keys whose queries hold for the paper, in the order in which they were added."""
        met = self._leaves.met(paper)
        found = self._sure.find(met)
        if candidates := self._maybe.find(met):
            texts = Texts(paper)
            for order in candidates:
                tree = self._entries[order].tree
                if tree is not None and holds(tree, paper, None, texts):
                    found.add(order)
        keys = self._keys
        return [keys[order] for order in sorted(found)]

    def _hang(self, tree: Node, order: int) -> None:
        used = tuple(self._leaves.take(leaf) for leaf in leaves(tree))
        number, rank = self._leaves.number, self._leaves.rank
        exact = rows(tree, number)
        if exact is None:
            keys = needed(tree, number, rank)
            ways: _Ways = tuple(((leaf,), frozenset()) for leaf in keys)
        else:
            ways = tuple(
                (
                    tuple(sorted((n for n in row if n >= 0), key=rank)) or (ALWAYS,),
                    frozenset(~n for n in row if n < 0),
                )
                for row in exact
            )
        entry = _Entry(used, ways, tree if exact is None else None)
        self._entries[order] = entry
        table = self._sure if exact is not None else self._maybe
        for way, without in ways:
            table.add(way, without, order)

    def _unhang(self, order: int) -> None:
        entry = self._entries.pop(order)
        table = self._sure if entry.tree is None else self._maybe
        for way, without in entry.rows:
            table.remove(way, without, order)
        for leaf in entry.leaves:
            self._leaves.release(leaf)
