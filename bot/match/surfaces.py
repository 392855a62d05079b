"""What the words of texts mean to the queries: a number for each that some query asks for.

A form of a word that some query asks for has a number, its *surface*; all others are 0. It stands
for what the word is in the trie, and for prefixes and words as written that it meets by itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from zlib import crc32

import numpy as np

from bot.match.column import Column
from bot.match.lists import Lists
from bot.match.marks import Marks
from bot.match.prefixes import HEAD, Prefixes
from bot.text.forms import fold_form
from bot.text.words import bare

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from bot.match.trie import Trie

ALONE, CARRIES = 1, 2
"""Marks in a surface: it meets clauses by itself; runs written together begin with it."""

PLACES: Final = 2
"""Bits of a surface that are marks; what is left is its place in the tables."""

END: Final = 1 << PLACES
"""The surface that ends a text."""

_MOST: Final = 1 << 18
_WIDTH: Final = 4
"""Clauses that a surface has room for to meet by itself; more where one does, then all."""

_ALONE_MAX: Final = 1 << 23
"""That room for all: 32 MB. A word of which a thousand beginnings are asked for takes much."""

_MARKS_ROOM: Final = 16
"""Bytes for a prefix: each beginning of a word is looked for, and few are to be taken for one."""


class Surfaces:
    """The surfaces of words and of runs written together, made by `of` and `carrier`.

    `node` is a surface's word in the trie, `alone` the clauses that it meets by itself: prefixes
    and words as written, filled up with 0.
    """

    def __init__(self, trie: Trie) -> None:
        self._trie = trie
        self._exact: dict[str, int] = {}
        self._prefixes = Prefixes()
        self.begins = Marks(_MARKS_ROOM)
        """The checksums of prefixes and of words as written; some of such that went."""
        self.node = Column("i8")
        self._end = 0
        self._clear()
        self.runs = Lists(2)  # by place: how many words are written together, what they spell

    def _clear(self) -> None:
        self._width = _WIDTH
        self._alone = np.zeros((0, self._width), np.int32)
        self._at = self._alone.ravel().data  # the same, for single places
        self._room = 0

    @property
    def is_full(self) -> bool:
        """Whether so many were made, or so wide ones, that it is time to `forget`."""
        return self._end > _MOST or self._alone.size > _ALONE_MAX

    # ------------------------------------------------------------ clauses

    def set_exact(self, raw: str, clause: int) -> None:
        """Let this word as written meet this clause; 0: no clause any more."""
        if clause:
            self._exact[raw] = clause
            self.begins.add(crc32(bare(raw).encode()))
        else:
            del self._exact[raw]

    def set_prefix(self, stem: str, clause: int) -> None:
        """Let words that begin so meet this clause; 0: no clause any more."""
        self._prefixes.set(stem, clause)
        if clause:
            self.begins.add(crc32(stem.encode()))

    def ready(self) -> None:
        """Keep `begins` telling, before it is looked at."""
        if self.begins.is_full:
            texts = (*self._prefixes, *map(bare, self._exact))
            self.begins.refill(np.array([crc32(text.encode()) for text in texts], np.uint32))

    def forget(self) -> None:
        """Forget all surfaces but END."""
        self.runs.forget()
        if self._width > _WIDTH:
            self._clear()
        self._alone[: self._end] = 0
        self._end = (END >> PLACES) + 1

    # ------------------------------------------------------------ words

    def of(self, raw: str, plain: str, beyond: int = 0, is_run: bool = False) -> int:
        """The surface of a word or run; prefixes of up to `beyond` letters are left out."""
        prefixes = self._prefixes
        alone: Sequence[int] = ()
        if plain[:HEAD] in prefixes.heads or prefixes.short:
            alone = prefixes.met(plain, beyond)
        if self._exact and not is_run and raw in self._exact:
            alone = (*alone, self._exact[raw])
        node = self._trie.known(fold_form(raw, plain))
        if not node and not alone:
            return 0
        place = self._end
        self._end = place + 1
        if place >= self._room or len(alone) > self._width:
            self._grow(len(alone))
        self.node.at[place] = node
        if not alone:
            return place << PLACES
        at = self._at
        for free, clause in enumerate(alone, place * self._width):
            at[free] = clause
        return place << PLACES | ALONE

    def carrier(self, surface: int, runs: Sequence[tuple[int, int]]) -> int:
        """The surface of a word with which runs begin: one of its own."""
        place, carrier = surface >> PLACES, self._end
        self._end = carrier + 1
        if carrier >= self._room:
            self._grow(0)
        self.node.at[carrier] = self.node.at[place]
        if surface & ALONE:
            at, width = self._at, self._width
            first = carrier * width
            at[first : first + width] = at[place * width : place * width + width]
        self.runs.fill(carrier, runs)
        return carrier << PLACES | surface & ALONE | CARRIES

    def alone(self, places: NDArray[np.int32]) -> NDArray[np.int32]:
        """The clauses that each of these surfaces meets by itself, a row for each."""
        return self._alone.take(places, axis=0)

    def alone_of(self, place: int) -> list[int]:
        """The clauses that a surface meets by itself, and 0."""
        first = place * self._width
        return self._at[first : first + self._width].tolist()

    def _grow(self, width: int) -> None:
        self.node.reach(self._end)
        self._room = min(len(self.node.array), self._end + self._end // 8 + 64)
        self.runs.reach(self._room)
        before = self._alone[: self._room]
        self._width = max(width, self._width)
        self._alone = np.zeros((self._room, self._width), np.int32)
        self._alone[: len(before), : before.shape[1]] = before
        self._at = self._alone.ravel().data

    def runs_at(self, places: NDArray[np.int32]) -> tuple[NDArray[np.int32], NDArray[Any]]:
        """The runs that begin with these surfaces; and how many up to each."""
        at, ends = self.runs.spread(places)
        return self.runs.take(at), ends

    @property
    def alone_table(self) -> NDArray[np.int32]:
        """The clauses that each surface meets by itself, a row each, filled up with 0."""
        return self._alone

    @property
    def nbytes(self) -> int:
        """Bytes of memory, about."""
        arrays = (self.node, self._alone, self.runs, self.begins)
        return sum(array.nbytes for array in arrays) + 240 * len(self._prefixes)
