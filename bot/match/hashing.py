"""A text's chunks as numbers of 64 bits, all at once.

A chunk is a polynomial of its bytes at a point of this process, modulo 2^64. Two chunks of up to
CHUNK_MAX bytes share a number by a chance of less than 1 in 10^15.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

CHUNK_MAX: Final = 64
"""Bytes of a chunk. Longer ones can be made to collide, whatever the point (Thue and Morse)."""

_KEPT_MAX: Final = 1 << 17
"""Powers that are kept: for a batch of papers. A text as long as a book has them made for it."""

_FULL: Final = (1 << 64) - 1
_SPACE: Final = 32
_POINT: Final = hash("a chunk") & _FULL | 1
"""Odd, so that it has an inverse; another one in each process, as Python seeds its hashes."""

POINT: Final = np.uint64(_POINT)


class Chunks(NamedTuple):
    """Of each chunk the place before its first byte, that of its last, and its number."""

    before: NDArray[np.int64]
    last: NDArray[np.int64]
    numbers: NDArray[np.uint64]


def chunks(data: bytes) -> Chunks:
    """The chunks of a text that begins and ends with a space."""
    values = np.frombuffer(data, np.uint8)
    powers, inverses = _powers(len(data))
    written = values != _SPACE
    edges = (written[1:] != written[:-1]).nonzero()[0]
    before, last = edges[::2], edges[1::2]
    sums = (powers * values).cumsum()
    numbers = sums.take(last)
    numbers -= sums.take(before)
    numbers *= inverses.take(before)
    return Chunks(before, last, numbers)


def number(chunk: bytes) -> int:
    """The number of one chunk."""
    found = 0
    for value in reversed(chunk):
        found = (found + value) * _POINT & _FULL
    return found


def _powers(count: int) -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
    """The powers of the point and of its inverse, from 0."""
    if count <= len(_known[0]):
        return _known[0][:count], _known[1]
    size = max(1 << 12, 1 << count.bit_length())
    fresh = [_powers_of(point, size) for point in (_POINT, pow(_POINT, -1, 1 << 64))]
    if size <= _KEPT_MAX:
        _known[:] = fresh
    return fresh[0][:count], fresh[1]


def _powers_of(point: int, size: int) -> NDArray[np.uint64]:
    powers = np.ones(size, np.uint64)
    have, step = 1, point
    while have < size:  # the second half is the first times a power
        np.multiply(powers[:have], np.uint64(step), out=powers[have : 2 * have])
        have, step = 2 * have, step * step & _FULL
    return powers


_known: Final = [np.ones(0, np.uint64), np.ones(0, np.uint64)]
