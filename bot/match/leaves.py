"""All clauses of all subscriptions, each once and by number, and which of them a paper meets.

A number says the term (what is looked for) and, in its last bits, the field (where): so each text
of a paper is read once, whatever fields are asked for.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import chain
from typing import TYPE_CHECKING, Final

from bot.match.chunks import GAP, split
from bot.match.dnf import ALWAYS
from bot.match.find import find
from bot.match.labels import Labels
from bot.match.terms import Terms, is_spelled
from bot.match.texts import Texts
from bot.query.ast import Author, Exact, IdIs, Prefix, Since, Slot, Span, TextField, Until, Words

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from bot.match.find import TextLeaf
    from bot.model.paper import Paper
    from bot.query.ast import Leaf

_NOWHERE: Final = Span(0, 0)

_CODES: Final = {field: code for code, field in enumerate(TextField)}
"""The last bits of a number; what is no text has those of ANY, 0."""

_STEP: Final = 8
"""From one term's number to the next: room for the fields."""


class Leaves:
    """Clauses counted by use: the last to let one go removes it.

    A clause whose words alone do not decide (a phrase as written, `pre-train*`) waits for clauses
    that must hold with it; only when those do is the text searched.
    """

    def __init__(self) -> None:
        self._numbers: dict[Leaf, int] = {}
        self._leaves: dict[int, Leaf] = {}
        self._uses: dict[int, int] = {}
        self._fields = dict.fromkeys(TextField, 0)
        self._term_numbers: dict[TextLeaf, int] = {}
        self._term_uses: dict[int, int] = {}
        self._next = ALWAYS + _STEP
        self._terms = Terms()
        self._labels = Labels()
        self._waiting: dict[int, list[tuple[tuple[int, ...], int]]] = {}

    def __len__(self) -> int:
        return len(self._numbers)

    def take(self, leaf: Leaf) -> int:
        """The clause's number, counting one use more."""
        number = self._numbers.get(leaf)
        if number is None:
            number = self._add(leaf)
            self._numbers[leaf] = number
            self._leaves[number] = leaf
        self._uses[number] = self._uses.get(number, 0) + 1
        return number

    def release(self, number: int) -> None:
        """Count one use less."""
        self._uses[number] -= 1
        if not self._uses[number]:
            leaf = self._leaves.pop(number)
            del self._uses[number], self._numbers[leaf]
            self._remove(leaf, number)

    def number(self, leaf: Leaf) -> int:
        """The number of a clause that is in use."""
        return self._numbers[leaf]

    def rank(self, number: int) -> tuple[int, int]:
        """How common a clause must be thought to be: its kind, then how many ask for it."""
        return _kind(self._leaves.get(number)), self._uses.get(number, 0)

    def met(self, paper: Paper) -> set[int]:
        """The numbers of the clauses that the paper meets; also some that nobody asks for."""
        found = self._read(paper)
        found.add(ALWAYS)
        self._labels.find(paper, found)
        if self._waiting:
            self._search(paper, found)
        return found

    def _read(self, paper: Paper) -> set[int]:
        find, asked = self._terms.find, self._fields
        title = find(split(paper.title))
        abstract = find(split(paper.abstract))
        found = title | abstract  # code 0, TextField.ANY
        if asked[TextField.ALL] or asked[TextField.COMMENT] or asked[TextField.JOURNAL]:
            comment = find(split(paper.comment or ""))
            journal = find(split(paper.journal or ""))
            everywhere = found | comment | journal
            _note(TextField.COMMENT, comment, found)
            _note(TextField.JOURNAL, journal, found)
            if asked[TextField.ALL]:
                authors = [(GAP, *split(author)) for author in paper.authors]
                _note(TextField.ALL, everywhere | find(chain.from_iterable(authors)), found)
        if asked[TextField.TITLE]:
            _note(TextField.TITLE, title, found)
        if asked[TextField.ABSTRACT]:
            _note(TextField.ABSTRACT, abstract, found)
        return found

    def _search(self, paper: Paper, found: set[int]) -> None:
        texts = Texts(paper)
        for first in self._waiting.keys() & found:
            for others, number in self._waiting[first]:
                if number not in found and found.issuperset(others):
                    leaf = self._leaves[number]
                    assert isinstance(leaf, Words | Prefix | Exact)  # noqa: S101  # only such wait
                    if any(any(find(leaf, text)) for text in texts.of(leaf.field)):
                        found.add(number)

    def _add(self, leaf: Leaf) -> int:
        match leaf:
            case Words() | Prefix() | Exact():
                self._fields[leaf.field] += 1
                number = self._add_term(replace(leaf, field=TextField.ANY)) + _CODES[leaf.field]
                if not is_spelled(leaf):
                    first, *others = (self.take(part) for part in _must_hold_too(leaf))
                    self._waiting.setdefault(first, []).append((tuple(others), number))
                return number
            case Since() | Until():
                return self._new()  # a search's clauses: no paper meets them here
            case _:
                number = self._new()
                self._labels.add(leaf, number)
                return number

    def _remove(self, leaf: Leaf, number: int) -> None:
        match leaf:
            case Words() | Prefix() | Exact():
                self._fields[leaf.field] -= 1
                self._remove_term(replace(leaf, field=TextField.ANY))
                if not is_spelled(leaf):
                    first, *others = (self._numbers[part] for part in _must_hold_too(leaf))
                    self._waiting[first].remove((tuple(others), number))
                    if not self._waiting[first]:
                        del self._waiting[first]
                    for part in (first, *others):
                        self.release(part)
            case Since() | Until():
                pass
            case _:
                self._labels.remove(leaf, number)

    def _add_term(self, term: TextLeaf) -> int:
        """The number of what is looked for, wherever that may be."""
        number = self._term_numbers.get(term)
        if number is None:
            number = self._term_numbers[term] = self._new()
            self._term_uses[number] = 0
            self._terms.add(term, number)
        self._term_uses[number] += 1
        return number

    def _remove_term(self, term: TextLeaf) -> None:
        number = self._term_numbers[term]
        self._term_uses[number] -= 1
        if not self._term_uses[number]:
            del self._term_uses[number], self._term_numbers[term]
            self._terms.remove(term, number)

    def _new(self) -> int:
        number = self._next
        self._next += _STEP
        return number


def _note(field: TextField, terms: Iterable[int], found: set[int]) -> None:
    code = _CODES[field]
    found.update([number + code for number in terms])


def _kind(leaf: Leaf | None) -> int:
    """0 for what few papers meet, up to 4 for what a fifth or more of them do."""
    match leaf:
        case None:
            return 5
        case Words(slots=slots):
            return 2 if len(slots) == 1 and len(slots[0].parts) == 1 else 0
        case Author() | IdIs():
            return 1
        case Exact() | Prefix():
            return 3
        case _:
            return 4


def _must_hold_too(leaf: TextLeaf) -> Sequence[TextLeaf]:
    """Clauses that hold wherever this one does (but by its written-together form, see Terms)."""
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
