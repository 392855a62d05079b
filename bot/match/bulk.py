"""Many queries at once, column by column: those whose clauses stand side by side without brackets.

Such a query needs no tree: each clause is read where it comes up first, and what is written for
one query is written for all of its shape.
"""

from __future__ import annotations

from itertools import chain, compress
from operator import not_
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

import numpy as np

from bot.match.rows import ALONE, PAIR
from bot.query.ast import And, Not, Or
from bot.query.quick import are_plain, clauses_of, quick_tree

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from numpy.typing import NDArray

    from bot.match.rows import Columns
    from bot.query.ast import Leaf

_LITERALS_MAX: Final = 3
"""Clauses of a row beside the one that it hangs below (rows.py)."""

_APART_MAX: Final = 3
"""As in dnf.py."""

_UNREAD: Final = 1 << 30


class Shape(NamedTuple):
    """How many clauses a query wants, all of them or any, and how many it does not."""

    wanted: int
    unwanted: int
    is_any: bool


Set: TypeAlias = "tuple[Shape, NDArray[np.int64], NDArray[np.int32]]"
"""Queries of one shape: their numbers, and a row of clauses each."""


class Gathered(NamedTuple):
    """Queries by shape: their numbers, and a row of places for each.

    A place is one in `phrases`, or complemented one in `leaves`. `odd` are those of other shapes.
    """

    phrases: list[str]
    leaves: list[Leaf]
    shapes: dict[Shape, tuple[NDArray[np.int64], NDArray[np.int64]]]
    odd: list[int]


_ALONE: Final = Shape(1, 0, is_any=False)


def gathered(queries: Mapping[int, str]) -> Gathered:
    """These queries by shape; a phrase, or a word, may stand among the phrases twice."""
    plain = are_plain(queries.values())
    shapes: dict[Shape, tuple[list[int], list[str]]] = {}
    odd: list[int] = []
    for number, text in compress(queries.items(), map(not_, plain)):
        clauses = clauses_of(text)
        if clauses is None:
            odd.append(number)
            continue
        wanted, unwanted, is_any = clauses
        shape = Shape(len(wanted), len(unwanted), is_any)
        columns = shapes.get(shape)
        if columns is None:
            columns = shapes[shape] = ([], [])
        columns[0].append(number)
        columns[1].extend(wanted)
        columns[1].extend(unwanted)
    odd += chain.from_iterable(shapes.pop(shape)[0] for shape in [*shapes] if _is_rare(shape))
    phrases = [*compress(queries.values(), plain)]
    alone = np.array([*compress(queries, plain)], np.int64)
    found = Gathered(phrases, [], {_ALONE: (alone, np.arange(len(alone))[:, None])}, odd)
    places = _places(found, chain.from_iterable(texts for _, texts in shapes.values()))
    for shape, (numbers, texts) in shapes.items():
        _put(found, shape, np.array(numbers), np.array([*map(places.__getitem__, texts)]))
    return found


def _is_rare(shape: Shape) -> bool:
    if shape.is_any:
        return shape.wanted > _APART_MAX
    return not shape.wanted or shape.wanted + shape.unwanted - 1 > _LITERALS_MAX


def _places(found: Gathered, texts: Iterable[str]) -> dict[str, int]:
    """The place of each clause, which is among those found then."""
    distinct = dict.fromkeys(texts, _UNREAD)
    for text, is_plain in zip(distinct, are_plain(distinct), strict=True):
        if is_plain:
            distinct[text] = len(found.phrases)
            found.phrases.append(text)
            continue
        tree = quick_tree(text)
        if tree is not None and not isinstance(tree, And | Or | Not):
            distinct[text] = ~len(found.leaves)
            found.leaves.append(tree)
    return distinct


def _put(
    found: Gathered, shape: Shape, numbers: NDArray[np.int64], places: NDArray[np.int64]
) -> None:
    """Note queries of one shape, but those with a clause that cannot be read by itself."""
    rows = places.reshape(len(numbers), -1)
    unread = (rows == _UNREAD).any(axis=1)
    found.odd.extend(numbers[unread].tolist())
    if shape in found.shapes:  # a clause alone that is no plain phrase
        before = found.shapes[shape]
        numbers = np.concatenate((before[0], numbers[~unread]))
        found.shapes[shape] = numbers, np.concatenate((before[1], rows[~unread]))
    else:
        found.shapes[shape] = numbers[~unread], rows[~unread]


class Laid(NamedTuple):
    """How queries of one shape are laid out.

    `clauses` are theirs, a column each, and `kinds` the kinds of rows below each. Each of `rows`
    are a row of every query: the clauses that they hang below, their literals, their owners.
    """

    owners: NDArray[np.int64]
    clauses: NDArray[np.int32]
    kinds: NDArray[np.int32]
    rows: list[Columns]


def laid(
    shape: Shape,
    owners: NDArray[np.int64],
    clauses: NDArray[np.int32],
    ranks: NDArray[np.int64],
) -> Laid:
    """The rows of queries, a row of clauses each, as bot.match.dnf has them."""
    kinds = np.zeros(clauses.shape[1], np.int32)
    if shape.is_any:  # a; b AND NOT a; c AND NOT a AND NOT b
        kinds[:] = PAIR
        kinds[0] = ALONE
        clauses = np.sort(clauses, axis=1)
        columns = range(shape.wanted)
        rows = [(clauses[:, at], 2 * clauses[:, :at] + 1, owners) for at in columns]
        return Laid(owners, clauses, kinds, rows)
    order = ranks[:, : shape.wanted].argsort(axis=1, kind="stable")
    wanted = np.take_along_axis(clauses, order, axis=1)
    unwanted = clauses[:, shape.wanted :]
    literals = np.hstack((2 * wanted[:, 1:], 2 * unwanted + 1))
    kinds[0] = PAIR if literals.shape[1] else ALONE
    return Laid(owners, np.hstack((wanted, unwanted)), kinds, [(wanted[:, 0], literals, owners)])


def repeats(clauses: NDArray[np.int32]) -> NDArray[np.bool_]:
    """Whether a clause comes twice in a row of clauses."""
    ordered = np.sort(clauses, axis=1)
    found: NDArray[np.bool_] = (ordered[:, 1:] == ordered[:, :-1]).any(axis=1)
    return found
