"""The tables under the index: chunks by number, items by key."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.match import table as module
from bot.match.chunks import parted
from bot.match.hashing import chunks, number
from bot.match.table import Table

KEYS = st.integers(1, (1 << 64) - 1)


@given(st.lists(st.tuples(st.booleans(), KEYS), max_size=60))
def test_a_table_is_as_a_dict(steps: list[tuple[bool, int]]) -> None:
    """Keys come and go, some often: each is found while it is there, alone and among others."""
    table = Table()
    items: dict[int, int] = {}
    free = list(range(1, 100))
    table.keys.reach(100)
    for is_coming, wide in steps:
        key = wide if wide % 2 else wide % 16 + 1
        if is_coming and key not in items:
            items[key] = free.pop()
            table.keys.at[items[key]] = key
            table.enter(items[key])
        elif not is_coming and key in items:
            table.leave(items[key])
            free.append(items.pop(key))

        asked = [*items, key, 17, 1 << 63]
        expected = [items.get(one, 0) for one in asked]
        assert [table.at(one) for one in asked] == expected
        assert table.look(np.array(asked, np.uint64)).tolist() == expected
        assert table.count == len(items)


def test_a_table_grows() -> None:
    """Ten thousand keys, consecutive ones, are all found, and others are not."""
    table = Table()
    table.keys.reach(20_000)
    for item in range(1, 10_001):
        table.keys.at[item] = item << 32 | 7
        table.enter(item)
    every = np.arange(20_000, dtype=np.uint64)

    found = table.look(every << np.uint64(32) | np.uint64(7))

    assert found.tolist() == [*range(10_001), *[0] * 9_999]


@pytest.mark.parametrize(("few", "kicks"), [(0, 200), (40, 200), (0, 2), (40, 2)])
@given(st.lists(st.lists(KEYS, max_size=120), max_size=5), st.integers(1, 64))
def test_many_enter_at_once(few: int, kicks: int, batches: list[list[int]], spread: int) -> None:
    """Batches among single ones, of keys far apart and side by side: each is found.

    Also where the table gives up soon and grows.
    """
    table = Table()
    table.keys.reach(1_000)
    items: dict[int, int] = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_A_FEW", few)
        patch.setattr(module, "_KICKS", kicks)
        for batch in batches:
            near = [key % (2 * spread) + 1 for key in batch]
            fresh = [key for key in dict.fromkeys((*batch, *near)) if key not in items]
            for key in fresh:
                items[key] = len(items) + 1
                table.keys.at[items[key]] = key
            made = np.array([items[key] for key in fresh], np.int32)
            table.enter_many(made[1:])
            if len(made):
                table.enter(int(made[0]))

            asked = [*items, 1, 1 << 63]
            expected = [items.get(one, 0) for one in asked]
            assert table.look(np.array(asked, np.uint64)).tolist() == expected
            assert table.count == len(items)


def test_a_table_grows_by_batches() -> None:
    """A hundred thousand keys in batches of all sizes are all found, and others are not."""
    table = Table()
    table.keys.reach(100_001)
    table.keys.array[1:] = np.arange(1, len(table.keys.array), dtype=np.uint64) << np.uint64(32)
    first = 1
    while first <= 100_000:
        after = min(100_001, first + first // 2 + 1)
        table.enter_many(np.arange(first, after, dtype=np.int32))
        first = after
    every = np.arange(200_000, dtype=np.uint64) << np.uint64(32)

    assert table.look(every).tolist() == [*range(100_001), *[0] * 99_999]


@given(st.text(max_size=200))
def test_a_text_is_cut_into_its_chunks(text: str) -> None:
    """The pieces between spaces, each with the number that it has by itself."""
    data = b" %b " % parted(text)
    found = chunks(data)

    pieces = [data[a + 1 : z + 1] for a, z in zip(found.before, found.last, strict=True)]
    assert pieces == [piece for piece in data.split(b" ") if piece]
    assert found.numbers.tolist() == [number(piece) for piece in pieces]


def test_a_hundred_thousand_words_have_numbers_of_their_own() -> None:
    """No two of many short words share a number, in a text as long as a book."""
    words = b" ".join(b"w%d" % n for n in range(100_000))

    assert len(np.unique(chunks(b" %b " % words).numbers)) == 100_000
