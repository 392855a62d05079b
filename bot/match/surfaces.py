"""What stands between two spaces of a text, and what that means to the queries: read once.

A form of a word that some query asks for has a number, its *surface*; all others are 0. A chunk
is remembered by its hash (hashing.py) with its surfaces, so that a text becomes surfaces by a few
operations on all its chunks. When a clause comes or goes, what it may touch is forgotten.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from bot.match.chunks import parted, read_chunk
from bot.match.column import Column
from bot.match.hashing import CHUNK_MAX, chunks, number
from bot.match.lists import Lists
from bot.match.memo import Memo
from bot.text.forms import fold_form
from bot.text.words import bare

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from bot.match.trie import Trie

CHUNKS_MAX: Final = 1 << 17
"""Chunks remembered, some 10 MB; beyond, all are read anew as they come, at 5 µs each."""

_NOTES_MAX: Final = 4 * CHUNKS_MAX
"""Notes of how words begin; those of chunks that were forgotten pile up."""

_PARTS_MAX: Final = 1 << 14

_HEAD: Final = 3
"""Letters by which prefixes are looked for first: the language asks for three at least."""

ALONE, CARRIES = 1, 2
"""Marks in a surface: it meets clauses by itself; runs written together begin with it."""

PLACES: Final = 2
"""Bits of a surface that are marks; what is left is its place in the tables."""

_END_MARK: Final = b"\1"
"""A chunk that no text has: it ends one."""

END: Final = 1 << PLACES
"""The surface that ends a text."""


class Surfaces:
    """The surfaces of texts, by `read`.

    `node` is a surface's word in the trie, `alone` the clauses that it meets by itself: prefixes
    and words as written, filled up with 0.
    """

    def __init__(self, trie: Trie) -> None:
        self._trie = trie
        self._exact: dict[str, int] = {}
        self._prefixes: dict[str, int] = {}
        self._lengths: dict[str, dict[int, int]] = {}  # by head: how many prefixes of each length
        self._short = 0  # prefixes shorter than a head
        self.node = Column("i8")
        self._width = 4
        self._alone = np.zeros((0, self._width), np.int32)
        self._at = self._alone.ravel().data  # the same, for single places
        self.runs = Lists(2)  # by place: how many words are written together, what they spell
        self._memo = Memo()
        self._by_head: defaultdict[str, list[int]] = defaultdict(list)  # entries of the memo
        self._unsure: list[int] = []  # entries with a word that no query asks for
        self._parts: dict[str, int] = {}  # surfaces of words that stood in a chunk with others
        self._grown = 0
        self.forget()

    def __len__(self) -> int:
        """How many chunks are remembered."""
        return len(self._memo)

    # ------------------------------------------------------------ clauses

    def set_exact(self, raw: str, clause: int) -> None:
        """Find this clause by the word as written; 0 finds it no more."""
        self._forget_head(bare(raw))
        if clause:
            self._exact[raw] = clause
        else:
            del self._exact[raw]

    def set_prefix(self, stem: str, clause: int) -> None:
        """Find this clause by words that begin so; 0 finds it no more."""
        self._forget_head(stem)
        head, size = stem[:_HEAD], len(stem)
        step = 1 if clause else -1
        self._short += step * (size < _HEAD)
        lengths = self._lengths.setdefault(head, {})
        lengths[size] = lengths.get(size, 0) + step
        if clause:
            self._prefixes[stem] = clause
        else:
            del self._prefixes[stem]
            if not lengths[size]:
                del lengths[size]
            if not lengths:
                del self._lengths[head]

    def _forget_head(self, word: str) -> None:
        """Read anew what may have a word that begins so."""
        if len(word) < _HEAD:
            self.forget()
            return
        self._memo.forget(self._by_head.pop(word[:_HEAD], ()))
        self._parts.clear()

    def forget(self) -> None:
        """Forget all that was read."""
        self._memo.forget_all()
        self._by_head.clear()
        self._unsure.clear()
        self._parts.clear()
        self.runs.forget()
        self._notes = 0
        self._end = (END >> PLACES) + 1
        self._memo.keep(number(_END_MARK), [END])

    def ready(self) -> None:
        """Forget what is out of date or too much, before a text is read.

        Surfaces handed out before may mean something else then.
        """
        self._memo.forget_passing()
        if max(len(self), self._end // 2) > CHUNKS_MAX or self._notes > _NOTES_MAX:
            self.forget()
        if len(self._parts) > _PARTS_MAX:
            self._parts.clear()
        if self._trie.is_idle:
            self.sweep()
        if self._grown != self._trie.grown:
            self._grown = self._trie.grown
            self._memo.forget(self._unsure)
            self._unsure.clear()
            self._parts.clear()

    def sweep(self) -> None:
        """Let go of the words that nobody asks for any more."""
        self.forget()
        self._trie.sweep()

    # ------------------------------------------------------------ reading

    def read(self, texts: Iterable[str]) -> NDArray[np.int32]:
        """The surfaces of the texts' words, END after each text."""
        between = b" %b " % _END_MARK
        data = b"".join((b" ", between.join(map(parted, texts)), between))
        found = chunks(data)
        known = self._memo.look(found.numbers)
        new = (known == 0).nonzero()[0]
        if len(new):
            where = zip(*(of.take(new).tolist() for of in found), strict=True)
            learnt: dict[int, int] = {}
            for first, last, key in where:
                if key not in learnt:
                    learnt[key] = self._learn(data[first + 1 : last + 1], key)
            known[new] = [*map(learnt.__getitem__, found.numbers.take(new).tolist())]
        return self._memo.meanings(known)

    def alone(self, places: NDArray[np.int32]) -> NDArray[np.int32]:
        """The clauses that each of these surfaces meets by itself, a row for each."""
        return self._alone.take(places, axis=0)

    def alone_of(self, place: int) -> list[int]:
        """The clauses that a surface meets by itself, and 0."""
        first = place * self._width
        return self._at[first : first + self._width].tolist()

    def _learn(self, chunk: bytes, key: int) -> int:
        """The memo's entry for a chunk; for a long one it lasts until `ready`."""
        text = chunk.decode("utf-8", "surrogatepass")
        if len(chunk) > CHUNK_MAX or not key:
            return self._memo.keep(0, self._read(text)[0])
        if text.isascii() and text.isalnum():
            low = text.lower()
            surface = self._surface(text, low)
            entry = self._memo.keep_one(key, surface)
            self._by_head[low[:_HEAD]].append(entry)
            self._notes += 1
            if not self.node.at[surface >> PLACES]:
                self._unsure.append(entry)
            return entry
        surfaces, heads, is_sure = self._read(text)
        # What no query asks for is 0, be it a word or two.
        entry = (
            self._memo.keep(key, surfaces)
            if any(surfaces) or not surfaces
            else self._memo.keep_one(key, 0)
        )
        for head in heads:
            self._by_head[head].append(entry)
        self._notes += len(heads)
        if not is_sure:
            self._unsure.append(entry)
        return entry

    def _read(self, text: str) -> tuple[list[int], set[str], bool]:
        """A chunk's surfaces, how its words begin, and whether all are asked for somewhere."""
        raws, joined = read_chunk(text)
        plain = [*map(bare, raws)]
        surfaces: list[int] = []
        parts = self._parts
        for raw, low in zip(raws, plain, strict=True):
            known = parts.get(raw)
            if known is None:
                known = parts[raw] = self._surface(raw, low)
            surfaces.append(known)
        nodes = [self.node.at[surface >> PLACES] for surface in surfaces]
        runs: dict[int, list[tuple[int, int]]] = {}
        for first, last, raw in joined:
            # A prefix as short as the run without its last word was met by what begins there.
            letters = len(raw) - len(raws[last - 1]) if raw.isascii() else 0
            low = bare(raw)
            plain.append(low)
            surface = self._surface(raw, low, letters, is_run=True)
            nodes.append(self.node.at[surface >> PLACES])
            if surface:
                runs.setdefault(first, []).append((last - first, surface))
        for first, some in runs.items():
            surfaces[first] = self._carrier(surfaces[first], some)
        return surfaces, {low[:_HEAD] for low in plain}, 0 not in nodes

    def _surface(self, raw: str, plain: str, known: int = 0, *, is_run: bool = False) -> int:
        """The surface of a word or run; prefixes of up to `known` letters are left out."""
        alone: list[int] = []
        lengths = self._lengths.get(plain[:_HEAD])
        if lengths is not None:
            prefixes = self._prefixes
            size = len(plain)
            for length in lengths:
                if known < length <= size:
                    clause = prefixes.get(plain[:length])
                    if clause:
                        alone.append(clause)
        if self._short and not known:
            heads = [plain[:letters] for letters in range(1, min(_HEAD, len(plain)))]
            alone += [self._prefixes[head] for head in heads if head in self._prefixes]
        if self._exact and not is_run and raw in self._exact:
            alone.append(self._exact[raw])
        node = self._trie.find(fold_form(raw, plain))
        return self._new(node, alone) if node or alone else 0

    def _new(self, node: int, alone: list[int]) -> int:
        place = self._end
        self._end += 1
        width = self._width
        if place >= len(self.node.array) or len(alone) > width or not self._alone.size:
            width = self._grow(len(alone))
        self.node.at[place] = node
        if not alone:
            return place << PLACES
        first = place * width
        for at in range(first, first + width):
            self._at[at] = 0
        for at, clause in enumerate(alone, first):
            self._at[at] = clause
        return place << PLACES | ALONE

    def _grow(self, width: int) -> int:
        self.node.reach(self._end)
        before = self._alone
        width = max(width, self._width)
        self._alone = np.zeros((len(self.node.array), width), np.int32)
        self._alone[: len(before), : before.shape[1]] = before
        self._at = self._alone.ravel().data
        self._width = width
        return width

    def _carrier(self, surface: int, runs: list[tuple[int, int]]) -> int:
        """The surface of a word with which runs begin: one of its own."""
        place = surface >> PLACES
        alone = self.alone_of(place) if surface & ALONE else []
        carrier = self._new(self.node.at[place], alone)
        self.runs.reach(self._end)
        self.runs.fill(carrier >> PLACES, runs)
        return carrier | CARRIES

    def runs_at(self, places: NDArray[np.int32]) -> tuple[NDArray[np.int32], NDArray[Any]]:
        """The runs that begin with these surfaces; and how many up to each."""
        at, ends = self.runs.spread(places)
        return self.runs.take(at), ends

    @property
    def nbytes(self) -> int:
        """Bytes of memory, about."""
        arrays = (self.node, self._alone, self.runs, self._memo)
        texts = 12 * self._notes + 120 * (len(self._prefixes) + len(self._parts))
        return sum(array.nbytes for array in arrays) + texts
