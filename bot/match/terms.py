"""The words, phrases and prefixes that queries ask for, found in a text without a loop over it.

A text is a row of surfaces (surfaces.py). Each is a word of the trie (trie.py), or none; from word
to word the trie is gone down for all places at once, as deep as phrases go.
"""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from bot.match.column import Column
from bot.match.lists import counting, sizes_of, spread
from bot.match.reader import Reader
from bot.match.snapshot import those_under, under
from bot.match.surfaces import ALONE, CARRIES, PLACES, Surfaces
from bot.match.trie import Trie
from bot.match.views import TermsView
from bot.query.ast import Exact, Prefix, Words
from bot.text.forms import fold_form
from bot.text.words import fold

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from bot.match.find import TextLeaf
    from bot.match.snapshot import Part

SPELLINGS_MAX: Final = 16
"""Ways to write a phrase that the trie spells out; each hyphenated word doubles them."""

_TWO: Final = 2
_A_FEW: Final = 72
"""Words asked for that are followed one by one in less time than numpy takes to begin."""

_MORE: Final = -1
"""In place of a second node: the nodes stand in _spelled."""


def is_spelled(leaf: TextLeaf) -> bool:
    """Whether Terms finds the clause by itself; otherwise only `find` can tell."""
    match leaf:
        case Words(slots=slots):
            return 1 << sum(slot.joined is not None for slot in slots) <= SPELLINGS_MAX
        case Prefix(head=head):
            return not head
        case Exact(words=words):
            return len(words) == 1


