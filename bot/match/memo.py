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

    from bot.match.views import ListsView, Loops, TableView


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

    def new(self, count: int) -> Sequence[int]:
        """So many entries, to be kept next."""
        if self._unused and count:
            some = self._unused[-count:]
            del self._unused[-count:]
            return some if len(some) == count else [*some, *self.new(count - len(some))]
        first = self._next
        self._next += count
        if self._next > self._room:
            self._chunks.keys.reach(self._next)
            self._meaning.reach(self._next)
            self._room = min(len(self._meaning.array), len(self._chunks.keys.array))
        return range(first, self._next)

    def keep(
        self, entries: Sequence[int], numbers: Iterable[int], meanings: Iterable[int]
    ) -> None:
        """Write what chunks mean, each number once."""
        at = self._meaning.at
        for entry, meaning in zip(entries, meanings, strict=True):
            at[entry] = meaning
        self._chunks.put(entries, numbers)

    def keep_by_loops(
        self,
        entries: NDArray[np.int32],
        numbers: NDArray[np.uint64],
        meanings: NDArray[np.int32],
        loops: Loops,
    ) -> None:
        """What `keep` does."""
        self._meaning.array[entries] = meanings
        self._chunks.put_by_loops(entries, numbers, loops)

    def keep_passing(self, meaning: int) -> int:
        """A new entry for no chunk: it lasts until `forget_passing`."""
        (entry,) = self.new(1)
        self._meaning.at[entry] = meaning
        self._passing.append(entry)
        return entry

    def one(self, meanings: Sequence[int]) -> int:
        """Several meanings, or none, as the one that an entry has."""
        if len(meanings) == 1:
            return meanings[0]
        if self._unused_lists:
            number = self._unused_lists.pop()
        else:
            number = self._next_list
            self._next_list += 1
            if number >= self._several.room:
                self._several.reach(number + 1)
        if meanings:
            self._several.fill_flat(number, meanings, len(meanings))
        return -number

    def each(self, rows: NDArray[np.int32], sizes: NDArray[np.int64]) -> NDArray[np.int64]:
        """As `one` for each row of meanings, of which there are two at least."""
        split = max(0, len(self._unused_lists) - len(rows))
        numbers = self._unused_lists[split:]
        del self._unused_lists[split:]
        first = self._next_list
        self._next_list += len(rows) - len(numbers)
        numbers += range(first, self._next_list)
        self._several.reach(self._next_list)
        found = np.array(numbers)
        self._several.fill_many(found, rows, sizes)
        return -found

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

    def views(self) -> tuple[TableView, NDArray[np.int32], ListsView]:
        """For compiled loops: the entries of chunks, their meanings, the lists of several."""
        return self._chunks.view(), self._meaning.array, self._several.view()

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

    @property
    def nbytes(self) -> int:
        """Bytes of memory."""
        arrays: tuple[Any, ...] = (self._chunks, self._meaning, self._several)
        return sum(array.nbytes for array in arrays)
