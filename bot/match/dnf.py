"""A query as rows: sets of literals, one of which must be met whole (disjunctive normal form)."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Final, TypeAlias

from bot.query.ast import And, Not, Or, Since, Until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from bot.query.ast import Leaf, Node

ALWAYS: Final = 0
"""The leaf that every paper has: the key of a row that only excludes."""

ROWS_MAX: Final = 64
"""Rows of one query; beyond, the tree is asked. `(a OR b) (c OR d) …` doubles with each pair."""

_APART_MAX: Final = 3
"""Rows that are made to exclude each other; of more, the owner may be found several times."""

_WORK_MAX: Final = 512
"""Rows looked at before those that others contain are dropped."""

Row: TypeAlias = frozenset[int]
"""Leaves that must be there, and, complemented (~leaf, negative), leaves that must not."""


def rows(tree: Node, number: Callable[[Leaf], int]) -> frozenset[Row] | None:
    """Rows that together hold when the tree does; None when they are too many or need a clock."""
    return _rows(tree, number, negated=False)


def disjoint(found: frozenset[Row]) -> Sequence[Row] | None:
    """Rows of which at most one holds, and one does when one of these does; None if too many."""
    if len(found) == 1:
        return tuple(found)
    if len(found) > _APART_MAX:
        return None
    apart: list[Row] = []
    before: list[Row] = []
    for row in sorted(found, key=lambda row: (len(row), sorted(row))):
        pieces = [row]
        for other in before:
            pieces = [part for piece in pieces for part in _without(piece, other)]
        before.append(row)
        apart += pieces
    return apart if len(apart) <= 2 * _APART_MAX else None


def _without(row: Row, other: Row) -> Iterable[Row]:
    """Rows that exclude each other and hold where this one does and the other does not."""
    if any(~leaf in row for leaf in other):
        yield row
        return
    for leaf in sorted(other - row):
        yield row | {~leaf}
        row |= {leaf}


def needed(
    tree: Node, number: Callable[[Leaf], int], rank: Callable[[int], tuple[int, int]]
) -> set[int]:
    """Leaves of which a paper has at least one if the tree holds: few and rare ones."""
    return _needed(tree, number, rank, negated=False)


def leaves(tree: Node) -> Iterable[Leaf]:
    """The clauses of a tree, from left to right, repeated ones repeatedly."""
    match tree:
        case And(parts=parts) | Or(parts=parts):
            for part in parts:
                yield from leaves(part)
        case Not(part=part):
            yield from leaves(part)
        case _:
            yield tree


def _rows(node: Node, number: Callable[[Leaf], int], *, negated: bool) -> frozenset[Row] | None:
    match node:
        case Not(part=part):
            return _rows(part, number, negated=not negated)
        case And(parts=parts) | Or(parts=parts):
            found = []
            for part in parts:
                below = _rows(part, number, negated=negated)
                if below is None:
                    return None
                found.append(below)
            return _all_of(found) if isinstance(node, And) != negated else _any_of(found)
        case Since() | Until():
            return None
        case _:
            leaf = number(node)
            return frozenset({frozenset({~leaf if negated else leaf})})


def _any_of(parts: Iterable[frozenset[Row]]) -> frozenset[Row] | None:
    return _shortest({row for part in parts for row in part})


def _all_of(parts: Iterable[frozenset[Row]]) -> frozenset[Row] | None:
    so_far: frozenset[Row] | None = frozenset({frozenset[int]()})
    for part in parts:
        if so_far is None or len(so_far) * len(part) > ROWS_MAX * ROWS_MAX:
            return None
        joined = {one | other for one, other in product(so_far, part)}
        so_far = _shortest({row for row in joined if not any(~leaf in row for leaf in row)})
    return so_far


def _shortest(found: set[Row]) -> frozenset[Row] | None:
    """The rows without those that contain another: a AND b adds nothing to a."""
    if len(found) > _WORK_MAX:
        return None
    kept: list[Row] = []
    for row in sorted(found, key=len):
        if not any(other <= row for other in kept):
            kept.append(row)
            if len(kept) > ROWS_MAX:
                return None
    return frozenset(kept)


def _needed(
    node: Node,
    number: Callable[[Leaf], int],
    rank: Callable[[int], tuple[int, int]],
    *,
    negated: bool,
) -> set[int]:
    match node:
        case Not(part=part):
            return _needed(part, number, rank, negated=not negated)
        case And(parts=parts) | Or(parts=parts):
            found = [_needed(part, number, rank, negated=negated) for part in parts]
            if isinstance(node, And) != negated:
                return min(found, key=lambda few: (ALWAYS in few, len(few), max(map(rank, few))))
            union = set[int]().union(*found)
            return {ALWAYS} if ALWAYS in union else union
        case Since() | Until():
            return {ALWAYS}
        case _:
            return {ALWAYS} if negated else {number(node)}
