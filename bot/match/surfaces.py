"""What stands between two spaces of a text, and what that means to the queries: read once.

A form of a word that some query asks for has a number, its *surface*; all others are 0. A chunk
is remembered as the bytes of its surfaces, so that a text becomes numbers by a look-up a chunk and
one `join`. When a clause comes or goes, the chunks that it may touch are forgotten.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from bot.match.chunks import GAP, read_chunk
from bot.match.column import Column
from bot.match.lists import Lists
from bot.text.forms import fold_form
from bot.text.words import bare

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bot.match.trie import Trie

CHUNKS_MAX: Final = 1 << 17
"""Chunks remembered, some 30 MB; beyond, all are read anew as they come, at 3 µs each."""

_NOTES_MAX: Final = 4 * CHUNKS_MAX
"""Notes of how words begin; those of chunks that were forgotten pile up."""

_LENGTH_MAX: Final = 64
"""Longer chunks are read each time, so that no paper fills the memory."""

_HEAD: Final = 3
"""Letters by which prefixes are looked for first: the language asks for three at least."""

ALONE, CARRIES = 1, 2
"""Marks in a surface: it meets clauses by itself; runs written together begin with it."""

PLACES: Final = 2
"""Bits of a surface that are marks; what is left is its place in the tables."""

_SIZE: Final = 4
_UNASKED: Final = bytes(_SIZE)
END: Final = 1 << PLACES
"""The surface of a GAP: the end of a text."""


class Surfaces(dict[str, bytes]):
    """The surfaces of each chunk, by `surfaces[chunk]`.

    `node` is a surface's word in the trie, `alone` the clauses that it meets by itself: prefixes
    and words as written, filled up with 0.
    """

    __slots__ = (
        "_alone",
        "_at",
        "_by_head",
        "_end",
        "_exact",
        "_grown",
        "_lengths",
        "_mixed",
        "_notes",
        "_prefixes",
        "_short",
        "_trie",
        "_unsure",
        "_width",
        "node",
        "runs",
    )

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
        self._by_head: defaultdict[str, list[str]] = defaultdict(list)
        self._mixed: list[str] = []  # chunks that are not plainly one word
        self._unsure: list[str] = []  # chunks with a word that no query asks for
        self._grown = 0
        self.runs = Lists(2)  # by place: how many words are written together, what they spell
        self.forget()

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
        for chunk in self._mixed:
            self.pop(chunk, None)
        self._mixed.clear()
        kept = []
        for chunk in self._by_head.pop(word[:_HEAD], ()):
            if chunk.lower().startswith(word):
                self.pop(chunk, None)
            else:
                kept.append(chunk)
        if kept:
            self._by_head[word[:_HEAD]] = kept

    def forget(self) -> None:
        """Forget all that was read."""
        self.clear()
        self._by_head.clear()
        self._mixed.clear()
        self._unsure.clear()
        self.runs.forget()
        self._notes = 0
        self._end = (END >> PLACES) + 1
        self[GAP] = END.to_bytes(_SIZE, "little")

    def ready(self) -> None:
        """Forget what is out of date or too much, before a text is read.

        Surfaces handed out before may mean something else then.
        """
        if max(len(self), self._end // 2) > CHUNKS_MAX or self._notes > _NOTES_MAX:
            self.forget()
        if self._trie.is_idle:
            self.sweep()
        if self._grown != self._trie.grown:
            self._grown = self._trie.grown
            for chunk in self._unsure:
                self.pop(chunk, None)
            self._unsure.clear()

    def sweep(self) -> None:
        """Let go of the words that nobody asks for any more."""
        self.forget()
        self._trie.sweep()

    # ------------------------------------------------------------ reading

    def alone(self, places: NDArray[np.int32]) -> NDArray[np.int32]:
        """The clauses that each of these surfaces meets by itself, a row for each."""
        return self._alone.take(places, axis=0)

    def alone_of(self, place: int) -> list[int]:
        """The clauses that a surface meets by itself, and 0."""
        first = place * self._width
        return self._at[first : first + self._width].tolist()

    def __missing__(self, chunk: str) -> bytes:
        if not (chunk.isascii() and chunk.isalnum()):
            return self._several(chunk)
        low = chunk.lower()
        surface = self._surface(chunk, low)
        spelled = surface.to_bytes(_SIZE, "little") if surface else _UNASKED
        if len(chunk) <= _LENGTH_MAX:
            self[chunk] = spelled
            self._by_head[low[:_HEAD]].append(chunk)
            self._notes += 1
            if not self.node.at[surface >> PLACES]:
                self._unsure.append(chunk)
        return spelled

    def _several(self, chunk: str) -> bytes:
        """The surfaces of a chunk that may be several words, or none."""
        raws, joined = read_chunk(chunk)
        surfaces: list[int] = []
        for raw in raws:
            known = self.get(raw)  # what one word of ASCII means is never more than a surface
            surfaces.append(
                int.from_bytes(known, "little")
                if known is not None and raw.isascii()
                else self._surface(raw, bare(raw))
            )
        nodes = [self.node.at[surface >> PLACES] for surface in surfaces]
        runs: dict[int, list[tuple[int, int]]] = {}
        for first, last, raw in joined:
            # A prefix as short as the run without its last word was met by what begins there.
            short = len(raw) - len(raws[last - 1]) if raw.isascii() else 0
            surface = self._surface(raw, bare(raw), short, is_run=True)
            nodes.append(self.node.at[surface >> PLACES])
            if surface:
                runs.setdefault(first, []).append((last - first, surface))
        for first, some in runs.items():
            surfaces[first] = self._carrier(surfaces[first], some)
        spelled = b"".join([surface.to_bytes(_SIZE, "little") for surface in surfaces])
        if len(chunk) <= _LENGTH_MAX:
            self[chunk] = spelled
            self._mixed.append(chunk)
            self._notes += 1
            if 0 in nodes:
                self._unsure.append(chunk)
        return spelled

    def _surface(self, raw: str, plain: str, known: int = 0, *, is_run: bool = False) -> int:
        """The surface of a word or run; prefixes of up to `known` letters are left out."""
        alone: list[int] = []
        if self._prefixes:
            prefixes = self._prefixes
            size = len(plain)
            for length in self._lengths.get(plain[:_HEAD], ()):
                if known < length <= size:
                    clause = prefixes.get(plain[:length])
                    if clause:
                        alone.append(clause)
            if self._short and not known:
                heads = [plain[:letters] for letters in range(1, min(_HEAD, size))]
                alone += [prefixes[head] for head in heads if head in prefixes]
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
        texts = 150 * len(self) + 8 * self._notes + 120 * len(self._prefixes)
        return self.node.nbytes + self._alone.nbytes + self.runs.nbytes + texts
