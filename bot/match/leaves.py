"""All clauses of all subscriptions, each once and by number, and which of them some papers meet.

Numbers are small and used again. A clause about one field has a number of its own beside that of
its words, which are found wherever they stand: so each text of a paper is read once.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING, Any, Final, TypeAlias, cast

import numpy as np

from bot.match.chunks import GAP, parted
from bot.match.column import Column
from bot.match.dnf import ALWAYS
from bot.match.find import find
from bot.match.labels import Labels, label_key
from bot.match.lists import counting
from bot.match.snapshot import heard, said, those_under, under
from bot.match.surfaces import END
from bot.match.terms import Terms, is_spelled
from bot.match.texts import Texts
from bot.query.ast import Author, Exact, IdIs, Prefix, Since, Slot, Span, TextField, Until, Words

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Mapping, Sequence

    from numpy.typing import DTypeLike, NDArray

    from bot.match.find import TextLeaf
    from bot.match.snapshot import Part
    from bot.model.paper import Paper
    from bot.query.ast import Leaf

_NOWHERE: Final = Span(0, 0)

_CODES: Final = {field: code for code, field in enumerate(TextField)}
_FIELDS: Final = len(_CODES)

_SERVES: Final = np.array(
    [
        sum(1 << _CODES[field] for field in fields)
        for fields in (
            (TextField.ANY, TextField.TITLE, TextField.ALL),
            (TextField.ANY, TextField.ABSTRACT, TextField.ALL),
            (TextField.COMMENT, TextField.ALL),
            (TextField.JOURNAL, TextField.ALL),
            (TextField.ALL,),
        )
    ],
    np.uint8,
)
"""For which fields a clause counts that is met in title, abstract, comment, journal, an author."""

_IS_WIDE: Final = [
    field in {TextField.ALL, TextField.COMMENT, TextField.JOURNAL} for field in TextField
]
"""By code: whether a clause about this field needs more read than title and abstract."""

_NARROW_TEXTS: Final = 2
_WIDE_TEXTS: Final = 4
"""Texts that are read of a paper if no query asks for more, and if one does; then its authors."""

_FEW: Final = 1 << 12
"""Clauses of which a paper meets so few that they are best found one by one."""

_BETWEEN: Final = f" {GAP} "
_INT32_MAX: Final = (1 << 31) - 1

_IN_TITLE, _IN_ABSTRACT, *_ = _SERVES.tolist()
_ANY: Final = np.uint8(1 << _CODES[TextField.ANY])

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
        self._in_field: dict[int, int] = {}  # by words * _FIELDS + field
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
        key = _key(leaf)
        number = self._numbers.get(key, 0)
        if not number:
            number = self._numbers[key] = self._new(_kind(leaf))
            self._odd[number] = leaf
            self._add(leaf, number)
        self._uses.at[number] += 1
        return number

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
            self._wide -= _IS_WIDE[code]
            self._in_abstract -= code == _CODES[TextField.ABSTRACT]
            self._asked.at[term] &= ~(1 << code)
            del self._in_field[term * _FIELDS + code]
            self.release(term)
        else:
            del self._numbers[_key(leaf)]
            self._remove(leaf, number)
        self._free.append(number)

    def rank(self, number: int) -> tuple[int, int]:
        """How common a clause must be thought to be: its kind, then how many ask for it."""
        return self._kinds.at[number], self._uses.at[number]

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
        code = _CODES[field]
        number = self._in_field.get(term * _FIELDS + code, 0)
        if number:
            self.release(term)  # the clause that is there counts as one use
        else:
            number = self._new(self._kinds.at[term])
            self._in_field[term * _FIELDS + code] = number
            self._odd[number] = (term, code)
            self._asked.at[term] |= 1 << code
            self._wide += _IS_WIDE[code]
            self._in_abstract += code == _CODES[TextField.ABSTRACT]
        self._uses.at[number] += 1
        return number

    def _new(self, kind: int) -> int:
        if self._free:
            number = self._free.pop()
        else:
            number = self.end
            self.end += 1
            for column in (self._uses, self._kinds, self._asked):
                column.reach(self.end)
            self.terms.reach(self.end)
        self._kinds.at[number] = kind
        return number

    def _add(self, leaf: Leaf, number: int) -> None:
        match leaf:
            case Words() | Prefix() | Exact() if not is_spelled(leaf):
                self._wait(leaf, number)
            case Prefix(joined=joined):
                self.terms.surfaces.set_prefix(joined, number)
            case Exact(words=words):
                self.terms.surfaces.set_exact(words[0], number)
            case Words() | Since() | Until():
                pass  # words have a table of their own; no paper meets a search's clauses here
            case _:
                self._labels.add(leaf, number)

    def _remove(self, leaf: Leaf, number: int) -> None:
        match leaf:
            case Words() | Prefix() | Exact() if not is_spelled(leaf):
                self._wait_no_more(number)
            case Prefix(joined=joined):
                self.terms.surfaces.set_prefix(joined, 0)
            case Exact(words=words):
                self.terms.surfaces.set_exact(words[0], 0)
            case Words() | Since() | Until():
                pass
            case _:
                self._labels.remove(leaf, number)

    def _wait(self, leaf: TextLeaf, number: int) -> None:
        ways = [tuple(self.take(part) for part in _must_hold_too(leaf))]
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
        self.terms.surfaces.ready()
        if self._wide:
            return self.met_by_many((paper,))[0]
        row = self._narrow_row(paper)
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
            serves = bits & (_IN_TITLE if place < end else _IN_ABSTRACT)
            found += [self._in_field[term * _FIELDS + code] for code in _BITS[serves]]
        return found

    def met_by_many(self, papers: Sequence[Paper]) -> tuple[NDArray[np.integer[Any]], list[int]]:
        """What `met` gives, paper after paper; and where each begins and the last ends."""
        self.terms.surfaces.ready()
        count, is_wide, end = len(papers), self._wide > 0, self.end
        row = self._row(papers, is_wide)
        places, numbers = self.terms.find(row)
        texts = _Texts((row == END).nonzero()[0], papers, is_wide)
        more: list[int] = []
        if self._in_field:
            more = self._met_in_fields(places, numbers, texts)
        for place, paper in enumerate(papers):
            base = place * end
            more.append(base + ALWAYS)
            more += [base + number for number in self._labels.find(paper)]
        if is_wide:
            some = (texts.serving(places) & _ANY).nonzero()[0]
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

    def _met_in_fields(
        self, places: NDArray[Any], numbers: NDArray[np.int32], texts: _Texts
    ) -> list[int]:
        """The clauses about one field that are met."""
        asked = self._asked.array.take(numbers)
        some = asked.nonzero()[0]
        at = places.take(some)
        bits = asked.take(some)
        bits &= texts.serving(at)
        end, in_field = self.end, self._in_field
        return [
            owner * end + in_field[term * _FIELDS + code]
            for owner, term, fields in zip(
                texts.papers(at), numbers.take(some).tolist(), bits.tolist(), strict=True
            )
            for code in _BITS[fields]
        ]

    def _narrow_row(self, paper: Paper) -> NDArray[np.int32]:
        """What `_row` gives for a paper's title and abstract."""
        chunks = f"{parted(paper.title)}{_BETWEEN}{parted(paper.abstract)}{_BETWEEN}".split()
        return np.frombuffer(b"".join(map(self.terms.surfaces.__getitem__, chunks)), np.int32)

    def _row(self, papers: Sequence[Paper], is_wide: bool) -> NDArray[np.int32]:
        """The papers' surfaces in one row, text after text, END after each."""
        texts: list[str] = []
        for paper in papers:
            texts += (parted(paper.title), parted(paper.abstract))
            if is_wide:
                texts += (parted(paper.comment or ""), parted(paper.journal or ""))
                texts += map(parted, paper.authors)
        texts.append("")
        chunks = _BETWEEN.join(texts).split()
        return np.frombuffer(b"".join(map(self.terms.surfaces.__getitem__, chunks)), np.int32)

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
            self._in_field[term * _FIELDS + code] = number
            self._asked.at[term] |= 1 << code
            self._wide += _IS_WIDE[code]
            self._in_abstract += code == _CODES[TextField.ABSTRACT]
        self._needs = {number: tuple(map(tuple, ways)) for number, ways in parts["needs"]}
        for number, ways in self._needs.items():
            for first, *others in ways:
                self._waiting.setdefault(first, []).append((tuple(others), number))
        for number, text in parts["others"]:
            leaf = cast("Leaf", heard(text))
            self._odd[number] = leaf
            self._numbers[_key(leaf)] = number
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
        found = set(met.tolist())
        begun = self._waiting.keys() & found
        if not begun:
            return met
        texts = Texts(paper)
        more: set[int] = set()
        for first in begun:
            for others, number in self._waiting[first]:
                if number not in more and found.issuperset(others):
                    leaf = self._odd[number]
                    assert isinstance(leaf, Words | Prefix | Exact)  # noqa: S101  # only such wait
                    if any(any(find(leaf, text)) for text in texts.of(leaf.field)):
                        more.add(number)
        return np.sort(np.concatenate((met, np.array([*more], met.dtype))))


