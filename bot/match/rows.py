"""Rows of clauses, each below its rarest one, and which of them the clauses of a paper meet.

Most rows are one clause: their owners stand in a list below it. The others bring the literals that
must hold besides, side by side with the owner, so that nothing is looked up for a row but them. A
literal is twice its clause's number, and one more for a clause that must not be there.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import numpy as np

from bot.match.lists import Directory, Lists, sizes_of, spread
from bot.match.snapshot import those_under, under
from bot.match.views import RowsView

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from bot.match.snapshot import Part
    from bot.match.views import Loops, MetView

ALONE, PAIR, MANY = 1, 2, 4
"""The kinds of rows, a bit each: of one clause, of up to _FEW literals more, of more."""

_FEW: Final = 3
BATCH: Final = 16
"""Papers whose rows are found at once: a bit of a clause's marks for each."""

_STEP: Final = 4
"""Numbers of a clause's record: where its two lists stop, and their sizes."""

_FEW_MET: Final = 24

_ROOM_MAX: Final = 1 << 20
"""Owners of a burst for which there is room from then on, 4 MB."""

_NONE: Final = np.zeros(0, np.uint8)

_NAMES: Final = ("alone", "pairs", "many", "others")

_ABSENT: Final = np.frombuffer(b"\x00\x01", np.uint16)[0]
_PRESENT: Final = np.frombuffer(b"\x01\x00", np.uint16)[0]
"""A clause's two flags: whether it is there, whether it is not."""


Columns: TypeAlias = "tuple[NDArray[Any], NDArray[Any], NDArray[Any]]"
"""Of some rows the clauses that they hang below, a row of literals each, and their owners."""


