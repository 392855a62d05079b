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
"""Surfaces, twice the chunks that are remembered (reader.py)."""

_ALONE_MAX: Final = 1 << 23
"""Clauses that all together meet by themselves: 32 MB."""

_MARKS_ROOM: Final = 16
"""Bytes for a prefix: each beginning of a word is looked for, and few are to be taken for one."""


class Surfaces:
    """The surfaces of words and of runs written together, made by `of` and `carrier`.

    By a surface's place `node` is its word in the trie, `alone` the clauses that it meets by
    itself: prefixes and words as written.
    """

    def __init__(self, trie: Trie) -> None:
        self._trie = trie
        self._exact: dict[str, int] = {}
        self._prefixes = Prefixes()
        self.begins = Marks(_MARKS_ROOM)
        """The checksums of prefixes and of words as written; some of such that went."""
        self.node = Column("i8")
        self.alone = Lists(1)
        self.runs = Lists(2)  # by place: how many words are written together, what they spell
        self._room = self._end = 0

    @property
    def is_full(self) -> bool:
        """Whether so many were made, or so wide ones, that it is time to `forget`."""
        return self._end > _MOST or self.alone.used > _ALONE_MAX

    @property
    def least(self) -> int:
        """The letters of a word that are fewer than those of any prefix."""
        return 0 if self._prefixes.short else HEAD - 1

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
        self.alone.forget()
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
        if place >= self._room:
            self._grow()
        self.node.at[place] = node
        if not alone:
            return place << PLACES
        self.alone.fill_flat(place, alone, len(alone))
        return place << PLACES | ALONE

    def carrier(self, surface: int, runs: Sequence[tuple[int, int]]) -> int:
        """The surface of a word with which runs begin: one of its own."""
        place, carrier = surface >> PLACES, self._end
        self._end = carrier + 1
        if carrier >= self._room:
            self._grow()
        self.node.at[carrier] = self.node.at[place]
        if surface & ALONE:
            clauses = self.alone.owners_of(place)
            self.alone.fill_flat(carrier, clauses, len(clauses))
        self.runs.fill(carrier, runs)
        return carrier << PLACES | surface & ALONE | CARRIES

    def _grow(self) -> None:
        self.node.reach(self._end)
        self._room = len(self.node.array)
        self.alone.reach(self._room)
        self.runs.reach(self._room)

    def alone_at(self, places: NDArray[np.int32]) -> tuple[NDArray[np.int32], NDArray[Any]]:
        """The clauses that these surfaces meet by themselves; and how many up to each."""
        at, ends = self.alone.spread(places)
        return self.alone.owners(at), ends

    def runs_at(self, places: NDArray[np.int32]) -> tuple[NDArray[np.int32], NDArray[Any]]:
        """The runs that begin with these surfaces; and how many up to each."""
        at, ends = self.runs.spread(places)
        return self.runs.take(at), ends

    @property
    def nbytes(self) -> int:
        """Bytes of memory, about."""
        arrays = (self.node, self.alone, self.runs, self.begins)
        return sum(array.nbytes for array in arrays) + 240 * len(self._prefixes)
