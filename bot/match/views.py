"""The arrays of the index as compiled loops take them (loops.py). Never kept over a change."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray


class Loops(Protocol):
    """The loops of loops.py, as that module has them."""

    chunks: Callable[
        [NDArray[np.uint8], np.uint64, TableView],
        tuple[NDArray[np.int32], NDArray[np.int64], NDArray[np.uint64]],
    ]
    meanings: Callable[[NDArray[np.int32], NDArray[np.int32], ListsView], NDArray[np.int32]]
    put: Callable[[NDArray[np.int32], NDArray[np.uint64], TableView], NDArray[np.int64]]
    unasked: Callable[
        [
            NDArray[np.uint8],
            NDArray[np.int64],
            NDArray[np.uint64],
            np.uint64,
            TableView,
            NDArray[np.int32],
            AskedView,
        ],
        UnaskedView,
    ]
    met: Callable[
        [
            NDArray[np.int32],
            NDArray[np.int64],
            NDArray[np.uint8],
            np.uint8,
            NDArray[np.uint8],
            TermsView,
            int,
        ],
        tuple[NDArray[np.int32], NDArray[np.int64], NDArray[np.int32]],
    ]
    owners: Callable[
        [MetView, NDArray[np.uint8], RowsView, NDArray[np.int32]],
        tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int64], NDArray[np.int32]],
    ]


class TableView(NamedTuple):
    """See table.Table. `shift` leaves as many bits of a hash as the slots need."""

    slots: NDArray[np.int32]
    keys: NDArray[np.uint64]
    shift: np.uint64


class ListsView(NamedTuple):
    """See lists.Lists. List `n` stops at `where[n * step + lane]`, its size stands after that.

    `entries` lie one after the other, each as long as an entry is wide.
    """

    where: NDArray[np.int32]
    step: int
    lane: int
    entries: NDArray[np.int32]


class MarksView(NamedTuple):
    """See marks.Marks."""

    at: NDArray[np.uint8]
    shift: int


class AskedView(NamedTuple):
    """The forms of all words that are asked for, and how words begin that stand for more.

    Words that are asked for as written are among the latter, whole; prefixes have more letters
    than `least`.
    """

    forms: MarksView
    begins: MarksView
    least: int


class UnaskedView(NamedTuple):
    """Chunks that have no entry, each once: `which` of these every chunk is.

    `places` tells where each stands first. `sizes` are their words, 0 where they were not read;
    `surfaces` has a row for each, of its words. `heads` are the kinds of how words begin
    (notes.py), `head_of` those that the words are of.
    """

    which: NDArray[np.int64]
    places: NDArray[np.int64]
    sizes: NDArray[np.int64]
    surfaces: NDArray[np.int32]
    heads: NDArray[np.uint16]
    head_of: NDArray[np.int64]


class TermsView(NamedTuple):
    """See terms.Terms: what surfaces mean, and the trie."""

    node: NDArray[np.int64]
    alone: ListsView
    runs: ListsView
    steps: TableView
    meta: NDArray[np.int32]
    many: ListsView


class MetView(NamedTuple):
    """The clauses that papers meet, in two parts, both in no order and some repeatedly.

    Paper `i`'s are `clauses[bounds[i] : bounds[i + 1]]`, and `more` by `more_bounds`.
    """

    clauses: NDArray[np.int32]
    bounds: NDArray[np.int64]
    more: NDArray[np.int32]
    more_bounds: NDArray[np.int64]


class RowsView(NamedTuple):
    """See rows.Rows: its directory, and its lists."""

    where: NDArray[np.int32]
    alone: NDArray[np.int32]
    pairs: NDArray[np.int32]
    many: ListsView
    others: ListsView
