"""Rows of literals, kept so that a paper's clauses lead to the rows they meet.

Each row hangs below its rarest clause, then its next: what a paper lacks is never looked at.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet


class _Place:
    """Rows whose clauses so far are met: done, unless one of `without` is there, or led on."""

    __slots__ = ("here", "then", "without")

    def __init__(self) -> None:
        self.here: list[int] = []
        self.without: list[tuple[frozenset[int], int]] | None = None
        self.then: dict[int, _Place] | None = None

    def __bool__(self) -> bool:
        return bool(self.here or self.without or self.then)


class Rows:
    """Owners of rows, by number. One owner may have several rows."""

    def __init__(self) -> None:
        self._alone: dict[int, tuple[int, ...] | list[int]] = {}  # rows of one clause: most are
        self._first: dict[int, _Place] = {}

    def __bool__(self) -> bool:
        return bool(self._alone or self._first)

    def add(self, way: tuple[int, ...], without: frozenset[int], owner: int) -> None:
        """Lead from the clauses of `way`, the rarest first, to the owner."""
        if len(way) == 1 and not without:
            _append(self._alone, way[0], owner)
            return
        place = self._first.setdefault(way[0], _Place())
        for leaf in way[1:]:
            if place.then is None:
                place.then = {}
            place = place.then.setdefault(leaf, _Place())
        if without:
            if place.without is None:
                place.without = []
            place.without.append((without, owner))
        else:
            place.here.append(owner)

    def remove(self, way: tuple[int, ...], without: frozenset[int], owner: int) -> None:
        """Lead there no more. What was added is removed by the same arguments."""
        if len(way) == 1 and not without:
            _drop(self._alone, way[0], owner)
            return
        places = [self._first[way[0]]]
        for leaf in way[1:]:
            places.append((places[-1].then or {})[leaf])
        if without:
            (places[-1].without or []).remove((without, owner))
        else:
            places[-1].here.remove(owner)
        for above, leaf, below in zip(places[-2::-1], way[:0:-1], places[:0:-1], strict=True):
            if not below and above.then is not None:
                del above.then[leaf]
        if not places[0]:
            del self._first[way[0]]

    def find(self, met: AbstractSet[int]) -> set[int]:
        """The owners of rows that these clauses meet."""
        alone, first = self._alone, self._first
        found: set[int] = set()
        found.update(*[alone[leaf] for leaf in alone.keys() & met])
        places = [first[leaf] for leaf in first.keys() & met]
        for place in places:
            found.update(place.here)
            if place.without is not None:
                for without, owner in place.without:
                    if without.isdisjoint(met):
                        found.add(owner)
            if place.then:
                then = place.then
                places.extend([then[leaf] for leaf in then.keys() & met])
        return found


_TUPLE_MAX: Final = 16
"""Owners of one clause that stand in a tuple, which is read faster; more stand in a list."""


def _append(table: dict[int, tuple[int, ...] | list[int]], leaf: int, owner: int) -> None:
    owners = table.get(leaf, ())
    if isinstance(owners, list):
        owners.append(owner)
    elif len(owners) < _TUPLE_MAX:
        table[leaf] = (*owners, owner)
    else:
        table[leaf] = [*owners, owner]


def _drop(table: dict[int, tuple[int, ...] | list[int]], leaf: int, owner: int) -> None:
    owners = table[leaf]
    if isinstance(owners, list):
        owners.remove(owner)
    else:
        table[leaf] = tuple(other for other in owners if other != owner)
    if not table[leaf]:
        del table[leaf]
