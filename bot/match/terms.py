"""The words and phrases that queries ask for, found in a text without a loop over them.

What a chunk of text means to the queries is worked out once and remembered: nothing, for most.
Phrases start from two words side by side and go on through a trie.
"""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias, cast

from bot.match.chunks import GAP, Memo, read_chunk
from bot.query.ast import Exact, Prefix, Words
from bot.text.words import bare, fold

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from bot.match.find import TextLeaf

SPELLINGS_MAX: Final = 16
"""Ways to write a phrase that the trie spells out; each hyphenated word doubles them."""

_HEAD: Final = 3
"""Letters of a prefix by which it is looked for first: the language asks for three at least."""


def is_spelled(leaf: TextLeaf) -> bool:
    """Whether Terms finds the clause by itself; otherwise only `find` can tell."""
    match leaf:
        case Words(slots=slots):
            return 1 << sum(slot.joined is not None for slot in slots) <= SPELLINGS_MAX
        case Prefix(head=head):
            return not head
        case Exact(words=words):
            return len(words) == 1


class Branch:
    """A place in the trie: the clauses that end here, and where each next word leads."""

    __slots__ = ("leaves", "then")

    def __init__(self) -> None:
        self.leaves: tuple[int, ...] = ()
        self.then: dict[str, Branch] = {}


class Step(NamedTuple):
    """A word that some clause asks for: the clauses it meets alone, the phrases it may begin."""

    word: str
    leaves: tuple[int, ...]
    branch: Branch | None


class Run(NamedTuple):
    """A chunk of no word or of several; `joined` are runs first..last of them written together."""

    steps: tuple[Step | None, ...]
    joined: tuple[tuple[int, int, Step], ...]


Meaning: TypeAlias = Step | Run | None
"""What a chunk means: None is a word that no clause asks for."""


class Terms:
    """Clauses by number, whatever their field."""

    def __init__(self) -> None:
        self._words: dict[str, tuple[int, ...]] = {}
        self._prefixes: dict[str, tuple[int, ...]] = {}
        self._lengths: dict[str, list[int]] = {}
        self._exact: dict[str, tuple[int, ...]] = {}
        self._phrases: dict[str, Branch] = {}
        self._spoken: dict[str, int] = {}
        self._meanings: Memo[Meaning] = Memo(self._meaning)

    def __bool__(self) -> bool:
        return bool(self._words or self._prefixes or self._exact or self._phrases)

    def add(self, leaf: TextLeaf, number: int) -> None:
        """Find the clause from now on; of one that is not spelled, a prefix written together."""
        self._meanings.forget()
        if not is_spelled(leaf) and not isinstance(leaf, Prefix):
            return
        match leaf:
            case Words():
                for words in _spellings(leaf):
                    if len(words) == 1:
                        _put(self._words, words[0], number)
                    else:
                        self._add_phrase(words, number)
            case Prefix(joined=joined):
                if _put(self._prefixes, joined, number):
                    self._lengths.setdefault(joined[:_HEAD], []).append(len(joined))
            case Exact(words=words):
                _put(self._exact, words[0], number)

    def remove(self, leaf: TextLeaf, number: int) -> None:
        """Find the clause no longer."""
        self._meanings.forget()
        if not is_spelled(leaf) and not isinstance(leaf, Prefix):
            return
        match leaf:
            case Words():
                for words in _spellings(leaf):
                    if len(words) == 1:
                        _take(self._words, words[0], number)
                    else:
                        self._remove_phrase(words, number)
            case Prefix(joined=joined):
                if _take(self._prefixes, joined, number):
                    self._lengths[joined[:_HEAD]].remove(len(joined))
                    if not self._lengths[joined[:_HEAD]]:
                        del self._lengths[joined[:_HEAD]]
            case Exact(words=words):
                _take(self._exact, words[0], number)

    def find(self, listed: Iterable[str]) -> set[int]:
        """The numbers of the clauses that these chunks meet."""
        found: set[int] = set()
        steps, joined, asked = _flat([*map(self._meanings.__getitem__, listed), None])
        for place, (_, leaves, first) in asked:
            if leaves:
                found.update(leaves)
            if first is not None and (beside := steps[place + 1]) is not None:
                branch = first.then.get(beside.word)
                if branch is not None:
                    found.update(branch.leaves)
                    if branch.then:
                        _walk({(branch, place + 2)}, steps, joined, found)
        for place, runs in joined.items():
            for end, run in runs:
                found.update(run.leaves)
                _enter(place, end, run, steps, joined, found)
        return found

    def _meaning(self, chunk: str) -> Meaning:
        if chunk.isascii() and chunk.isalnum():
            return self._step(chunk, is_run=False)
        if chunk == GAP:
            return None
        raws, joined = read_chunk(chunk)
        if len(raws) == 1:
            return self._step(raws[0], is_run=False)
        steps = tuple(self._meanings[raw] for raw in raws)  # a word alone is mostly known
        runs = ((first, last, self._step(raw, is_run=True)) for first, last, raw in joined)
        known = tuple((first, last, step) for first, last, step in runs if step is not None)
        return (
            Run(cast("tuple[Step | None, ...]", steps), known)
            if known or any(steps) or not steps
            else None
        )

    def _step(self, raw: str, *, is_run: bool) -> Step | None:
        word = fold(raw)
        leaves = self._words.get(word, ())
        if not is_run:
            leaves += self._exact.get(raw, ())
        if self._prefixes:
            plain = bare(raw)
            for head in {plain[:letters] for letters in range(1, _HEAD + 1)}:
                for length in self._lengths.get(head, ()):
                    leaves += self._prefixes.get(plain[:length], ())
        if not leaves and word not in self._spoken:
            return None
        return Step(word, leaves, self._phrases.get(word))

    def _add_phrase(self, words: tuple[str, ...], number: int) -> None:
        below = self._phrases
        for word in words:
            self._spoken[word] = self._spoken.get(word, 0) + 1
            branch = below.setdefault(word, Branch())
            below = branch.then
        branch.leaves += (number,)

    def _remove_phrase(self, words: tuple[str, ...], number: int) -> None:
        way: list[dict[str, Branch]] = [self._phrases]
        for word in words:
            self._spoken[word] -= 1
            if not self._spoken[word]:
                del self._spoken[word]
            branch = way[-1][word]
            way.append(branch.then)
        branch.leaves = tuple(other for other in branch.leaves if other != number)
        for below, word in zip(way[-2::-1], reversed(words), strict=True):
            if below[word].leaves or below[word].then:
                return
            del below[word]


