"""What chunks of text mean, by their number: for most one whole number, for some several or none.

What is kept is about 30 bytes a chunk, and lies together: a text's chunks are looked up in a few
operations, and the memory is seldom waited for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from bot.match.column import Column
from bot.match.lists import Lists
from bot.match.table import Table

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray


class Memo:
    """Entries, each for a chunk. Meanings are 0 or more."""

    def __init__(self) -> None:
        self._chunks = Table()
        self._meaning = Column("i4")  # of an entry; below 0 it is the number of a list of several
        self._several = Lists(1)
        self._room = 0
        self.forget_all()

    def __len__(self) -> int:
        """How many entries there are."""
        return self._next - 1 - len(self._unused)

    def look(self, numbers: NDArray[np.uint64]) -> NDArray[np.int32]:
        """The entry of each chunk; 0 where there is none."""
        return self._chunks.look(numbers)

    def keep(self, number: int, meanings: Sequence[int]) -> int:
        """A new entry. One for no chunk, 0, lasts until `forget_passing`."""
        meaning = meanings[0] if len(meanings) == 1 else -self._list_of(meanings)
        return self.keep_one(number, meaning)

    def keep_one(self, number: int, meaning: int) -> int:
        """As `keep`, for the one meaning that most chunks have."""
        if self._unused:
            entry = self._unused.pop()
        else:
            entry = self._next
            self._next += 1
            if entry >= self._room:
                self._chunks.keys.reach(self._next)
                self._meaning.reach(self._next)
                self._room = min(len(self._meaning.array), len(self._chunks.keys.array))
        self._meaning.at[entry] = meaning
        if number:
            self._chunks.keys.at[entry] = number
            self._chunks.enter(entry)
        else:
            self._passing.append(entry)
        return entry

    def meanings(self, entries: NDArray[np.int32]) -> NDArray[np.int32]:
        """What the entries mean, one after the other."""
        found = self._meaning.array.take(entries)
        several = (found < 0).nonzero()[0]
        if not len(several):
            return found
        places, ends = self._several.spread(-found.take(several))
        sizes = np.ones(len(found), np.int64)
        sizes[several] = ends
        sizes[several[1:]] -= ends[:-1]
        found = found.repeat(sizes)
        found[(found < 0).nonzero()[0]] = self._several.owners(places)
        return found

    def forget(self, entries: Iterable[int]) -> None:
        """Drop entries. What was dropped before may stand for another chunk by now: no harm."""
        for entry in entries:
            if self._chunks.keys.at[entry]:
                self._chunks.leave(entry)
                self._drop(entry)

    def forget_passing(self) -> None:
        """Drop the entries for no chunk."""
        for entry in self._passing:
            self._drop(entry)
        self._passing.clear()

    def forget_all(self) -> None:
        """Drop all entries."""
        self._chunks.clear()
        self._next = 1
        self._unused: list[int] = []
        self._passing: list[int] = []
        self._several.forget()
        self._next_list = 1
        self._unused_lists: list[int] = []

    def _drop(self, entry: int) -> None:
        meaning = self._meaning.at[entry]
        if meaning < 0:
            self._several.clear(-meaning)
            self._unused_lists.append(-meaning)
        self._unused.append(entry)

    def _list_of(self, meanings: Sequence[int]) -> int:
        if self._unused_lists:
            number = self._unused_lists.pop()
        else:
            number = self._next_list
            self._next_list += 1
            self._several.reach(self._next_list)
        if meanings:
            self._several.fill(number, [(one,) for one in meanings])
        return number

    @property
    def nbytes(self) -> int:
        """Bytes of memory."""
        arrays: tuple[Any, ...] = (self._chunks, self._meaning, self._several)
        return sum(array.nbytes for array in arrays)
