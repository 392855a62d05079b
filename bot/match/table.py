"""Which item has a key: many keys are looked up at once, in two looks each and no search.

Each key has two places in the table (cuckoo hashing): an item that comes puts out the one that is
there, which moves to its other place.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from bot.match.column import Column
from bot.match.views import TableView

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from bot.match.views import Loops

FIRST: Final = 0x9E3779B97F4A7C15
SECOND: Final = 0xC2B2AE3D27D4EB4F
_FULL: Final = (1 << 64) - 1
_FACTORS: Final = np.array([[FIRST], [SECOND]], np.uint64)

_LOAD: Final = 0.45
"""Beyond half, two places do not suffice."""

_KICKS: Final = 200
_A_FEW: Final = 40
"""Items that find their places one by one in less time than numpy takes to begin."""

_AT_ONCE: Final = 1 << 14
"""Slots that are moved at once: what numpy needs for them stays in the fast memory."""
_LEAST_BITS: Final = 8


class Table:
    """Items by key. `keys` tells an item's key, 0 for none; item 0 and key 0 are nothing.

    Items whose key is `limit` or more are not in the table.
    """

    __slots__ = (
        "_at",
        "_bits",
        "_limit",
        "_max",
        "_shift",
        "_shift_64",
        "_view",
        "count",
        "keys",
        "slots",
    )

    def __init__(self, limit: int = 1 << 64) -> None:
        self.keys = Column("u8")
        self._limit = limit
        self._view: TableView | None = None
        self.clear()

    def clear(self) -> None:
        """Forget all items."""
        self.keys.array[:] = 0
        self.set_slots(np.zeros(1 << _LEAST_BITS, np.int32))
        self.count = 0

    def at(self, key: int) -> int:
        """The item with the key; 0 if there is none."""
        slots, keys = self._at, self.keys.at
        item = slots[(key * FIRST & _FULL) >> self._shift]
        if keys[item] == key:
            return item
        item = slots[(key * SECOND & _FULL) >> self._shift]
        return item if keys[item] == key else 0

    def look(self, keys: NDArray[np.uint64]) -> NDArray[np.int32]:
        """The item with each key; 0 where there is none."""
        places = keys * _FACTORS
        places >>= self._shift_64
        items = self.slots.take(places.view(np.int64))
        items *= self.keys.array.take(items) == keys
        found: NDArray[np.int32] = np.maximum(items[0], items[1])  # a key's places can be one
        return found

    def put(self, items: Sequence[int], keys: Iterable[int]) -> None:
        """Give items their keys, and find them by these from now on."""
        key_of, slots, shift = self.keys.at, self._at, self._shift
        for item, key in zip(items, keys, strict=True):
            key_of[item] = key
            place = (key * FIRST & _FULL) >> shift
            if slots[place]:
                place = (key * SECOND & _FULL) >> shift
            if slots[place] or self.count >= self._max:
                self.enter(item)
                slots, shift = self._at, self._shift
            else:
                slots[place] = item
                self.count += 1

    def put_by_loops(
        self, items: NDArray[np.int32], keys: NDArray[np.uint64], loops: Loops
    ) -> None:
        """What `put` does."""
        while self.count + len(items) > self._max:
            self._widen()
        left = loops.put(items, keys, self.view())
        self.count += len(items) - len(left)
        if len(left):
            self.put(items[left].tolist(), keys[left].tolist())

    def enter(self, item: int) -> None:
        """Find an item by the key that is written for it."""
        self.count += 1
        if self.count > self._max:
            self._widen()
        if not self._settled(item):
            self._resize(self._bits + 1)

    def enter_many(self, items: NDArray[np.int32]) -> None:
        """As `enter` for each; no two keys are the same."""
        self.count += len(items)
        while self.count > self._max:
            self._widen()
        if not self._placed(items):
            self._resize(self._bits + 1)

    def leave(self, item: int) -> None:
        """Find an item no more; its key is gone."""
        key = self.keys.at[item]
        place = (key * FIRST & _FULL) >> self._shift
        if self.slots[place] != item:
            place = (key * SECOND & _FULL) >> self._shift
        self.slots[place] = 0
        self.keys.at[item] = 0
        self.count -= 1

    def set_slots(self, slots: NDArray[np.int32]) -> None:
        """Take over the slots of another table with the same keys."""
        self.slots = slots
        self._at: memoryview[int] = slots.data  # the same, for single places
        self._max = int(_LOAD * len(slots))
        self._bits = len(slots).bit_length() - 1
        self._shift = 64 - self._bits
        self._shift_64 = np.uint64(self._shift)

    def view(self) -> TableView:
        """For compiled loops."""
        view = self._view
        if view is None or view.slots is not self.slots or view.keys is not self.keys.array:
            view = self._view = TableView(self.slots, self.keys.array, self._shift_64)
        return view

    def _resize(self, bits: int) -> None:
        """Write all anew to a table of another size."""
        while not self._filled(bits):
            bits += 1

    def _filled(self, bits: int) -> bool:
        self.set_slots(np.zeros(1 << bits, np.int32))
        keys = self.keys.array
        some = (keys != 0).nonzero()[0].astype(np.int32)
        if self._limit <= _FULL:
            some = some[keys[some] < self._limit]
        return self._placed(some)

    def _placed(self, items: NDArray[np.int32]) -> bool:
        """Find a place for each; False if there is none for some, which are lost then."""
        slots, keys = self.slots, self.keys.array
        first, second = self._places(keys[items])
        places = np.where(slots[first] != 0, second, first)
        for _ in range(_KICKS):
            if len(items) <= _A_FEW:
                break
            before = slots[places]
            slots[places] = items
            written = slots[places] == items
            put_out = written & (before != 0)
            items = np.concatenate((items[~written], before[put_out]))
            left = np.concatenate((places[~written], places[put_out]))
            first, second = self._places(keys[items])
            places = np.where(first == left, second, first)
        return all(map(self._settled, items.tolist()))

    def _settled(self, item: int) -> bool:
        """Find a place for one; False if there is none for it, or one that was put out."""
        slots, keys, shift = self._at, self.keys.at, self._shift
        place = -1
        for _ in range(_KICKS):
            key = keys[item]
            first = (key * FIRST & _FULL) >> shift
            second = (key * SECOND & _FULL) >> shift
            place = second if place == first or (place < 0 and slots[first]) else first
            item, slots[place] = slots[place], item
            if not item:
                return True
        return False

    def _widen(self) -> None:
        """Twice the slots: what is in slot n goes to 2n or 2n + 1, as a hash has one bit more."""
        old = self.slots
        self.set_slots(np.zeros(2 * len(old), np.int32))
        for start in range(0, len(old), _AT_ONCE):
            held = old[start : start + _AT_ONCE].nonzero()[0] + start
            items = old[held]
            first, second = self._places(self.keys.array[items])
            self.slots[np.where(first >> 1 == held, first, second)] = items

    def _places(self, keys: NDArray[np.uint64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        places = keys * _FACTORS
        places >>= self._shift_64
        first, second = places.view(np.int64)
        return first, second

    @property
    def nbytes(self) -> int:
        """Bytes of memory."""
        return self.keys.nbytes + self.slots.nbytes
