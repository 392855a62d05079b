"""Numbers in one growing array: for numpy by the thousand, and one by one without its cost."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import DTypeLike, NDArray

_LEAST: Final = 64
_ROOM: Final = 8
"""An array that is full gets an eighth more: copied some forty times on the way to a million."""


class Column:
    """Numbers of one type, zero where nothing was written.

    `array` is for numpy; `at` is the same memory for single places, four times as fast. Both are
    replaced when the column grows: never keep them over a `reach`.
    """

    __slots__ = ("array", "at")

    def __init__(self, dtype: DTypeLike, size: int = _LEAST) -> None:
        self._set(np.zeros(size, dtype))

    def _set(self, array: NDArray[Any]) -> None:
        self.array = array
        self.at: memoryview[int] = array.data

    def reach(self, size: int) -> None:
        """Have at least so many places."""
        have = len(self.array)
        if size > have:
            grown = np.zeros(max(size, have + have // _ROOM + _LEAST), self.array.dtype)
            grown[:have] = self.array
            self._set(grown)

    def trim(self, size: int) -> None:
        """Have just so many places, not more than there are."""
        self._set(self.array[:size])

    def replace(self, array: NDArray[Any]) -> None:
        """Be this array from now on."""
        self._set(np.ascontiguousarray(array, self.array.dtype))

    @property
    def nbytes(self) -> int:
        """Bytes of memory."""
        return self.array.nbytes
