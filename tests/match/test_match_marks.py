"""Marks miss nothing, and take little else for what is there."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from bot.match.marks import BITS, Marks

CHECKSUMS = st.integers(0, (1 << 32) - 1)


@given(st.lists(CHECKSUMS), st.lists(CHECKSUMS), st.lists(CHECKSUMS))
def test_what_is_there_is_marked(first: list[int], then: list[int], more: list[int]) -> None:
    """However it came, and that alone after a refill."""
    marks = Marks(4)
    marks.refill(np.array(first, np.uint32))
    for one in then:
        marks.add(one)
    marks.add_many(np.array(more, np.uint32))

    assert all(_is_marked(marks, one) for one in (*first, *then, *more))

    marks.refill(np.array(more, np.uint32))
    assert _marked(marks) == len({(one >> marks.shift, one & BITS) for one in more})


def test_there_is_room_for_as_many_more() -> None:
    """Marks are full when others would be taken for them too often, and not soon again."""
    draw = np.random.default_rng(7)
    marks = Marks(2)
    sizes = []
    for _ in range(100):
        marks.add_many(draw.integers(0, 1 << 32, 1_000, np.uint32))
        if marks.is_full:
            marks.refill(draw.integers(0, 1 << 32, 1_000, np.uint32))
            sizes.append(marks.nbytes)
        assert _marked(marks) <= 8 * marks.nbytes / 16
    assert 20 < len(sizes) < 100
    assert len(set(sizes)) == 1


def test_a_million_are_not_too_many() -> None:
    """Memory is bounded, what is there is found all the same, and no refill comes at once."""
    checksums = np.random.default_rng(7).integers(0, 1 << 32, 1 << 20, np.uint32)
    marks = Marks(64)
    marks.refill(checksums)

    assert marks.nbytes == 1 << 22
    assert not marks.is_full
    assert all(_is_marked(marks, one) for one in checksums[:1000].tolist())


def _is_marked(marks: Marks, checksum: int) -> bool:
    return bool(marks.at[checksum >> marks.shift] >> (checksum & BITS) & 1)


def _marked(marks: Marks) -> int:
    """How many bits are set."""
    return int.from_bytes(marks.at, "big").bit_count()