class Rows:
    """Owners of rows: whole numbers, negative ones too. One owner may have several rows."""

    def __init__(self) -> None:
        self._where = Directory(lanes=2)
        self._alone = Lists(1, self._where, 0)
        self._pairs = Lists(_FEW + 1, self._where, 1)  # literals, filled up with ALWAYS; the owner
        self._many = Lists(3)  # the rarest literal, the list of the others, the owner
        self._others = Lists(1)
        self._unused: list[int] = []
        self._end = 0
        self._flags = np.zeros(0, np.uint16)
        self._there = np.zeros(0, np.uint8)
        self._found = np.zeros(1, np.int32)  # where compiled loops write owners first
        self._marks = np.zeros(0, np.uint16)  # of a batch: a bit for each paper that has a clause

    def reach(self, clauses: int) -> None:
        """Have room for so many clauses."""
        if clauses > len(self._flags):
            self._where.reach(clauses)
            self._flags = np.full(len(self._where), _ABSENT)

    def add(self, clause: int, literals: Sequence[int], owner: int) -> int:
        """Put a row below a clause, its literals the rarest first; gives the kind of row."""
        match len(literals):
            case 0:
                self._alone.append(clause, owner)
                return ALONE
            case 1:
                self._pairs.append(clause, literals[0], 0, 0, owner)  # 0: ALWAYS is there
                return PAIR
            case 2:
                self._pairs.append(clause, *literals, 0, owner)
                return PAIR
            case 3:
                self._pairs.append(clause, *literals, owner)
                return PAIR
            case _:
                self._many.reach(clause + 1)
                others = self._unused.pop() if self._unused else self._new()
                self._others.reach(others + 1)
                for literal in literals[1:]:
                    self._others.append(others, literal)
                self._many.append(clause, literals[0], others, owner)
                return MANY

    def add_many(self, rows: Sequence[Columns]) -> None:
        """As `add` for rows of at most three literals, given as clauses, literals and owners."""
        clauses = np.concatenate([one[0] for one in rows])
        owners = np.concatenate([one[2] for one in rows])
        literals = np.zeros((len(clauses), _FEW), np.int32)  # 0: ALWAYS is there
        counts = np.zeros(len(clauses), np.int8)
        first = 0
        for _, some, _ in rows:
            after, count = first + len(some), some.shape[1]
            literals[first:after, :count] = some
            counts[first:after] = count
            first = after
        alone = (counts == 0).nonzero()[0]
        self._alone.extend(clauses[alone], owners[alone])
        more = counts.nonzero()[0]
        self._pairs.extend(clauses[more], np.column_stack((literals[more], owners[more])))

    def _new(self) -> int:
        self._end += 1
        return self._end - 1

    def remove(self, clause: int, kinds: int, owner: int) -> None:
        """Remove the owner's rows below a clause; `kinds` are those that `add` gave, together."""
        if kinds & ALONE:
            self._alone.remove(clause, owner)
        if kinds & PAIR:
            self._pairs.remove(clause, owner)
        if kinds & MANY:
            for _, others, one in self._many.entries(clause):
                if one == owner:
                    self._others.clear(others)
                    self._unused.append(others)
            self._many.remove(clause, owner)

    def find(self, met: NDArray[Any]) -> NDArray[np.int32]:
        """The owners of the rows that these clauses meet, once for each row."""
        if len(met) <= _FEW_MET:
            return self._find_by_few(met.tolist())
        flags = self._flags
        flags[met] = _PRESENT
        holds = flags.view(np.bool_)
        records = self._where.table.take(met, axis=0)
        places, _ = spread(records[:, 0], records[:, 1])
        found = [self._alone.owners(places)]
        if self._pairs.count:
            places, _ = spread(records[:, 2], records[:, 3])
            rows = self._pairs.take(places)
            hold = holds.take(rows[:, 0])
            more = rows[:, 1].nonzero()[0]
            if len(more):
                hold[more] &= holds.take(rows[more, 1:_FEW]).all(1)
            found.append(rows[:, _FEW].take(hold.nonzero()[0]))
        if self._many.count:
            met_here = met[: met.searchsorted(self._many.room)]
            places, _ = self._many.spread(met_here)
            rows = self._many.take(places)
            rows = rows[holds.take(rows[:, 0])]
            if len(rows):
                at, ends = self._others.spread(rows[:, 1])
                hold = holds.take(self._others.owners(at))
                found.append(rows[_all_of_each(hold, ends), 2])
        flags[met] = _ABSENT
        return np.concatenate(found)

    def view(self) -> RowsView:
        """For compiled loops."""
        alone, pairs, many, others = (table.view() for table in self.tables)
        return RowsView(alone.where, alone.entries, pairs.entries, many, others)

    def _find_by_few(self, met: list[int]) -> NDArray[np.int32]:
        """As `find`, one by one: for a few, numpy takes longer to begin."""
        where, there, has_many = self._where.column.at, set(met), self._many.count > 0
        found: list[int] = []
        for clause in met:
            record = _STEP * clause
            if where[record + 1]:
                found += self._alone.owners_of(clause)
            if where[record + 3]:
                found += [
                    owner
                    for *literals, owner in self._pairs.entries(clause)
                    if _hold(literals, there)
                ]
            if has_many and self._many.size(clause):
                for literal, others, owner in self._many.entries(clause):
                    literals = [literal, *self._others.owners_of(others)]
                    if _hold(literals, there):
                        found.append(owner)
        return np.array(found, np.int32)

    def find_by_loops(
        self, met: MetView, loops: Loops
    ) -> tuple[NDArray[np.int32], NDArray[np.int32], list[list[int]]]:
        """What `find` gives for papers, the clauses of each once, and where those of each end."""
        if len(self._there) < len(self._where):
            self._there = np.zeros(len(self._where), np.uint8)
        there, self._there = self._there, _NONE  # what an error leaves marked is not used again
        found, once, ends, room = loops.owners(met, there, self.view(), self._found)
        self._there = there
        if len(room) <= _ROOM_MAX:
            self._found = room
        return found, once, ends.tolist()

    def find_many(self, met: NDArray[Any], bounds: Sequence[int]) -> list[NDArray[np.int32]]:
        """What `find` gives for each of at most BATCH papers.

        Paper i's clauses are met[bounds[i] : bounds[i + 1]], never none.
        """
        count = len(bounds) - 1
        if len(self._marks) < len(self._flags):
            self._marks = np.zeros(len(self._flags), np.uint16)
        marks = self._marks
        for place in range(count):
            marks[met[bounds[place] : bounds[place + 1]]] |= 1 << place
        records = self._where.table.take(met, axis=0)
        places, ends = spread(records[:, 0], records[:, 1])
        found = [_split(self._alone.owners(places), _cuts(ends, bounds))]
        if self._pairs.count:
            places, ends = spread(records[:, 2], records[:, 3])
            papers = _papers(_cuts(ends, bounds))
            rows = self._pairs.take(places)
            hold = self._hold(rows[:, 0], papers)
            hold &= self._hold(rows[:, 1], papers)
            hold &= self._hold(rows[:, 2], papers)
            some = (hold & 1).nonzero()[0]
            found.append(_split(rows[:, _FEW].take(some), _starts(papers.take(some), count)))
        if self._many.count:
            found.append(self._find_many(met, bounds))
        marks[met] = 0
        return [np.concatenate(parts) for parts in zip(*found, strict=True)]

    def _find_many(self, met: NDArray[Any], bounds: Sequence[int]) -> list[NDArray[np.int32]]:
        """The owners of rows of many literals for each paper of a batch."""
        self._many.reach(len(self._flags))
        places, ends = self._many.spread(met)
        papers = _papers(_cuts(ends, bounds))
        rows = self._many.take(places)
        some = (self._hold(rows[:, 0], papers) & 1).nonzero()[0]
        rows, papers = rows.take(some, axis=0), papers.take(some)
        if len(rows):
            at, ends = self._others.spread(rows[:, 1])
            hold = self._hold(self._others.owners(at), papers.repeat(sizes_of(ends)))
            some = _all_of_each((hold & 1).astype(np.bool_), ends).nonzero()[0]
            rows, papers = rows.take(some, axis=0), papers.take(some)
        return _split(rows[:, 2], _starts(papers, len(bounds) - 1))

    def _hold(self, literals: NDArray[np.int32], papers: NDArray[np.uint16]) -> NDArray[np.uint16]:
        """For each literal a number that is odd if it holds for its paper."""
        hold = self._marks.take(literals >> 1)
        hold >>= papers
        hold ^= literals.astype(np.uint16)
        return hold

    def state(self) -> dict[str, Part]:
        """What a snapshot keeps."""
        tables = dict(zip(_NAMES, self.tables, strict=True))
        parts: dict[str, Part] = {
            "where": self._where.column.array,
            "unused": self._unused,
            "end": self._end,
        }
        for name, table in tables.items():
            parts |= under(name, table.state())
        return parts

    def restore(self, parts: Mapping[str, Part]) -> None:
        """Be as `state` told."""
        self._where.column.replace(parts["where"])
        self._unused, self._end = parts["unused"], parts["end"]
        for name, table in zip(_NAMES, self.tables, strict=True):
            table.restore(those_under(name, parts))
        self._flags = np.full(len(self._where), _ABSENT)

    @property
    def nbytes(self) -> int:
        """Bytes of memory."""
        arrays = (self._where.column.array, self._flags, self._marks, self._there, self._found)
        return sum(a.nbytes for a in arrays) + sum(table.nbytes for table in self.tables)

    @property
    def tables(self) -> tuple[Lists, ...]:
        """All lists."""
        return self._alone, self._pairs, self._many, self._others