class Terms:
    """Words, phrases, prefixes and words as written by number, whatever their field."""

    def __init__(self) -> None:
        self.trie = Trie()
        self.surfaces = Surfaces(self.trie)
        self.reader = Reader(self.trie, self.surfaces)
        self._first = Column("i4")  # by number: the node of a phrase with its words apart
        self._other = Column("i4")  # its other node if it can be written in two ways
        self._spelled: dict[int, tuple[int, ...]] = {}  # its other nodes if in more

    def reach(self, numbers: int) -> None:
        """Have room for so many numbers."""
        self._first.reach(numbers)
        self._other.reach(numbers)

    def nodes(self, leaf: Words) -> tuple[int, ...]:
        """The nodes of all ways to write a phrase; made if need be, for `number` or `add`."""
        trie, slots = self.trie, leaf.slots
        if len(slots) == 1:
            parts, joined = slots[0].parts, slots[0].joined
            node = trie.path(parts)
            if joined is None:
                return (node,)
            other = trie.word(joined, node if len(parts) == _TWO else 0)
            return (node, other) if other != node else (node,)
        return tuple(dict.fromkeys(trie.path(way) for way in _spellings(leaf)))

    def number(self, nodes: tuple[int, ...]) -> int:
        """The number of the phrase with just these nodes; 0 if there is none."""
        for number in self.trie.leaves(nodes[0]):
            if self._nodes_of(number) == nodes:
                return number
        return 0

    def add(self, nodes: tuple[int, ...], number: int) -> None:
        """Find a phrase from now on."""
        first, *others = nodes
        self._first.at[number] = first
        self._other.at[number] = 0 if not others else others[0] if len(others) == 1 else _MORE
        if len(others) > 1:
            self._spelled[number] = tuple(others)
        for node in nodes:
            self.trie.attach(node, number)

    def nodes_many(self, phrases: Sequence[str]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """As `nodes` for each plain phrase as written: the first node, and the other or 0."""
        trie, known = self.trie, self.trie.words
        raws = " ".join(phrases).replace('"', "").split(" ") if phrases else []
        folded = {raw: fold(raw) for raw in dict.fromkeys(raws)}
        node_of = {raw: known.get(text) or trie.word(text) for raw, text in folded.items()}
        nodes = np.array([*map(node_of.__getitem__, raws)], np.int64)
        sizes = np.array([phrase.count(" ") for phrase in phrases], np.int64) + 1
        starts = sizes.cumsum() - sizes
        first, other = nodes[starts], np.zeros(len(phrases), np.int64)
        for depth in range(1, max(sizes, default=0)):
            some = (sizes > depth).nonzero()[0]
            first[some] = trie.steps(first[some], nodes[starts[some] + depth])
        pairs = (sizes == _TWO).nonzero()[0]  # they count as hyphenated (QUERY.md, rule 7)
        ones = starts[pairs].tolist()
        joined = [raws[at] + raws[at + 1] for at in ones]
        texts = [fold_form(raw, raw.lower()) for raw in joined]
        apart = [folded[raws[at]] + folded[raws[at + 1]] for at in ones]
        other[pairs] = trie.joined(texts, apart, first[pairs])
        return first, other

    def numbers(self, first: NDArray[np.int64], other: NDArray[np.int64]) -> NDArray[np.int32]:
        """As `number` for each phrase with these nodes."""
        found = self.trie.meta(first) >> 1
        single = np.maximum(found, 0)
        same = (self._first.array[single] == first) & (self._other.array[single] == other)
        numbers = np.where(same, single, 0)
        for place in ((found != 0) & ~same).nonzero()[0].tolist():
            one, two = int(first[place]), int(other[place])
            numbers[place] = self.number((one, two) if two else (one,))
        return numbers

    def add_many(
        self, first: NDArray[np.int64], other: NDArray[np.int64], numbers: NDArray[np.int32]
    ) -> None:
        """As `add` for each phrase with these nodes."""
        self._first.array[numbers] = first
        self._other.array[numbers] = other
        some = other.nonzero()[0]
        self.trie.attach_many(
            np.concatenate((first, other[some])), np.concatenate((numbers, numbers[some]))
        )

    def remove(self, number: int) -> None:
        """Find a phrase no longer."""
        nodes = self._nodes_of(number)
        for node in nodes:
            self.trie.detach(node, number)
        self._spelled.pop(number, None)
        self._first.at[number] = self._other.at[number] = 0

    def is_phrase(self, number: int) -> bool:
        """Whether the number is that of several words."""
        return not self.trie.is_word(self._first.at[number])

    def _nodes_of(self, number: int) -> tuple[int, ...]:
        first, other = self._first.at[number], self._other.at[number]
        if not other:
            return (first,)
        return (first, *self._spelled[number]) if other == _MORE else (first, other)

    def view(self) -> TermsView:
        """For compiled loops."""
        return TermsView(
            *(self.surfaces.node.array, self.surfaces.alone.view(), self.surfaces.runs.view()),
            *self.trie.views(),
        )

    def find(self, row: NDArray[np.int32]) -> tuple[NDArray[Any], NDArray[np.int32]]:
        """Where in a row of surfaces clauses are met, and their numbers; some repeatedly, and 0.

        A clause stands where its first word does. The row must end with END.
        """
        trie, surfaces = self.trie, self.surfaces
        places = row >> PLACES
        words = surfaces.node.array.take(places)
        starts: NDArray[Any] = counting(len(row))
        nodes, ends, runs = words, None, None
        if surfaces.runs.count:
            carriers = (row & CARRIES).nonzero()[0]
            if len(carriers):
                runs = _Runs(surfaces, row, carriers)
                row = np.concatenate((row, runs.surfaces))
                places = np.concatenate((places, runs.places))
                nodes = np.concatenate((nodes, runs.nodes))
                ends = np.concatenate((starts + 1, runs.ends))
                starts = np.concatenate((starts, runs.starts))
        meta = trie.meta(nodes)
        begun, met = [starts], [meta >> 1]
        some = (row & ALONE).nonzero()[0]
        if len(some):
            alone, upto = surfaces.alone_at(places.take(some))
            begun.append(starts.take(some).repeat(sizes_of(upto)))
            met.append(alone)
        while True:
            some = (meta & 1).nonzero()[0]
            if not len(some):
                break
            nodes, starts = nodes.take(some), starts.take(some)
            ends = starts + 1 if ends is None else ends.take(some)
            beside = words.take(ends)
            after = ends + 1
            if runs is not None:
                ways, which = runs.at(ends)
                if len(ways):
                    nodes = np.concatenate((nodes, nodes.take(ways)))
                    starts = np.concatenate((starts, starts.take(ways)))
                    beside = np.concatenate((beside, runs.nodes.take(which)))
                    after = np.concatenate((after, runs.ends.take(which)))
            beyond = trie.look(nodes, beside)
            some = beyond.nonzero()[0]
            if not len(some):
                break
            nodes = beyond.take(some).astype(np.int64)
            starts, ends = starts.take(some), after.take(some)
            meta = trie.meta(nodes)
            begun.append(starts)
            met.append(meta >> 1)
        return self._each(np.concatenate(begun), np.concatenate(met))

    def find_few(self, row: NDArray[np.int32]) -> list[tuple[int, int]] | None:
        """As `find` where few words are asked for, one by one; None where that takes longer."""
        trie, surfaces = self.trie, self.surfaces
        words = surfaces.node.array.take(row >> PLACES)
        meta = trie.meta(words)
        some = meta.nonzero()[0]
        if len(some) > _A_FEW:
            return None
        found = trie.follow(words, some.tolist(), meta.take(some).tolist())
        marked = (row & (ALONE | CARRIES)).nonzero()[0]
        for start, surface in zip(marked.tolist(), row.take(marked).tolist(), strict=True):
            place = surface >> PLACES
            if surface & ALONE:
                found += [(start, clause) for clause in surfaces.alone.owners_of(place)]
            if surface & CARRIES:
                for _, run in surfaces.runs.entries(place):
                    node = surfaces.node.at[run >> PLACES]
                    if trie.is_in_phrase(node):
                        return None
                    clauses = [
                        *trie.leaves(node),
                        *(surfaces.alone.owners_of(run >> PLACES) if run & ALONE else ()),
                    ]
                    found += [(start, clause) for clause in clauses]
        return found

    def _each(
        self, begun: NDArray[Any], met: NDArray[np.int32]
    ) -> tuple[NDArray[Any], NDArray[np.int32]]:
        """Without 0, and with all clauses where a number stands for several."""
        some = met.nonzero()[0]
        begun, met = begun.take(some), met.take(some)
        some = (met < 0).nonzero()[0]
        if not len(some):
            return begun, met
        several, ends = self.trie.several(met.take(some))
        met[some] = several.take(ends - 1)
        return (
            np.concatenate((begun, begun.take(some).repeat(sizes_of(ends)))),
            np.concatenate((met, several)),
        )

    def state(self) -> dict[str, Part]:
        """What a snapshot keeps; prefixes and words as written are the caller's."""
        spelled = [[number, *nodes] for number, nodes in self._spelled.items()]
        return {
            **under("trie", self.trie.state()),
            "first": self._first.array,
            "other": self._other.array,
            "spelled": spelled,
        }

    def restore(self, parts: Mapping[str, Part]) -> None:
        """Be as `state` told."""
        self.trie.restore(those_under("trie", parts))
        self._first.replace(parts["first"])
        self._other.replace(parts["other"])
        self._spelled = {number: tuple(nodes) for number, *nodes in parts["spelled"]}

    @property
    def nbytes(self) -> int:
        """Bytes of memory, about."""
        parts = (self.trie, self.surfaces, self.reader, self._first, self._other)
        return sum(part.nbytes for part in parts) + 120 * len(self._spelled)


class _Runs:
    """The runs written together in a row: where they begin and end, and what they spell."""

    __slots__ = ("_last", "_sizes", "_which", "ends", "nodes", "places", "starts", "surfaces")

    def __init__(
        self, surfaces: Surfaces, row: NDArray[np.int32], carriers: NDArray[np.int64]
    ) -> None:
        runs, last = surfaces.runs_at(row.take(carriers) >> PLACES)
        sizes = sizes_of(last)
        self.starts = carriers.repeat(sizes)
        self.ends = self.starts + runs[:, 0]
        self.surfaces = runs[:, 1]
        self.places = self.surfaces >> PLACES
        self.nodes = surfaces.node.array.take(self.places)
        self._sizes, self._last = sizes, last
        self._which = np.full(len(row), -1)
        self._which[carriers] = counting(len(carriers))

    def at(self, places: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Which of the places have which of the runs beginning there."""
        which = self._which.take(places)
        some = (which >= 0).nonzero()[0]
        if not len(some):
            return some, some
        which = which.take(some)
        sizes = self._sizes.take(which)
        return some.repeat(sizes), spread(self._last.take(which), sizes)[0]


def _spellings(leaf: Words) -> list[tuple[str, ...]]:
    """All ways to write a phrase, first the one with its words apart."""
    ways = [
        (slot.parts,) if slot.joined is None else (slot.parts, (slot.joined,))
        for slot in leaf.slots
    ]
    return [tuple(word for words in way for word in words) for way in product(*ways)]