class _Texts:
    """From which paper and text each place of a row is."""

    __slots__ = ("_ends", "_papers", "_serves")

    def __init__(self, ends: NDArray[Any], papers: Sequence[Paper], is_wide: bool) -> None:
        self._ends = ends
        if not is_wide:
            self._papers = counting(len(ends)) // _NARROW_TEXTS
            self._serves = _SERVES[:_NARROW_TEXTS][counting(len(ends)) % _NARROW_TEXTS]
            return
        owners: list[int] = []
        which: list[int] = []
        for place, paper in enumerate(papers):
            which += range(_WIDE_TEXTS)
            which += [_WIDE_TEXTS] * len(paper.authors)
            owners += [place] * (_WIDE_TEXTS + len(paper.authors))
        self._papers = np.array(owners)
        self._serves = _SERVES[which]

    def serving(self, places: NDArray[Any]) -> NDArray[np.uint8]:
        """For which fields a clause counts that is met there."""
        return self._serves.take(self._ends.searchsorted(places))

    def papers(self, places: NDArray[Any]) -> list[int]:
        """From which papers these places are."""
        found: list[int] = self._papers.take(self._ends.searchsorted(places)).tolist()
        return found

    def each_paper(self, times: int, dtype: DTypeLike) -> NDArray[Any]:
        """The paper of each place of the row, times this."""
        sizes = self._ends.copy()
        sizes[0] += 1
        sizes[1:] -= self._ends[:-1]
        return (self._papers * times).astype(dtype).repeat(sizes)


