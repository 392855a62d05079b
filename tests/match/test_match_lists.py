"""Lists in one array: whatever is added and removed, each list has its own entries."""

from __future__ import annotations

import random  # noqa: TID251  # a test seeds its own
from collections import defaultdict

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from bot.match.lists import Directory, Lists

STEPS = st.lists(
    st.tuples(
        st.sampled_from(["append", "append", "remove", "clear", "fill", "extend"]),
        st.integers(0, 4),
        st.integers(0, 3),
    )
)


@given(STEPS)
def test_lists_are_as_lists(steps: list[tuple[str, int, int]]) -> None:
    """Two tables in one directory, compared with lists of Python after each step."""
    where = Directory(lanes=2)
    tables = (Lists(2, where, 0), Lists(1, where, 1))
    for table in tables:
        table.reach(5)
    model: tuple[dict[int, list[list[int]]], ...] = (defaultdict(list), defaultdict(list))
    for step, (how, which, owner) in enumerate(steps):
        for table, lists in zip(tables, model, strict=True):
            entry = [step, owner][-table.width :]
            match how:
                case "append":
                    table.append(which, *entry)
                    lists[which].append(entry)
                case "remove":
                    table.remove(which, owner)
                    lists[which] = [one for one in lists[which] if one[-1] != owner]
                case "extend":
                    several = [which, (which + owner) % 5, which, *[owner] * owner]
                    entries = [[at, step][-table.width :] for at in range(len(several))]
                    table.extend(np.array(several), np.array(entries))
                    for place, row in zip(several, entries, strict=True):
                        lists[place].append(row)
                case _:
                    table.clear(which)
                    lists[which] = []
                    if how == "fill":
                        rows = [(step, owner), (owner, step), (0, owner)]
                        table.fill(which, [row[-table.width :] for row in rows])
                        lists[which] = [[*row[-table.width :]] for row in rows]
            assert table.count == sum(map(len, lists.values()))
            for number in range(5):
                assert sorted(table.entries(number)) == sorted(lists[number])
                assert table.size(number) == len(lists[number])


def test_gaps_are_closed() -> None:
    """After fifty thousand changes the array holds little more than what is there."""
    chance = random.Random(5)  # noqa: S311  # nothing is secret here
    table = Lists(1)
    table.reach(300)
    lists: dict[int, list[int]] = defaultdict(list)
    for value in range(50_000):
        which = chance.randrange(300)
        table.append(which, value)
        lists[which].append(value)
        if len(lists[which]) > 100:
            for one in lists[which][:90]:
                table.remove(which, one)
            del lists[which][:90]

    assert table.used < 2 * table.count + 40_000
    places, ends = table.spread(np.arange(300))
    owners = np.split(table.owners(places), ends[:-1])
    assert [sorted(part.tolist()) for part in owners] == [lists[which] for which in range(300)]


def test_many_are_added_at_once() -> None:
    """A hundred thousand entries in batches, to lists of all sizes; those moved leave few gaps."""
    chance = np.random.default_rng(7)
    table = Lists(1)
    table.reach(400)
    lists: dict[int, list[int]] = defaultdict(list)
    for first in range(0, 100_000, 1_000):
        which = np.sqrt(chance.integers(0, 160_000, 1_000)).astype(np.int64)
        table.extend(which, np.arange(first, first + 1_000))
        for one, value in zip(which.tolist(), range(first, first + 1_000), strict=True):
            lists[one].append(value)

    assert all(table.owners_of(which) == lists[which] for which in range(400))
    assert table.count == 100_000
    assert table.used < 4 * table.count
