"""Many short lists in one array: one after the other, each with room up to a power of two.

A list that outgrows its room moves to the end and leaves a gap; when half of all is gaps, the
lists are moved together. So a change is seen at once, costs a microsecond, and needs no second
place to look.
"""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from bot.match.column import Column
from bot.match.views import ListsView

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from bot.match.snapshot import Part

_GAPS_MIN: Final = 1 << 14
"""Gaps that are never worth moving anything for."""

_RECORD: Final = 2
"""Numbers that say where a list is: where it stops, its size."""

_counting = np.arange(1 << 16, dtype=np.int64)


def counting(count: int) -> NDArray[np.int64]:
    """0, 1, 2 … to be read only."""
    global _counting  # noqa: PLW0603  # one array of numbers that never change, grown when short
    if count > len(_counting):
        _counting = np.arange(2 * count, dtype=np.int64)
    return _counting[:count]


def spread(stops: NDArray[Any], sizes: NDArray[Any]) -> tuple[NDArray[np.int64], NDArray[Any]]:
    """The places of each list, given where it stops, list after list; and how many up to each."""
    ends = sizes.cumsum()
    places = (stops - ends).repeat(sizes)
    places += counting(len(places))
    return places, ends


def sizes_of(ends: NDArray[Any]) -> NDArray[Any]:
    """The sizes of lists that lie one after the other, given where each ends."""
    sizes = ends.copy()
    sizes[1:] -= ends[:-1]
    return sizes


def _room(sizes: NDArray[Any]) -> NDArray[np.int64]:
    """The room of lists of these sizes: the next power of two, 1 for none."""
    rooms: NDArray[np.int64] = np.int64(1) << np.frexp(sizes - 1)[1].astype(np.int64)
    return rooms


