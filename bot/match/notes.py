"""Which entries have a word that begins so: told when asked, by one look at all notes.

To note costs next to nothing; to ask, which only a new prefix or exact word does, some 60 µs with
half a million notes.
"""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING, Final
from zlib import crc32

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

KINDS: Final = 1 << 16
"""Beginnings that are told apart; two that share a kind are both told, which does no harm."""

_FRESH_MAX: Final = 1 << 9


def kind(head: str) -> int:
    """The kind of a beginning."""
    return crc32(head.encode()) % KINDS


class Notes:
    """Entries by how words begin. To note one, append to `heads` and to `entries`."""

    __slots__ = ("_kinds", "entries", "heads")

    def __init__(self) -> None:
        self._kinds = array("H")
        self.heads: list[str] = []
        """Beginnings of words, the last that were noted: what they are the notes go by later."""
        self.entries = array("i")

    def __len__(self) -> int:
        """How many notes there are, those of entries that were dropped among them."""
        return len(self.entries)

    def settle(self) -> None:
        """Make notes small, now and then."""
        if len(self.heads) > _FRESH_MAX:
            self._settle()

    def _settle(self) -> None:
        self._kinds.extend(map(kind, self.heads))
        self.heads.clear()

    def extend(self, kinds: NDArray[np.uint16], entries: NDArray[np.int32]) -> None:
        """Note the words of these entries that begin so."""
        self._settle()
        self._kinds.frombytes(kinds.tobytes())
        self.entries.frombytes(entries.tobytes())

    def take(self, head: str) -> list[int]:
        """The entries with such a word, and maybe others; what was noted of them is gone."""
        if not self.entries:
            return []
        self._settle()
        kinds = np.frombuffer(self._kinds, np.uint16)
        some = (kinds == kind(head)).nonzero()[0]
        entries = np.frombuffer(self.entries, np.int32)
        found: list[int] = entries.take(some).tolist()
        entries[some] = 0
        return found

    def clear(self) -> None:
        """Forget all notes."""
        self.heads.clear()
        del self._kinds[:], self.entries[:]

    @property
    def nbytes(self) -> int:
        """Bytes of memory."""
        return (self._kinds.itemsize + self.entries.itemsize) * len(self)