def _once(keys: NDArray[Any]) -> NDArray[Any]:
    """The keys in order, each once."""
    keys.sort()
    new = np.empty(len(keys), np.bool_)
    new[0] = True
    np.not_equal(keys[1:], keys[:-1], out=new[1:])
    return keys[new]


_BITS: Final = [[code for code in range(_FIELDS) if bits >> code & 1] for bits in range(256)]


def _key(leaf: Leaf) -> Hashable:
    """What two clauses have in common that the same papers meet."""
    match leaf:
        case Words() | Prefix() | Exact() | Since() | Until():
            return leaf
        case _:
            return type(leaf), label_key(leaf)


def _kind(leaf: Leaf) -> int:
    """0 for what few papers meet, up to 4 for what a fifth or more of them do."""
    match leaf:
        case Words(slots=slots):
            return 2 if len(slots) == 1 and len(slots[0].parts) == 1 else 0
        case Author() | IdIs():
            return 1
        case Exact() | Prefix():
            return 3
        case _:
            return 4


def _must_hold_too(leaf: TextLeaf) -> Sequence[TextLeaf]:
    """Clauses that hold wherever this one does; for a prefix, where it is written apart."""
    match leaf:
        case Words(field=field, slots=slots):
            longest = sorted(slots, key=lambda slot: -len(slot.parts[0]))
            return [Words(field, (slot,), "", _NOWHERE) for slot in longest]
        case Prefix(field=field, head=head, stem=stem):
            words = tuple(Slot((word,)) for word in head)
            return [
                Prefix(field, (), stem, stem, "", _NOWHERE),
                Words(field, words, "", _NOWHERE),
            ]
        case Exact(field=field, words=words):
            longest_words = sorted(words, key=lambda word: -len(word))
            return [Exact(field, (word,), (), "", _NOWHERE) for word in longest_words]
