"""All clauses of all subscriptions, each once and by number, and which of them some papers meet.

Numbers are small and used again. A clause about one field has a number of its own beside that of
its words, which are found wherever they stand: so each text of a paper is read once.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import accumulate, chain, pairwise
from typing import TYPE_CHECKING, Any, Final, TypeAlias, cast

import numpy as np

from bot.match.clauses import key, kind, must_hold_too
from bot.match.column import Column
from bot.match.dnf import ALWAYS
from bot.match.find import find
from bot.match.labels import Labels
from bot.match.origins import (
    ANY,
    BITS,
    CODES,
    FIELDS,
    IN_ABSTRACT,
    IN_TITLE,
    IS_WIDE,
    Origins,
    of_texts,
)
from bot.match.snapshot import heard, said, those_under, under
from bot.match.surfaces import END
from bot.match.terms import Terms, is_spelled
from bot.match.texts import Texts
from bot.match.views import MetView
from bot.query.ast import Exact, Prefix, Since, TextField, Until, Words

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from bot.match.find import TextLeaf
    from bot.match.snapshot import Part
    from bot.match.views import Loops
    from bot.model.paper import Paper
    from bot.query.ast import Leaf

_FEW: Final = 1 << 12
"""Clauses of which a paper meets so few that they are best found one by one."""

_INT32_MAX: Final = (1 << 31) - 1
_BITS: Final = 32

_EACH: Final = 8
"""Clauses met with each word for which there is room before more is made."""

_InField: TypeAlias = tuple[int, int]
"""A clause about one field: the number of its words, and the field's code."""


