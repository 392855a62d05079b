"""The finding side of the index as plain loops, compiled by numba where that is installed.

Each says the same as the numpy operations that its docstring names, in a third of the time: what
they go through again and again, a loop goes through once. Only what is compiled stands here and in
word_loops.py, in the part of Python that numba takes: numbers and arrays.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from bot.match.compiled import compiled, part
from bot.match.surfaces import ALONE, CARRIES, END, PLACES
from bot.match.table import FIRST, SECOND
from bot.match.word_loops import chunks, meanings, put, unasked
from bot.text.words import COMPOUND_PARTS_MAX

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bot.match.views import ListsView, MetView, RowsView, TermsView

__all__ = ("chunks", "meanings", "met", "owners", "put", "unasked")

_FIRST: Final = np.uint64(FIRST)
_SECOND: Final = np.uint64(SECOND)
_RUNS_MAX: Final = COMPOUND_PARTS_MAX
_FULL: Final = -1
"""There is no room for what was found."""


# ------------------------------------------------------------ words and phrases


@compiled
def met(
    row: NDArray[np.int32],
    papers: NDArray[np.int64],
    serves: NDArray[np.uint8],
    any_field: np.uint8,
    asked: NDArray[np.uint8],
    terms: TermsView,
    room: int,
) -> tuple[NDArray[np.int32], NDArray[np.int64], NDArray[np.int32]]:
    """The clauses met in each paper, some repeatedly (Terms.find, Leaves.met_by_many).

    Each text of the row is of one of the papers and serves some fields. Gives the clauses, where
    each paper's begin and the last's end, and a row for each that is asked for in such a field:
    the paper, the clause, the fields. There is `room` for so many at first.
    """
    while True:
        found, bounds = np.empty(room, np.int32), np.zeros(papers[-1] + 2, np.int64)
        fields = np.empty((room, 3), np.int32)
        work = np.empty((6, room), np.int64)
        count = in_fields = place = 0
        for text in range(len(serves)):
            before = count
            place, count = _met(row, place, terms, found, count, work)
            if count == _FULL:
                break
            in_fields = _in_fields(
                found[before:count], papers[text], serves[text], asked, fields, in_fields
            )
            if in_fields == _FULL:
                break
            if not serves[text] & any_field:
                count = before
            bounds[papers[text] + 1] = count
        if min(count, in_fields) != _FULL:
            return found[:count], bounds, fields[:in_fields]
        room += room


@part
def _met(
    row: NDArray[np.int32],
    place: int,
    terms: TermsView,
    found: NDArray[np.int32],
    count: int,
    work: NDArray[np.int64],
) -> tuple[int, int]:
    """The clauses of the text that begins at a place; where the next begins, and how many.

    From word to word the trie is gone down for all places at once, so that the memory is asked
    for many things before one of them is waited for.
    """
    nodes, ends = work[0], work[1]  # nodes met, and where in the row what they spell ends
    steps, after = work[2], work[3]  # steps to take, and where they end
    metas, others = work[4], work[5]
    runs, runs_at = terms.runs.entries, terms.runs.where
    place, reached, count = _begin(
        row, place, terms.node, terms.alone, runs, runs_at, found, count, nodes, ends
    )
    while reached > 0 and count != _FULL:
        for at in range(reached):
            metas[at] = terms.meta[nodes[at]]
        count = _end_here(metas[:reached], terms.many.entries, terms.many.where, found, count)
        asking = _ask(row, terms.node, runs, runs_at, metas[:reached], nodes, ends, steps, after)
        if asking == _FULL:
            return place, _FULL
        table = terms.steps
        for at in range(asking):
            key = np.uint64(steps[at])
            metas[at] = table.slots[np.int64((key * _FIRST) >> table.shift)]
            others[at] = table.slots[np.int64((key * _SECOND) >> table.shift)]
        reached = 0
        for at in range(asking):
            key = np.uint64(steps[at])
            node = metas[at] * (table.keys[metas[at]] == key)
            node |= others[at] * (table.keys[others[at]] == key)
            nodes[reached], ends[reached] = node, after[at]
            reached += node != 0
    return place, count


@part
def _begin(
    row: NDArray[np.int32],
    place: int,
    node_of: NDArray[np.int64],
    alone: ListsView,
    runs: NDArray[np.int32],
    runs_at: NDArray[np.int32],
    found: NDArray[np.int32],
    count: int,
    nodes: NDArray[np.int64],
    ends: NDArray[np.int64],
) -> tuple[int, int, int]:
    """The words and runs of a text, and what they meet by themselves."""
    reached, clauses, clauses_at = 0, alone.entries, alone.where
    for at in range(place, len(row)):
        surface = row[at]
        if surface == END:
            return at + 1, reached, count
        if not surface:
            continue
        if len(found) - reached <= _RUNS_MAX or count == _FULL:
            break
        nodes[reached], ends[reached] = node_of[surface >> PLACES], at + 1
        reached += 1
        if surface & ALONE:
            count = _stand_alone(clauses, clauses_at, surface >> PLACES, found, count)
        if surface & CARRIES:
            record = 2 * (surface >> PLACES)
            for run in range(runs_at[record] - runs_at[record + 1], runs_at[record]):
                inner = runs[2 * run + 1]
                nodes[reached], ends[reached] = node_of[inner >> PLACES], at + runs[2 * run]
                reached += 1
                if inner & ALONE:
                    count = _stand_alone(clauses, clauses_at, inner >> PLACES, found, count)
    return place, 0, _FULL


@part
def _stand_alone(
    clauses: NDArray[np.int32],
    clauses_at: NDArray[np.int32],
    place: int,
    found: NDArray[np.int32],
    count: int,
) -> int:
    """The clauses that a surface meets by itself; how many there are then."""
    stop, size = clauses_at[2 * place], clauses_at[2 * place + 1]
    if count == _FULL or count + size > len(found):
        return _FULL
    for at in range(stop - size, stop):
        found[count] = clauses[at]
        count += 1
    return count


@part
def _end_here(
    metas: NDArray[np.int64],
    many: NDArray[np.int32],
    many_at: NDArray[np.int32],
    found: NDArray[np.int32],
    count: int,
) -> int:
    """The clauses that end at nodes; how many there are then."""
    for meta in metas:
        if meta > 1:
            if count == len(found):
                return _FULL
            found[count] = meta >> 1
            count += 1
        elif meta < 0:
            record = -2 * (meta >> 1)
            stop, size = many_at[record], many_at[record + 1]
            if count + size > len(found):
                return _FULL
            for place in range(stop - size, stop):
                found[count] = many[place]
                count += 1
    return count


@part
def _ask(
    row: NDArray[np.int32],
    node_of: NDArray[np.int64],
    runs: NDArray[np.int32],
    runs_at: NDArray[np.int32],
    metas: NDArray[np.int64],
    nodes: NDArray[np.int64],
    ends: NDArray[np.int64],
    steps: NDArray[np.int64],
    after: NDArray[np.int64],
) -> int:
    """The steps on from nodes, by the word that follows and by the runs that begin with it."""
    asking = 0
    for at in range(len(metas)):
        if not metas[at] & 1:
            continue
        if len(steps) - asking <= _RUNS_MAX:
            return _FULL
        end = ends[at]
        surface = row[end]
        word = node_of[surface >> PLACES]
        if word:
            steps[asking], after[asking] = nodes[at] << 32 | word, end + 1
            asking += 1
        if surface & CARRIES:
            record = 2 * (surface >> PLACES)
            for run in range(runs_at[record] - runs_at[record + 1], runs_at[record]):
                word = node_of[runs[2 * run + 1] >> PLACES]
                if word:
                    steps[asking], after[asking] = nodes[at] << 32 | word, end + runs[2 * run]
                    asking += 1
    return asking


@part
def _in_fields(
    clauses: NDArray[np.int32],
    paper: int,
    serves: int,
    asked: NDArray[np.uint8],
    fields: NDArray[np.int32],
    count: int,
) -> int:
    """The clauses asked for in a field that their text serves; how many there are then."""
    for clause in clauses:
        bits = asked[clause] & serves
        if bits:
            if count == len(fields):
                return _FULL
            fields[count, 0], fields[count, 1], fields[count, 2] = paper, clause, bits
            count += 1
    return count


# ------------------------------------------------------------ rows


@compiled
def owners(
    met: MetView, there: NDArray[np.uint8], rows: RowsView, room: NDArray[np.int32]
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int64], NDArray[np.int32]]:
    """The owners of the rows that papers' clauses meet, and the clauses once (Rows.find_many).

    Gives both paper after paper, and where those of each end, side by side. `there` has a place
    for each clause and is 0 before and after. Owners are written to `room` first: given back as
    it is, or a larger one.
    """
    where, many_at = rows.where, rows.many.where
    found, once = room, np.empty(len(met.clauses) + len(met.more), np.int32)
    ends = np.zeros((len(met.bounds), 2), np.int64)
    at = count = 0
    for paper in range(len(ends) - 1):
        begun = count
        first, stop = met.bounds[paper], met.bounds[paper + 1]
        count = _mark(met.clauses[first:stop], there, once, count)
        first, stop = met.more_bounds[paper], met.more_bounds[paper + 1]
        count = _mark(met.more[first:stop], there, once, count)
        here = once[begun:count]
        most = at
        for clause in here:
            most += where[4 * clause + 1] + where[4 * clause + 3]
            most += many_at[2 * clause + 1] if 2 * clause < len(many_at) else 0
        if most > len(found):
            wider = np.empty(2 * most, np.int32)
            wider[:at] = found[:at]
            found = wider
        at = _alone(here, where, rows.alone, found, at)
        at = _pairs(here, there, where, rows.pairs, found, at)
        if len(many_at):
            at = _many(here, there, rows.many, rows.others, found, at)
        for clause in here:
            there[clause] = 0
        ends[paper + 1, 0], ends[paper + 1, 1] = at, count
    return found[:at].copy(), once[:count], ends, found


@part
def _mark(
    clauses: NDArray[np.int32], there: NDArray[np.uint8], once: NDArray[np.int32], count: int
) -> int:
    """Mark clauses as there and note those that were not; how many there are then."""
    for clause in clauses:
        once[count] = clause
        count += 1 - there[clause]
        there[clause] = 1
    return count


@part
def _alone(
    once: NDArray[np.int32],
    where: NDArray[np.int32],
    alone: NDArray[np.int32],
    found: NDArray[np.int32],
    at: int,
) -> int:
    """The owners of rows of one clause."""
    for clause in once:
        stop = where[4 * clause]
        for place in range(stop - where[4 * clause + 1], stop):
            found[at] = alone[place]
            at += 1
    return at


@part
def _pairs(
    once: NDArray[np.int32],
    there: NDArray[np.uint8],
    where: NDArray[np.int32],
    pairs: NDArray[np.int32],
    found: NDArray[np.int32],
    at: int,
) -> int:
    """The owners of rows of a few literals more."""
    for clause in once:
        stop = where[4 * clause + 2]
        for row in range(4 * (stop - where[4 * clause + 3]), 4 * stop, 4):
            first = pairs[row]
            if there[first >> 1] == first & 1:
                continue
            second, third = pairs[row + 1], pairs[row + 2]
            found[at] = pairs[row + 3]
            at += (there[second >> 1] ^ (second & 1)) & (there[third >> 1] ^ (third & 1))
    return at


@part
def _many(
    once: NDArray[np.int32],
    there: NDArray[np.uint8],
    many: ListsView,
    others: ListsView,
    found: NDArray[np.int32],
    at: int,
) -> int:
    """The owners of rows of many literals more."""
    for clause in once:
        if 2 * clause >= len(many.where):
            continue
        stop = many.where[2 * clause]
        for row in range(3 * (stop - many.where[2 * clause + 1]), 3 * stop, 3):
            first, record = many.entries[row], 2 * many.entries[row + 1]
            holds = there[first >> 1] ^ (first & 1)
            last = others.where[record]
            for place in range(last - others.where[record + 1], last):
                literal = others.entries[place]
                holds &= there[literal >> 1] ^ (literal & 1)
            found[at] = many.entries[row + 2]
            at += holds
    return at
