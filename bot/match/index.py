"""Which subscriptions match a paper, at a cost that follows the paper and its matches.

Clauses are numbered once for all (leaves.py). A query is turned into rows of clauses (dnf.py) that
hang below their rarest one (rows.py). A query with too many rows is found by clauses that it
cannot do without, and then its tree is asked.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from bot.match.bulk import gathered, laid, repeats
from bot.match.dnf import ALWAYS, disjoint, leaves, needed, rows
from bot.match.leaves import Leaves
from bot.match.lists import Lists
from bot.match.plain import holds
from bot.match.rows import BATCH, Rows
from bot.match.snapshot import heard, packed, said, those_under, under, unpacked
from bot.match.texts import Texts
from bot.query.ast import And, Not, Or, Since, Until
from bot.query.quick import tree_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from bot.match.bulk import Set
    from bot.match.dnf import Row
    from bot.match.views import Loops
    from bot.model.paper import Paper
    from bot.query.ast import Leaf, Node

_CLAUSE: Final = 64
"""In a record: a clause times this, the kinds of the rows below it, and the two marks here."""

_ASKED: Final = 16
"""The tree is asked where this clause is met."""

_LOOSE: Final = 32
"""The rows below this clause do not exclude the subscription's others."""


class Index:
    """Subscriptions by number: small whole numbers of the caller's choice, best without gaps."""

    def __init__(self, loops: Loops | None = None) -> None:
        """With `loops` papers are matched by what is compiled there."""
        self.loops = loops
        self._leaves = Leaves()
        self._rows = Rows()
        self._records = Lists(1)  # by subscription: its clauses and where it has rows
        self._trees: dict[int, Node] = {}  # of those that rows do not decide
        self._maybe = Lists(1)  # by clause: subscriptions whose tree is to be asked
        self._loose = 0
        self._count = 0
        self._rows.reach(self._leaves.end)

    def __len__(self) -> int:
        return self._count

    def __contains__(self, number: int) -> bool:
        return self._records.size(number) > 0

    def add(self, number: int, tree: Node) -> None:
        """Match this query from now on. A number that is there already gets the new query."""
        self.remove(number)
        self._records.reach(number + 1)
        numbers = self._take(tree)
        self._rows.reach(self._leaves.end)
        kinds = dict.fromkeys(numbers.values(), 0)
        if not isinstance(tree, And | Or | Not | Since | Until):  # one clause: most queries are
            clause = numbers[id(tree)]
            kinds[clause] = self._rows.add(clause, (), number)
        else:
            self._hang(number, tree, lambda leaf: numbers[id(leaf)], kinds)
        self._records.fill(number, [(clause * _CLAUSE + kind,) for clause, kind in kinds.items()])
        self._count += 1

    def add_many(self, queries: Mapping[int, str]) -> list[int]:
        """As `add` for queries in the canonical form, in a fifth of the time.

        Gives back the numbers of texts that are no queries, which match nothing.
        """
        if not queries:
            return []
        every = np.array([*queries])
        self._records.reach(int(every.max()) + 1)
        for number in every[self._records.sizes()[every] > 0].tolist():
            self.remove(number)
        phrases, leaves, shapes, odd = gathered(queries)
        clauses = self._leaves.numbers(phrases, leaves)
        self._rows.reach(self._leaves.end)
        sets: list[Set] = []
        for shape, (numbers, places) in shapes.items():
            each = clauses[places]
            apart = ~repeats(each)
            sets.append((shape, numbers[apart], each[apart]))
            odd += numbers[~apart].tolist()
        self._lay(sets)
        trees = {number: tree_of(queries[number]) for number in odd}
        for number, tree in trees.items():
            if tree is not None:
                self.add(number, tree)
        self._leaves.forget_unused(clauses)
        return [number for number, tree in trees.items() if tree is None]

    def remove(self, number: int) -> None:
        """Match this query no longer. A number that is not there is no fault."""
        if number not in self:
            return
        is_loose = False
        for (record,) in self._records.entries(number):
            clause, kind = divmod(record, _CLAUSE)
            if kind & _ASKED:
                self._maybe.remove(clause, number)
                self._trees.pop(number, None)
            elif kind & _LOOSE:
                is_loose = True
                self._rows.remove(clause, kind, ~number)
            elif kind:
                self._rows.remove(clause, kind, number)
            if clause != ALWAYS:
                self._leaves.release(clause)
        self._records.clear(number)
        self._loose -= is_loose
        self._count -= 1
        if not self._count:
            self._leaves.terms.reader.sweep()

    def replace(self, number: int, tree: Node) -> None:
        """Match another query under the same number."""
        self.add(number, tree)

    def match(self, paper: Paper) -> NDArray[np.uint32]:
        """The numbers whose queries hold for the paper, each once, in no order."""
        if self.loops is not None:
            return self._by_loops((paper,), self.loops)[0]
        met = self._leaves.met(paper)
        return self._settled(paper, met, self._rows.find(met))

    def match_many(self, papers: Sequence[Paper]) -> list[NDArray[np.uint32]]:
        """What `match` gives for each paper, in less time than one by one."""
        found: list[NDArray[np.uint32]] = []
        for start in range(0, len(papers), BATCH):
            some = papers[start : start + BATCH]
            if self.loops is not None:
                found += self._by_loops(some, self.loops)
                continue
            if len(some) == 1:
                found.append(self.match(some[0]))
                continue
            met, bounds = self._leaves.met_by_many(some)
            owners = self._rows.find_many(met, bounds)
            found += [
                self._settled(paper, met[first:last], those)
                for paper, (first, last), those in zip(some, pairwise(bounds), owners, strict=True)
            ]
        return found

    def bytes_used(self) -> int:
        """Bytes of memory that the index holds, about."""
        parts = (self._leaves, self._rows, self._records, self._maybe)
        return sum(part.nbytes for part in parts) + 1000 * len(self._trees)

    def save(self) -> Iterator[bytes]:
        """A snapshot, in pieces to be written one after the other.

        Nothing may be added or removed before the last piece.
        """
        return packed(
            {
                **under("leaves", self._leaves.state()),
                **under("rows", self._rows.state()),
                **under("records", self._records.state()),
                **under("maybe", self._maybe.state()),
                "trees": [(number, said(tree)) for number, tree in self._trees.items()],
                "numbers": [self._count, self._loose],
            }
        )

    @classmethod
    def load(cls, snapshot: bytes | bytearray | memoryview, loops: Loops | None = None) -> Index:
        """The index of a snapshot; SnapshotUnreadable when it is damaged or another version's."""
        parts = unpacked(snapshot)
        index = cls(loops)
        index._leaves.restore(those_under("leaves", parts))
        index._rows.restore(those_under("rows", parts))
        index._records.restore(those_under("records", parts))
        index._maybe.restore(those_under("maybe", parts))
        index._trees = {number: heard(tree) for number, tree in parts["trees"]}
        index._count, index._loose = parts["numbers"]
        return index

    # ------------------------------------------------------------ adding

    def _lay(self, sets: Sequence[Set]) -> None:
        """Add queries of which none has a clause twice."""
        self._leaves.count(np.concatenate([clauses.ravel() for _, _, clauses in sets]))
        ranks = self._leaves.ranks
        those = [laid(shape, owners, each, ranks(each)) for shape, owners, each in sets]
        self._rows.add_many([row for one in those for row in one.rows])
        owners = [one.owners.repeat(one.clauses.shape[1]) for one in those]
        records = [(one.clauses * _CLAUSE + one.kinds).ravel() for one in those]
        self._records.extend(np.concatenate(owners), np.concatenate(records))
        self._count += sum(len(one.owners) for one in those)

    def _take(self, tree: Node) -> dict[int, int]:
        """The number of each clause of a tree, by the clause's identity; a use of each number."""
        take = self._leaves.take
        numbers: dict[int, int] = {}
        seen: set[int] = set()
        for leaf in leaves(tree):
            if id(leaf) in numbers:
                continue
            number = numbers[id(leaf)] = take(leaf)
            if number in seen:
                self._leaves.release(number)
            seen.add(number)
        return numbers

    def _hang(
        self, number: int, tree: Node, clause_of: Callable[[Leaf], int], kinds: dict[int, int]
    ) -> None:
        """Hang a query's rows below clauses; notes the kinds of rows that each has now."""
        found = rows(tree, clause_of)
        if found is None:
            self._trees[number] = tree
            for clause in needed(tree, clause_of, self._leaves.rank):
                self._maybe.reach(clause + 1)
                self._maybe.append(clause, number)
                kinds[clause] = kinds.get(clause, 0) | _ASKED
            return
        apart = disjoint(found)
        owner, mark = (number, 0) if apart is not None else (~number, _LOOSE)
        self._loose += apart is None
        for row in apart if apart is not None else found:
            clause, literals = self._ordered(row)
            kind = self._rows.add(clause, literals, owner)
            kinds[clause] = kinds.get(clause, 0) | kind | mark

    def _ordered(self, row: Row) -> tuple[int, list[int]]:
        """A row's rarest clause, and its other literals, those first that seldom hold."""
        there = sorted((clause for clause in row if clause >= 0), key=self._leaves.rank)
        literals = [2 * clause for clause in there[1:]]
        literals += [2 * ~clause + 1 for clause in row if clause < 0]
        return there[0] if there else ALWAYS, literals

    # ------------------------------------------------------------ matching

    def _by_loops(self, papers: Sequence[Paper], loops: Loops) -> list[NDArray[np.uint32]]:
        """What `match_many` gives."""
        met = self._leaves.met_by_loops(papers, loops)
        owners, once, ends = self._rows.find_by_loops(met, loops)
        if not self._trees and not self._loose:
            numbers = owners.view(np.uint32)
            return [numbers[first:last] for (first, _), (last, _) in pairwise(ends)]
        return [
            self._settled(paper, np.sort(once[start:stop]), owners[first:last])
            for paper, ((first, start), (last, stop)) in zip(papers, pairwise(ends), strict=True)
        ]

    def _settled(
        self, paper: Paper, met: NDArray[Any], found: NDArray[np.int32]
    ) -> NDArray[np.uint32]:
        """The subscriptions that own the rows found, and those whose tree says that they match."""
        if self._loose:
            is_loose = found < 0
            if is_loose.any():
                found = np.concatenate((found[~is_loose], np.unique(~found[is_loose])))
        if self._trees:
            found = np.concatenate((found, self._asked(paper, met)))
        return found.view(np.uint32)

    def _asked(self, paper: Paper, met: NDArray[Any]) -> NDArray[np.int32]:
        """The subscriptions whose tree holds, of those that may."""
        places, _ = self._maybe.spread(met[: met.searchsorted(self._maybe.room)])
        texts = Texts(paper)
        candidates = dict.fromkeys(self._maybe.owners(places).tolist())
        return np.array(
            [one for one in candidates if holds(self._trees[one], paper, None, texts)], np.int32
        )