def _spellings(leaf: Words) -> set[tuple[str, ...]]:
    ways = [
        (slot.parts,) if slot.joined is None else (slot.parts, (slot.joined,))
        for slot in leaf.slots
    ]
    return {tuple(word for words in way for word in words) for way in product(*ways)}


_Runs: TypeAlias = dict[int, list[tuple[int, Step]]]
"""Runs written together, by the place of their first word: where they end, and what they spell."""


def _flat(
    read: list[Meaning],
) -> tuple[Sequence[Step | None], _Runs, list[tuple[int, Step]]]:
    """Word by word, runs apart, and the words that are asked for with their places."""
    asked = [(place, step) for place, step in enumerate(read) if step is not None]
    runs = [place for place, step in asked if step.__class__ is Run]
    if not runs:
        return read, {}, asked  # type: ignore[return-value]  # no Run is among them
    steps: list[Step | None] = []
    joined: _Runs = {}
    done = 0
    for place in runs:
        run = read[place]
        steps += read[done:place]  # type: ignore[arg-type]  # no Run between two Runs
        done = place + 1
        base = len(steps)
        steps += run.steps  # type: ignore[union-attr]  # this is one
        for first, last, step in run.joined:  # type: ignore[union-attr]  # as above
            joined.setdefault(base + first, []).append((base + last, step))
    steps += read[done:]  # type: ignore[arg-type]  # as above
    return steps, joined, [(i, step) for i, step in enumerate(steps) if step is not None]


def _enter(
    place: int, end: int, run: Step, steps: Sequence[Step | None], joined: _Runs, found: set[int]
) -> None:
    """Follow the phrases that a run written together begins, or is the second word of."""
    ways = {(run.branch, end)} if run.branch is not None else set()
    before = steps[place - 1] if place else None
    if before is not None and before.branch is not None:
        branch = before.branch.then.get(run.word)
        if branch is not None:
            found.update(branch.leaves)
            ways.add((branch, end))
    _walk(ways, steps, joined, found)


def _walk(
    ways: set[tuple[Branch, int]], steps: Sequence[Step | None], joined: _Runs, found: set[int]
) -> None:
    """Follow the trie from some places, in step: what two ways reach is followed once."""
    while ways:
        onward = set()
        for branch, place in ways:
            step = steps[place]
            beside = [] if step is None else [(place + 1, step)]
            for end, word in (*beside, *joined.get(place, ())):
                below = branch.then.get(word.word)
                if below is not None:
                    found.update(below.leaves)
                    if below.then:
                        onward.add((below, end))
        ways = onward


def _put(table: dict[str, tuple[int, ...]], key: str, number: int) -> bool:
    """Add a number under a key; whether the key is new."""
    before = table.get(key)
    table[key] = (number,) if before is None else (*before, number)
    return before is None


def _take(table: dict[str, tuple[int, ...]], key: str, number: int) -> bool:
    """Take a number from under a key; whether the key is gone."""
    left = tuple(other for other in table[key] if other != number)
    if left:
        table[key] = left
        return False
    del table[key]
    return True