class Leaves:
    """Clauses counted by use: the last to let one go removes it.

    A clause whose words alone do not decide (a phrase as written, `pre-train*`) waits for clauses
    that must hold with it; only when those do is the text searched.
    """

    def __init__(self) -> None:
        self.terms = Terms()
        self._labels = Labels()
        self._uses = Column("u4")
        self._kinds = Column("u1")
        self._asked = Column("u1")  # by the number of words: fields other than ANY, a bit each
        self._in_field: dict[int, int] = {}  # by words * FIELDS + field
        self._in_abstract = 0
        self._wide = 0  # clauses that need more read than title and abstract
        self._numbers: dict[Hashable, int] = {}  # of all but words
        self._odd: dict[int, Leaf | _InField] = {}
        self._needs: dict[int, tuple[tuple[int, ...], ...]] = {}
        self._waiting: dict[int, list[tuple[tuple[int, ...], int]]] = {}
        self._free: list[int] = []
        self.end = ALWAYS + 1

    def __len__(self) -> int:
        """How many numbers are in use, besides ALWAYS."""
        return self.end - 1 - len(self._free)

    # ------------------------------------------------------------ clauses

    def take(self, leaf: Leaf) -> int:
        """The clause's number, counting one use more."""
        if isinstance(leaf, Words) and is_spelled(leaf):
            number = self._take_words(leaf)
            return number if leaf.field is TextField.ANY else self._take_in(number, leaf.field)
        if (
            isinstance(leaf, Prefix | Exact)
            and leaf.field is not TextField.ANY
            and is_spelled(leaf)
        ):
            return self._take_in(self.take(replace(leaf, field=TextField.ANY)), leaf.field)
        name = key(leaf)
        number = self._numbers.get(name, 0)
        if not number:
            number = self._numbers[name] = self._new(kind(leaf))
            self._odd[number] = leaf
            self._add(leaf, number)
        self._uses.at[number] += 1
        return number

    def numbers(self, phrases: Sequence[str], others: Sequence[Leaf]) -> NDArray[np.int32]:
        """The numbers of plain phrases, and of others the last first; all made if need be.

        No use is counted yet: `count` must, and `forget_unused` before any of them is released.
        """
        found = self._of_phrases(phrases)
        more = [self.take(leaf) for leaf in reversed(others)]
        for number in more:
            self._uses.at[number] -= 1
        return np.concatenate((found, np.array(more, np.int32)))

    def count(self, numbers: NDArray[Any]) -> None:
        """Count a use of each."""
        several, times = np.unique(numbers, return_counts=True)
        self._uses.array[several] += times.astype(np.uint32)

    def release(self, number: int) -> None:
        """Count one use less."""
        self._uses.at[number] -= 1
        if self._uses.at[number]:
            return
        leaf = self._odd.pop(number, None)
        if leaf is None:
            self.terms.remove(number)
        elif isinstance(leaf, tuple):
            term, code = leaf
            self._wide -= IS_WIDE[code]
            self._in_abstract -= code == CODES[TextField.ABSTRACT]
            self._asked.at[term] &= ~(1 << code)
            del self._in_field[term * FIELDS + code]
            self.release(term)
        else:
            del self._numbers[key(leaf)]
            self._remove(leaf, number)
        self._free.append(number)

    def rank(self, number: int) -> tuple[int, int]:
        """How common a clause must be thought to be: its kind, then how many ask for it."""
        return self._kinds.at[number], self._uses.at[number]

    def forget_unused(self, numbers: NDArray[np.int32]) -> None:
        """Remove those of which no use was counted."""
        for number in np.unique(numbers[self._uses.array[numbers] == 0]).tolist():
            self._uses.at[number] = 1
            self.release(number)

    def ranks(self, numbers: NDArray[Any]) -> NDArray[np.int64]:
        """As `rank` for each, in one number."""
        ranks: NDArray[np.int64] = self._kinds.array[numbers].astype(np.int64)
        ranks <<= _BITS
        ranks |= self._uses.array[numbers]
        return ranks

    def _of_phrases(self, phrases: Sequence[str]) -> NDArray[np.int32]:
        """The numbers of plain phrases in title or abstract."""
        first, other = self.terms.nodes_many(phrases)
        numbers = self.terms.numbers(first, other)
        absent = (numbers == 0).nonzero()[0]
        if len(absent):
            keys = first[absent] << _BITS | other[absent]
            _, one, which = np.unique(keys, return_index=True, return_inverse=True)
            one = absent[one]
            made = self._new_many(len(one))
            self._kinds.array[made] = np.where(self.terms.trie.are_words(first[one]), 2, 0)
            self.terms.add_many(first[one], other[one], made)
            numbers[absent] = made[which]
        return numbers

    def _take_words(self, leaf: Words) -> int:
        nodes = self.terms.nodes(leaf)
        number = self.terms.number(nodes)
        if not number:
            number = self._new(0)
            self.terms.add(nodes, number)
            self._kinds.at[number] = 0 if self.terms.is_phrase(number) else 2
        self._uses.at[number] += 1
        return number

    def _take_in(self, term: int, field: TextField) -> int:
        """The number of these words in one field; a use of the words is already counted."""
        code = CODES[field]
        number = self._in_field.get(term * FIELDS + code, 0)
        if number:
            self.release(term)  # the clause that is there counts as one use
        else:
            number = self._new(self._kinds.at[term])
            self._in_field[term * FIELDS + code] = number
            self._odd[number] = (term, code)
            self._asked.at[term] |= 1 << code
            self._wide += IS_WIDE[code]
            self._in_abstract += code == CODES[TextField.ABSTRACT]
        self._uses.at[number] += 1
        return number

    def _new(self, kind: int) -> int:
        if self._free:
            number = self._free.pop()
        else:
            number = self.end
            self.end += 1
            self._reach()
        self._kinds.at[number] = kind
        return number

    def _new_many(self, count: int) -> NDArray[np.int32]:
        split = max(0, len(self._free) - count)
        free = self._free[split:]
        del self._free[split:]
        first = self.end
        self.end += count - len(free)
        self._reach()
        return np.array([*free, *range(first, self.end)], np.int32)

    def _reach(self) -> None:
        for column in (self._uses, self._kinds, self._asked):
            column.reach(self.end)
        self.terms.reach(self.end)

    def _add(self, leaf: Leaf, number: int) -> None:
        match leaf:
            case Words() | Prefix() | Exact() if not is_spelled(leaf):
                self._wait(leaf, number)
            case Prefix(joined=joined):
                self.terms.reader.set_prefix(joined, number)
            case Exact(words=words):
                self.terms.reader.set_exact(words[0], number)
            case Words() | Since() | Until():
                pass  # words have a table of their own; no paper meets a search's clauses here
            case _:
                self._labels.add(leaf, number)

    def _remove(self, leaf: Leaf, number: int) -> None:
        match leaf:
            case Words() | Prefix() | Exact() if not is_spelled(leaf):
                self._wait_no_more(number)
            case Prefix(joined=joined):
                self.terms.reader.set_prefix(joined, 0)
            case Exact(words=words):
                self.terms.reader.set_exact(words[0], 0)
            case Words() | Since() | Until():
                pass
            case _:
                self._labels.remove(leaf, number)

    def _wait(self, leaf: TextLeaf, number: int) -> None:
        ways = [tuple(self.take(part) for part in must_hold_too(leaf))]
        if isinstance(leaf, Prefix):
            ways.append((self.take(replace(leaf, head=(), stem=leaf.joined)),))
        self._needs[number] = tuple(ways)
        for first, *others in ways:
            self._waiting.setdefault(first, []).append((tuple(others), number))

    def _wait_no_more(self, number: int) -> None:
        for first, *others in self._needs.pop(number):
            self._waiting[first].remove((tuple(others), number))
            if not self._waiting[first]:
                del self._waiting[first]
            for part in (first, *others):
                self.release(part)

    # ------------------------------------------------------------ papers

    def met(self, paper: Paper) -> NDArray[np.integer[Any]]:
        """The numbers of the clauses that the paper meets, in order, ALWAYS among them."""
        self.terms.reader.ready()
        if self._wide:
            return self.met_by_many((paper,))[0]
        row = self.terms.reader.read((paper.title, paper.abstract))
        more = self._labels.find(paper)
        more.append(ALWAYS)
        few = self.terms.find_few(row) if self.end <= _FEW else None
        if few is not None:
            if self._in_field:
                asked = self._asked.at
                terms = [(term, place, asked[term]) for place, term in few if asked[term]]
                more += self._in_fields(row, terms)
            met = np.array(sorted({*more, *(number for _, number in few)}), np.int32)
            return self._searched(paper, met) if self._waiting else met
        places, numbers = self.terms.find(row)
        if self._in_field:
            if not self._in_abstract:
                some = (places < (row == END).argmax()).nonzero()[0]
                numbers_here, places = numbers.take(some), places.take(some)
            else:
                numbers_here = numbers
            bits = self._asked.array.take(numbers_here)
            some = bits.nonzero()[0]
            arrays = (numbers_here.take(some), places.take(some), bits.take(some))
            more += self._in_fields(row, zip(*(a.tolist() for a in arrays), strict=True))
        met = _once(np.concatenate((numbers, np.array(more, np.int32))))
        return self._searched(paper, met) if self._waiting else met

    def _in_fields(
        self, row: NDArray[np.int32], terms: Iterable[tuple[int, int, int]]
    ) -> list[int]:
        """The clauses about title or abstract, given words met, their place and fields asked."""
        found: list[int] = []
        end = -1
        for term, place, bits in terms:
            if end < 0:
                end = int((row == END).argmax())
            serves = bits & (IN_TITLE if place < end else IN_ABSTRACT)
            found += [self._in_field[term * FIELDS + code] for code in BITS[serves]]
        return found

    def met_by_many(self, papers: Sequence[Paper]) -> tuple[NDArray[np.integer[Any]], list[int]]:
        """What `met` gives, paper after paper; and where each begins and the last ends."""
        self.terms.reader.ready()
        count, is_wide, end = len(papers), self._wide > 0, self.end
        row = self._row(papers, is_wide)
        places, numbers = self.terms.find(row)
        texts = Origins((row == END).nonzero()[0], papers, is_wide)
        more: list[int] = []
        if self._in_field:
            more = self._met_in_fields(places, numbers, texts)
        for place, paper in enumerate(papers):
            base = place * end
            more.append(base + ALWAYS)
            more += [base + number for number in self._labels.find(paper)]
        if is_wide:
            some = (texts.serving(places) & ANY).nonzero()[0]
            places, numbers = places.take(some), numbers.take(some)
        dtype = np.int32 if count * end <= _INT32_MAX else np.int64
        keys = texts.each_paper(end, dtype).take(places)
        keys += numbers
        keys = _once(np.concatenate((keys, np.array(more, dtype))))
        starts = np.arange(count + 1, dtype=dtype) * end
        bounds = keys.searchsorted(starts).tolist()
        keys %= end
        if not self._waiting:
            return keys, bounds
        found = [
            self._searched(paper, keys[start:stop])
            for paper, (start, stop) in zip(papers, pairwise(bounds), strict=True)
        ]
        return np.concatenate(found), [0, *accumulate(map(len, found))]

    def met_by_loops(self, papers: Sequence[Paper], loops: Loops) -> MetView:
        """What `met` gives, paper after paper."""
        self.terms.reader.ready()
        is_wide = self._wide > 0
        row = self._row(papers, is_wide, loops)
        owners, serves = of_texts(papers, is_wide)
        clauses, bounds, in_fields = loops.met(
            *(row, owners, serves, ANY, self._asked.array, self.terms.view()),
            _EACH * len(row) + 1,
        )
        labels, numbers = self._labels.find, self._in_field
        more = [[ALWAYS, *labels(paper)] for paper in papers]
        for paper, term, fields in in_fields.tolist():
            more[paper] += [numbers[term * FIELDS + code] for code in BITS[fields]]
        if self._waiting:
            for place, (paper, (first, last)) in enumerate(
                zip(papers, pairwise(bounds.tolist()), strict=True)
            ):
                more[place] += self._searched_for(
                    paper, {*clauses[first:last].tolist(), *more[place]}
                )
        return MetView(
            *(clauses, bounds, np.array([*chain.from_iterable(more)], np.int32)),
            np.array([0, *accumulate(map(len, more))]),
        )

    def _met_in_fields(
        self, places: NDArray[Any], numbers: NDArray[np.int32], texts: Origins
    ) -> list[int]:
        """The clauses about one field that are met."""
        asked = self._asked.array.take(numbers)
        some = asked.nonzero()[0]
        at = places.take(some)
        bits = asked.take(some)
        bits &= texts.serving(at)
        end, in_field = self.end, self._in_field
        return [
            owner * end + in_field[term * FIELDS + code]
            for owner, term, fields in zip(
                texts.papers(at), numbers.take(some).tolist(), bits.tolist(), strict=True
            )
            for code in BITS[fields]
        ]

    def _row(
        self, papers: Sequence[Paper], is_wide: bool, loops: Loops | None = None
    ) -> NDArray[np.int32]:
        """The papers' surfaces in one row, text after text."""
        texts: list[str] = []
        for paper in papers:
            texts += (paper.title, paper.abstract)
            if is_wide:
                texts += (paper.comment or "", paper.journal or "", *paper.authors)
        return self.terms.reader.read(texts, loops)

    def state(self) -> dict[str, Part]:
        """What a snapshot keeps."""
        in_fields = [(n, *one) for n, one in self._odd.items() if isinstance(one, tuple)]
        others = [(n, said(one)) for n, one in self._odd.items() if not isinstance(one, tuple)]
        return {
            **under("terms", self.terms.state()),
            "uses": self._uses.array[: self.end],
            "kinds": self._kinds.array[: self.end],
            "in_fields": np.array(in_fields, np.int64).reshape(-1, 3),
            "others": others,
            "needs": [*self._needs.items()],
            "free": self._free,
        }

    def restore(self, parts: Mapping[str, Part]) -> None:
        """Be as `state` told."""
        self.terms.restore(those_under("terms", parts))
        self._uses.replace(parts["uses"])
        self._kinds.replace(parts["kinds"])
        self.end = len(parts["uses"])
        self._asked.reach(self.end)
        self.terms.reach(self.end)
        self._free = parts["free"]
        for number, term, code in parts["in_fields"].tolist():
            self._odd[number] = (term, code)
            self._in_field[term * FIELDS + code] = number
            self._asked.at[term] |= 1 << code
            self._wide += IS_WIDE[code]
            self._in_abstract += code == CODES[TextField.ABSTRACT]
        self._needs = {number: tuple(map(tuple, ways)) for number, ways in parts["needs"]}
        for number, ways in self._needs.items():
            for first, *others in ways:
                self._waiting.setdefault(first, []).append((tuple(others), number))
        for number, text in parts["others"]:
            leaf = cast("Leaf", heard(text))
            self._odd[number] = leaf
            self._numbers[key(leaf)] = number
            if number not in self._needs:
                self._add(leaf, number)

    @property
    def nbytes(self) -> int:
        """Bytes of memory, about."""
        columns = sum(column.nbytes for column in (self._uses, self._kinds, self._asked))
        objects = 400 * len(self._odd) + 150 * len(self._in_field)
        return columns + objects + self.terms.nbytes

    def _searched(self, paper: Paper, met: NDArray[Any]) -> NDArray[Any]:
        """With the clauses that waited for others and are met."""
        more = self._searched_for(paper, set(met.tolist()))
        return np.sort(np.concatenate((met, np.array([*more], met.dtype)))) if more else met

    def _searched_for(self, paper: Paper, found: set[int]) -> set[int]:
        """The clauses that waited for some of these and are met."""
        begun = self._waiting.keys() & found
        if not begun:
            return set()
        texts = Texts(paper)
        more: set[int] = set()
        for first in begun:
            for others, number in self._waiting[first]:
                if number not in more and found.issuperset(others):
                    leaf = self._odd[number]
                    assert isinstance(leaf, Words | Prefix | Exact)  # noqa: S101  # only such wait
                    if any(any(find(leaf, text)) for text in texts.of(leaf.field)):
                        more.add(number)
        return more


def _once(keys: NDArray[Any]) -> NDArray[Any]:
    """The keys in order, each once."""
    keys.sort()
    new = np.empty(len(keys), np.bool_)
    new[0] = True
    np.not_equal(keys[1:], keys[:-1], out=new[1:])
    return keys[new]