def _hold(literals: Sequence[int], there: set[int]) -> bool:
    """Whether all these literals hold for these clauses."""
    for literal in literals:  # noqa: SIM110  # twice as fast as all() for one or two
        if (literal >> 1 in there) == literal & 1:
            return False
    return True


def _all_of_each(hold: NDArray[np.bool_], ends: NDArray[Any]) -> NDArray[np.bool_]:
    """Whether all of each list hold; no list is empty."""
    starts = np.zeros_like(ends)
    starts[1:] = ends[:-1]
    return np.logical_and.reduceat(hold, starts)


def _cuts(ends: NDArray[Any], bounds: Sequence[int]) -> list[int]:
    """Where the papers' stretches begin and end, if their lists do at `bounds`."""
    return [0, *ends.take(np.array(bounds[1:]) - 1).tolist()]


def _papers(cuts: list[int]) -> NDArray[np.uint16]:
    """The paper of each entry."""
    sizes = [stop - start for start, stop in pairwise(cuts)]
    return np.arange(len(sizes), dtype=np.uint16).repeat(sizes)


def _starts(papers: NDArray[np.uint16], count: int) -> list[int]:
    """Where each paper's entries begin, and the last's end."""
    starts: list[int] = papers.searchsorted(np.arange(count + 1, dtype=np.uint16)).tolist()
    return starts


def _split(array: NDArray[np.int32], cuts: list[int]) -> list[NDArray[np.int32]]:
    """Its stretches between the cuts."""
    return [array[start:stop] for start, stop in pairwise(cuts)]
