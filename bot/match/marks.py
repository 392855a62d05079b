"""Whether a checksum may be there, told by one bit: what is there is never missed.

Of those that are not there some are taken for one that is, the fewer the more room there is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from bot.match.views import MarksView

if TYPE_CHECKING:
    from numpy.typing import NDArray

BITS: Final = 7
"""What of a checksum tells the bit; the byte is told by how it begins."""

_SIZE_MIN, _SIZE_MAX = 10, 22  # 4 MB at most, as powers of two
_CHECKSUM: Final = 32
_BIT: Final = np.array([1 << bit for bit in range(BITS + 1)], np.uint8)


class Marks:
    """Checksums of 32 bits (crc32): the bit `one & BITS` of the byte `at[one >> shift]` is set."""

    __slots__ = ("_array", "_count", "_most", "_room", "at", "shift")

    def __init__(self, room: int) -> None:
        """With `room` bytes for each checksum."""
        self._room = room
        self.refill(np.zeros(0, np.uint32))

    def add(self, checksum: int) -> None:
        """Have this one too."""
        self.at[checksum >> self.shift] |= 1 << (checksum & BITS)
        self._count += 1

    def add_many(self, checksums: NDArray[np.uint32]) -> None:
        """Have these too."""
        places = checksums >> np.uint32(self.shift)
        np.bitwise_or.at(self._array, places, _BIT[checksums & np.uint32(BITS)])
        self._count += len(checksums)

    def refill(self, checksums: NDArray[np.uint32]) -> None:
        """Have just these, with room for as many more."""
        size = (2 * self._room * len(checksums)).bit_length()
        size = min(max(size, _SIZE_MIN), _SIZE_MAX)
        self.shift = _CHECKSUM - size
        self._array = np.zeros(1 << size, np.uint8)
        self.at: memoryview[int] = self._array.data
        self._count = 0
        self.add_many(checksums)
        self._most = max(len(self._array) // self._room, 2 * self._count)

    @property
    def is_full(self) -> bool:
        """Whether it is time for a `refill`."""
        return self._count > self._most

    def view(self) -> MarksView:
        """For compiled loops."""
        return MarksView(self._array, self.shift)

    @property
    def nbytes(self) -> int:
        """Bytes of memory."""
        return self._array.nbytes