class Directory:
    """Where the lists of some tables are: a record a number, with a stop and a size for each.

    What lies side by side is fetched at once: a look at a record is one wait for the memory.
    """

    __slots__ = ("column", "lanes")

    def __init__(self, lanes: int = 1) -> None:
        self.lanes = lanes
        self.column = Column("i4", 0)

    def __len__(self) -> int:
        """How many numbers there is room for."""
        return len(self.column.array) // (self.lanes * _RECORD)

    def reach(self, lists: int) -> None:
        """Have room for so many."""
        if lists > len(self):
            self.column.reach(lists * self.lanes * _RECORD)
            step = self.lanes * _RECORD
            self.column.trim(len(self.column.array) // step * step)

    @property
    def table(self) -> NDArray[np.int32]:
        """A row a number."""
        return self.column.array.reshape(-1, self.lanes * _RECORD)


class Lists:
    """Lists by number, each entry a row of `width` numbers, of which the last is its owner."""

    __slots__ = (
        *("_at", "_entries", "_lane", "_step", "_view", "_where"),
        *("count", "gaps", "used", "width"),
    )

    def __init__(self, width: int = 1, where: Directory | None = None, lane: int = 0) -> None:
        self._where = Directory() if where is None else where
        self._step = self._where.lanes * _RECORD
        self._lane = lane * _RECORD
        self.width = width
        self._view: ListsView | None = None
        self._entries = np.zeros((0, width), np.int32)
        self._at = self._entries.ravel().data  # the same, for single places
        self.used = 0
        self.gaps = 0
        self.count = 0

    @property
    def room(self) -> int:
        """How many lists there is room for."""
        return len(self._where)

    def reach(self, lists: int) -> None:
        """Have at least so many lists."""
        self._where.reach(lists)

    def size(self, which: int) -> int:
        """How many entries a list has; 0 also for one that is not there."""
        place = which * self._step + self._lane + 1
        at = self._where.column.at
        return at[place] if which >= 0 and place < len(at) else 0

    def append(self, which: int, *entry: int) -> None:
        """Add an entry to a list that is there."""
        record, where = which * self._step + self._lane, self._where.column.at
        size = where[record + 1]
        if not size & (size - 1):  # full: nothing, or a power of two
            self._move(record, size)
        stop = where[record]
        for place, value in enumerate(entry, stop * self.width):
            self._at[place] = value
        where[record] = stop + 1
        where[record + 1] = size + 1
        self.count += 1

    def fill(self, which: int, entries: Sequence[tuple[int, ...]]) -> None:
        """Give an empty list its entries."""
        self.fill_flat(which, [*chain.from_iterable(entries)], len(entries))

    def fill_flat(self, which: int, values: Sequence[int], size: int) -> None:
        """As `fill`, with the numbers of all entries one after the other."""
        if self.gaps > _GAPS_MIN:
            self._tidy()
        record, where = which * self._step + self._lane, self._where.column.at
        start = self.used
        self.used += 1 << (size - 1).bit_length()
        if self.used > len(self._entries):
            self._have(self.used)
        at = self._at
        for place, value in enumerate(values, start * self.width):
            at[place] = value
        where[record] = start + size
        where[record + 1] = size
        self.count += size

    def fill_many(self, which: NDArray[Any], rows: NDArray[Any], sizes: NDArray[Any]) -> None:
        """As `fill` for each, where an entry is but an owner: the first of each row, so many."""
        self._tidy()
        rooms = _room(sizes)
        starts = self.used + rooms.cumsum() - rooms
        self.used += int(rooms.sum())
        self._have(self.used)
        table, width = self._where.table, rows.shape[1]
        table[which, self._lane], table[which, self._lane + 1] = starts + sizes, sizes
        here = counting(width) < sizes[:, None]
        self._entries[(starts[:, None] + counting(width))[here], 0] = rows[here]
        self.count += int(sizes.sum())

    def extend(self, which: NDArray[Any], entries: NDArray[Any]) -> None:
        """Add an entry to each of these lists, which are there; several to one that is repeated.

        `entries` has a row for each; where an entry is but an owner, a number.
        """
        if not len(which):
            return
        self._tidy()
        order = which.argsort(kind="stable")
        which = which[order]
        begins = np.flatnonzero(np.diff(which, prepend=which[0] - 1))
        lists, more = which[begins], np.diff(begins, append=len(which))
        table = self._where.table
        stops, sizes = table[lists, self._lane].astype(np.int64), table[lists, self._lane + 1]
        rooms, had = _room(sizes + more), _room(sizes) * (sizes > 0)
        full = (rooms > had).nonzero()[0]
        if len(full):
            starts = self.used + rooms[full].cumsum() - rooms[full]
            self._copy(stops[full], starts + sizes[full], sizes[full], int(rooms[full].sum()))
            stops[full] = starts + sizes[full]
            self.gaps += int(had[full].sum())
        stops += more
        self._entries[spread(stops, more)[0]] = entries[order].reshape(-1, self.width)
        table[lists, self._lane], table[lists, self._lane + 1] = stops, sizes + more
        self.count += len(which)

    def _copy(
        self, stops: NDArray[Any], to_stops: NDArray[Any], sizes: NDArray[Any], room: int
    ) -> None:
        """Copy lists to the end, which grows by this room."""
        self.used += room
        self._have(self.used)
        self._entries[spread(to_stops, sizes)[0]] = self._entries[spread(stops, sizes)[0]]

    def entries(self, which: int) -> list[list[int]]:
        """The entries of a list, in no order."""
        record, where = which * self._step + self._lane, self._where.column.at
        stop, size = where[record], where[record + 1]
        found: list[list[int]] = self._entries[stop - size : stop].tolist()
        return found

    def owners_of(self, which: int) -> list[int]:
        """The entries of a list, where an entry is but an owner."""
        record, where = which * self._step + self._lane, self._where.column.at
        stop = where[record]
        return self._at[stop - where[record + 1] : stop].tolist()

    def remove(self, which: int, owner: int) -> None:
        """Take an owner's entries out of a list; others change places."""
        record, where = which * self._step + self._lane, self._where.column.at
        stop, size = where[record], where[record + 1]
        start = stop - size
        owners = self._entries[start:stop, -1]
        for found in (owners == owner).nonzero()[0][::-1].tolist():
            size -= 1
            self._entries[start + found] = self._entries[start + size]
            self.count -= 1
            if not size & (size - 1):
                self.gaps += max(1, size)
        where[record] = start + size
        where[record + 1] = size
        self._tidy()

    def clear(self, which: int) -> None:
        """Empty a list."""
        record, where = which * self._step + self._lane, self._where.column.at
        size = where[record + 1]
        if size:
            self.gaps += 1 << (size - 1).bit_length()
            self.count -= size
            where[record] = where[record + 1] = 0
            self._tidy()

    def forget(self) -> None:
        """Empty all lists."""
        self._where.table[:, self._lane : self._lane + _RECORD] = 0
        self.used = self.gaps = self.count = 0

    def sizes(self) -> NDArray[np.int32]:
        """The size of each list."""
        return self._where.table[:, self._lane + 1]

    def spread(self, which: NDArray[Any]) -> tuple[NDArray[np.int64], NDArray[Any]]:
        """The places of the entries of some lists; and how many there are up to each end."""
        records = self._where.table.take(which, axis=0)
        return spread(records[:, self._lane], records[:, self._lane + 1])

    def take(self, places: NDArray[Any]) -> NDArray[np.int32]:
        """The entries at these places, a row each."""
        return self._entries.take(places, axis=0)

    def owners(self, places: NDArray[Any]) -> NDArray[np.int32]:
        """The entries at these places, where an entry is but an owner."""
        return self._entries.ravel().take(places)

    def view(self) -> ListsView:
        """For compiled loops."""
        view, where = self._view, self._where.column.array
        if view is None or view.where is not where:
            view = self._view = ListsView(where, self._step, self._lane, self._entries.ravel())
        return view

    def _move(self, record: int, size: int) -> None:
        """To the end, with twice the room."""
        self._tidy()
        where = self._where.column.at
        start = where[record] - size
        end = self.used
        self.used = end + max(1, 2 * size)
        self._have(self.used)
        if size:
            self._entries[end : end + size] = self._entries[start : start + size]
        where[record] = end + size
        self.gaps += size

    def _have(self, room: int) -> None:
        if room > len(self._entries):
            self._set(self._entries, room + room // 8 + 64)

    def _set(self, entries: NDArray[np.int32], room: int) -> None:
        self._view = None
        self._entries = np.zeros((room, self.width), np.int32)
        self._entries[: len(entries)] = entries
        self._at = self._entries.ravel().data

    def _tidy(self) -> None:
        """Move all lists together if half is gaps."""
        if self.gaps <= _GAPS_MIN or 2 * self.gaps <= self.used:
            return
        table = self._where.table
        stops, sizes = table[:, self._lane], table[:, self._lane + 1]
        some = sizes.nonzero()[0]
        sizes = sizes[some]
        rooms = _room(sizes)
        old, _ = spread(stops[some], sizes)
        stops[some] = rooms.cumsum() - rooms + sizes
        new, _ = spread(stops[some], sizes)
        self.used = int(rooms.sum())
        moved = np.zeros((self.used, self.width), np.int32)
        moved[new] = self._entries[old]
        self._set(moved, self.used + self.used // 16 + 64)
        self.gaps = 0

    def state(self) -> dict[str, Part]:
        """What a snapshot keeps, a shared directory apart."""
        own = {"where": self._where.column.array} if self._where.lanes == 1 else {}
        numbers = [self.used, self.gaps, self.count]
        return {"entries": self._entries[: self.used], "numbers": numbers, **own}

    def restore(self, parts: Mapping[str, Part]) -> None:
        """Be as `state` told."""
        self.used, self.gaps, self.count = parts["numbers"]
        self._set(parts["entries"], self.used + self.used // 16 + 64)
        if "where" in parts:
            self._where.column.replace(parts["where"])

    @property
    def nbytes(self) -> int:
        """Bytes of memory, those of a shared directory apart."""
        own = self._where.column.nbytes if self._where.lanes == 1 else 0
        return self._entries.nbytes + own
