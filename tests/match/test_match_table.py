"""The tables under the index: chunks by number, items by key."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

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
