"""Which item has a key: many keys are looked up at once, in two looks each and no search.

Each key has two places in the table (cuckoo hashing): an item that comes puts out the one that is
there, which moves to its other place.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from bot.match.column import Column

if TYPE_CHECKING:
    from numpy.typing import NDArray

_FIRST: Final = 0x9E3779B97F4A7C15
_SECOND: Final = 0xC2B2AE3D27D4EB4F
_FULL: Final = (1 << 64) - 1
_FACTORS: Final = np.array([[_FIRST], [_SECOND]], np.uint64)

_LOAD: Final = 0.45
"""Beyond half, two places do not suffice."""

_KICKS: Final = 200
_LEAST_BITS: Final = 8


class Table:
    """Items by key. `keys` tells an item's key, 0 for none; item 0 and key 0 are nothing.

    Items whose key is `limit` or more are not in the table.
    """

    __slots__ = ("_bits", "_limit", "_shift", "_shift_64", "count", "keys", "slots")

    def __init__(self, limit: int = 1 << 64) -> None:
        self.keys = Column("u8")
        self._limit = limit
        self.clear()

    def clear(self) -> None:
        """Forget all items."""
        self.keys.array[:] = 0
        self.set_slots(np.zeros(1 << _LEAST_BITS, np.int32))
        self.count = 0

    def at(self, key: int) -> int:
        """The item with the key; 0 if there is none."""
        slots, keys = self.slots.data, self.keys.at
        item: int = slots[(key * _FIRST & _FULL) >> self._shift]
        if keys[item] == key:
            return item
        item = slots[(key * _SECOND & _FULL) >> self._shift]
        return item if keys[item] == key else 0

    def look(self, keys: NDArray[np.uint64]) -> NDArray[np.int32]:
        """The item with each key; 0 where there is none."""
        places = keys * _FACTORS
        places >>= self._shift_64
        items = self.slots.take(places.view(np.int64))
        items *= self.keys.array.take(items) == keys
        found: NDArray[np.int32] = np.maximum(items[0], items[1])  # a key's places can be one
        return found

    def enter(self, item: int) -> None:
        """Find an item by the key that is written for it."""
        self.count += 1
        if self.count > _LOAD * len(self.slots):
            self._resize(self._bits + 1)
            return
        slots, keys, shift = self.slots.data, self.keys.at, self._shift
        first = (keys[item] * _FIRST & _FULL) >> shift
        if not slots[first]:
            slots[first] = item
            return
        place = -1
        for _ in range(_KICKS):
            key = keys[item]
            first = (key * _FIRST & _FULL) >> shift
            second = (key * _SECOND & _FULL) >> shift
            place = second if place == first or (place < 0 and slots[first]) else first
            item, slots[place] = slots[place], item
            if not item:
                return
        self._resize(self._bits + 1)

    def leave(self, item: int) -> None:
        """Find an item no more; its key is gone."""
        key = self.keys.at[item]
        place = (key * _FIRST & _FULL) >> self._shift
        if self.slots[place] != item:
            place = (key * _SECOND & _FULL) >> self._shift
        self.slots[place] = 0
        self.keys.at[item] = 0
        self.count -= 1

    def set_slots(self, slots: NDArray[np.int32]) -> None:
        """Take over the slots of another table with the same keys."""
        self.slots = slots
        self._bits = len(slots).bit_length() - 1
        self._shift = 64 - self._bits
        self._shift_64 = np.uint64(self._shift)

    def _resize(self, bits: int) -> None:
        """Write all anew to a table of another size."""
        while not self._filled(bits):
            bits += 1

    def _filled(self, bits: int) -> bool:
        self.set_slots(np.zeros(1 << bits, np.int32))
        slots, keys = self.slots, self.keys.array
        some = (keys != 0).nonzero()[0].astype(np.int32)
        if self._limit <= _FULL:
            some = some[keys[some] < self._limit]
        second = np.zeros(len(keys), np.bool_)
        for _ in range(_KICKS):
            if not len(some):
                return True
            factors = np.where(second[some], _FACTORS[1], _FACTORS[0])
            places = ((keys[some] * factors) >> self._shift_64).astype(np.int64)
            before = slots[places]
            slots[places] = some
            written = slots[places] == some
            put_out = before[written]
            some = np.concatenate((some[~written], put_out[put_out != 0]))
            second[some] = ~second[some]
        return False

    @property
    def nbytes(self) -> int:
        """Bytes of memory."""
        return self.keys.nbytes + self.slots.nbytes
