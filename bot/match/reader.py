"""What stands between two spaces of a text, read once: a text becomes a row of surfaces.

A chunk is remembered by its hash (hashing.py) with the surfaces of its words (surfaces.py), so
that a text is read by a few operations on all its chunks. When a clause comes or goes, what it may
touch is forgotten.
"""

from __future__ import annotations

from operator import sub
from typing import TYPE_CHECKING, Final

import numpy as np

from bot.match.chunks import Words, parted, read_chunk
from bot.match.hashing import CHUNK_MAX, POINT, chunks, number
from bot.match.memo import Memo
from bot.match.notes import Notes
from bot.match.prefixes import HEAD
from bot.match.surfaces import END, PLACES
from bot.match.views import AskedView
from bot.text.forms import beginnings
from bot.text.words import bare

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from bot.match.surfaces import Surfaces
    from bot.match.trie import Trie
    from bot.match.views import Loops

CHUNKS_MAX: Final = 1 << 17
"""Chunks remembered, some 10 MB; beyond, all are read anew as they come, at 1 to 5 µs each."""

_NOTES_MAX: Final = 4 * CHUNKS_MAX
"""Notes of how words begin; those of chunks that were forgotten pile up."""

_PARTS_MAX: Final = 1 << 14

_A_FEW: Final = 16
"""Chunks that are learnt one by one in less time than numpy takes to begin."""

_TWO: Final = 2

_END_MARK: Final = b"\1"
"""A chunk that no text has: it ends one."""


class Reader:
    """Texts as rows of surfaces, by `read`; `ready` first, whenever clauses came or went."""

    def __init__(self, trie: Trie, surfaces: Surfaces) -> None:
        self._trie = trie
        self._surfaces = surfaces
        self._of = surfaces.of
        self._memo = Memo()
        self._notes = Notes()  # of entries of the memo
        self._note_head, self._note_entry = self._notes.heads.append, self._notes.entries.append
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
        self._surfaces.set_exact(raw, clause)

    def set_prefix(self, stem: str, clause: int) -> None:
        """Find this clause by words that begin so; 0 finds it no more."""
        self._forget_head(stem)
        self._surfaces.set_prefix(stem, clause)

    def _forget_head(self, word: str) -> None:
        """Read anew what may have a word that begins so."""
        if len(word) < HEAD:
            self.forget()
            return
        self._memo.forget(self._notes.take(word[:HEAD]))
        self._parts.clear()

    def forget(self) -> None:
        """Forget all that was read."""
        self._memo.forget_all()
        self._notes.clear()
        self._unsure.clear()
        self._parts.clear()
        self._surfaces.forget()
        self._memo.keep(self._memo.new(1), (number(_END_MARK),), (END,))

    def ready(self) -> None:
        """Forget what is out of date or too much, before a text is read.

        Surfaces handed out before may mean something else then.
        """
        self._memo.forget_passing()
        self._notes.settle()
        if len(self) > CHUNKS_MAX or len(self._notes) > _NOTES_MAX or self._surfaces.is_full:
            self.forget()
        if len(self._parts) > _PARTS_MAX:
            self._parts.clear()
        if self._trie.is_idle:
            self.sweep()
        if self._grown != self._trie.grown:
            fresh = self._trie.take_fresh(self._trie.grown - self._grown)
            self._grown = self._trie.grown
            self._trie.survey()
            self._forget_unsure(fresh)
        self._surfaces.ready()

    def _forget_unsure(self, fresh: list[str] | None) -> None:
        """Read anew what may have a word of a form that is asked for since: these, or any."""
        self._parts.clear()
        heads: set[str] = set()
        for form in fresh or ():
            some = beginnings(form)
            if some is None:
                fresh = None
                break
            heads |= some
        if fresh is not None:
            for head in heads:
                self._memo.forget(self._notes.take(head))
            return
        self._memo.forget(self._unsure)
        self._unsure.clear()

    def sweep(self) -> None:
        """Let go of the words that nobody asks for any more."""
        self.forget()
        self._trie.sweep()

    # ------------------------------------------------------------ reading

    def read(self, texts: Iterable[str], loops: Loops | None = None) -> NDArray[np.int32]:
        """The surfaces of the texts' words, END after each text."""
        between = b" %b " % _END_MARK
        data = b"".join((b" ", between.join(map(parted, texts)), between))
        if loops is not None:
            return self._by_loops(data, loops)
        found = chunks(data)
        known = self._memo.look(found.numbers)
        new = (known == 0).nonzero()[0]
        if len(new):
            known[new] = self._learn(data, *(of.take(new).tolist() for of in found))
        return self._memo.meanings(known)

    def _by_loops(self, data: bytes, loops: Loops) -> NDArray[np.int32]:
        """What `read` gives."""
        letters = np.frombuffer(data, np.uint8)
        table, *_ = self._memo.views()
        entries, new, numbers = loops.chunks(letters, POINT, table)
        if len(new):
            is_long = (new[:, 2] - new[:, 1] > CHUNK_MAX) | (numbers == 0)
            if is_long.any():
                entries[new[is_long, 0]] = self._learn_some(data, new[is_long], numbers[is_long])
                new, numbers = new[~is_long], numbers[~is_long]
            if len(new) <= _A_FEW:
                entries[new[:, 0]] = self._learn_some(data, new, numbers)
            else:
                entries[new[:, 0]] = self._learn_by_loops(data, new, numbers, loops)
        _, meaning, several = self._memo.views()
        return loops.meanings(entries, meaning, several)

    def _learn_some(
        self, data: bytes, where: NDArray[np.int64], numbers: NDArray[np.uint64]
    ) -> list[int]:
        """What `_learn` gives for chunks as loops tell where they are."""
        if not len(where):
            return []
        _, before, last = where.T.tolist()
        return self._learn(data, before, last, numbers.tolist())

    def _learn(
        self, data: bytes, before: Sequence[int], last: Sequence[int], numbers: list[int]
    ) -> list[int]:
        """Entries of the memo for chunks of a text that have none yet.

        Most of what a text costs that is new: what is common goes the short way, in one loop.
        """
        if max(map(sub, last, before)) > CHUNK_MAX or 0 in numbers:
            return self._learn_long(data, before, last, numbers)
        new = dict(zip(numbers, zip(before, last, strict=True), strict=True))
        entries = self._memo.new(len(new))
        letters = data.decode("latin-1")  # one a byte
        meanings: list[int] = []
        for entry, (first, stop) in zip(entries, new.values(), strict=True):
            chunk = letters[first + 1 : stop + 1]
            if not chunk.isascii():
                chunk = data[first + 1 : stop + 1].decode("utf-8", "surrogatepass")
            meanings.append(self._meaning(chunk, entry))
        self._memo.keep(entries, new, meanings)
        if len(new) == len(numbers):
            return [*entries]
        known = dict(zip(new, entries, strict=True))
        return [*map(known.__getitem__, numbers)]

    def _learn_by_loops(
        self, data: bytes, where: NDArray[np.int64], numbers: NDArray[np.uint64], loops: Loops
    ) -> NDArray[np.int32]:
        """As `_learn`, most of it compiled: what nobody asks for."""
        memo = self._memo
        table, meaning, _ = memo.views()
        asked = AskedView(
            self._trie.marks.view(), self._surfaces.begins.view(), self._surfaces.least
        )
        letters = np.frombuffer(data, np.uint8)
        new = loops.unasked(letters, where, numbers, POINT, table, meaning, asked)
        entries = memo.new(len(new.places))
        meanings = np.where(new.sizes == 1, new.surfaces[:, 0], 0)
        several = ((new.sizes > 1) & new.surfaces.any(1)).nonzero()[0]
        if len(several):
            meanings[several] = memo.each(new.surfaces[several], new.sizes[several])
        for place in (new.sizes == 0).nonzero()[0].tolist():
            _, first, stop = where[new.places[place]].tolist()
            chunk = data[first + 1 : stop + 1].decode("utf-8", "surrogatepass")
            meanings[place] = self._meaning(chunk, entries[place])
        found = np.array(entries, np.int32)
        self._notes.extend(new.heads, found[new.head_of])
        told = (new.sizes > 1) | ((new.sizes == 1) & (meanings == 0))
        self._unsure += found[told].tolist()
        memo.keep_by_loops(found, numbers[new.places], meanings, loops)
        return found[new.which]

    def _learn_long(
        self, data: bytes, before: Sequence[int], last: Sequence[int], numbers: list[int]
    ) -> list[int]:
        """As `_learn`; the entry of a long chunk lasts until `ready`.

        Another may have its number: it is remembered by that not even within the text.
        """
        entries: list[int] = []
        known: dict[int, int] = {}
        for first, stop, key in zip(before, last, numbers, strict=True):
            if stop - first > CHUNK_MAX or not key:
                text = data[first + 1 : stop + 1].decode("utf-8", "surrogatepass")
                surfaces, _, _ = self._read(read_chunk(text))
                entries.append(self._memo.keep_passing(self._memo.one(surfaces)))
                continue
            if key not in known:
                (known[key],) = self._learn(data, (first,), (stop,), [key])
            entries.append(known[key])
        return entries

    def _meaning(self, chunk: str, entry: int) -> int:
        """What the memo is to keep of a chunk, which it will under this entry."""
        if not chunk.isascii():
            return self._meaning_of(read_chunk(chunk), entry)
        if chunk.isalnum():
            low = chunk.lower()
            self._note_head(low[:HEAD])
            self._note_entry(entry)
            meaning = self._of(chunk, low)
            if not self._surfaces.node.at[meaning >> PLACES]:
                self._unsure.append(entry)
            return meaning
        parts = chunk.split("-")
        if len(parts) == _TWO and parts[0].isalnum() and parts[1].isalnum():
            return self._meaning_of_two(parts[0], parts[1], entry)
        return self._meaning_of(read_chunk(chunk), entry)

    def _meaning_of_two(self, first: str, last: str, entry: int) -> int:
        """What `_meaning` gives of two words of ASCII: most chunks but words are such."""
        raw = first + last
        low, size = raw.lower(), len(first)
        parts, surface_of = self._parts, self._of
        one, two = parts.get(first), parts.get(last)
        if one is None:
            one = parts[first] = surface_of(first, low[:size])
        if two is None:
            two = parts[last] = surface_of(last, low[size:])
        run = surface_of(raw, low, size, True)
        self._note_head(low[:HEAD])
        self._note_entry(entry)
        self._note_head(low[size : size + HEAD])
        self._note_entry(entry)
        if not one and not two and not run:
            # What no query asks for is 0, be it a word or two.
            self._unsure.append(entry)
            return 0
        node = self._surfaces.node.at
        if not (node[one >> PLACES] and node[two >> PLACES] and node[run >> PLACES]):
            self._unsure.append(entry)
        if run:
            one = self._surfaces.carrier(one, ((2, run),))
        return self._memo.one((one, two))

    def _meaning_of(self, words: Words, entry: int) -> int:
        """What `_meaning` gives of the words of a chunk."""
        surfaces, heads, is_sure = self._read(words)
        for head in heads:
            self._note_head(head)
            self._note_entry(entry)
        if not is_sure:
            self._unsure.append(entry)
        return self._memo.one(surfaces) if any(surfaces) or not surfaces else 0

    def _read(self, words: Words) -> tuple[list[int], set[str], bool]:
        """A chunk's surfaces, how its words begin, and whether all are asked for somewhere."""
        raws, joined = words
        heads: set[str] = set()
        parts = self._parts
        surfaces: list[int] = []
        for raw in raws:
            low = raw.lower() if raw.isascii() else bare(raw)
            heads.add(low[:HEAD])
            surface = parts.get(raw)
            if surface is None:
                surface = parts[raw] = self._of(raw, low)
            surfaces.append(surface)
        node = self._surfaces.node
        is_sure = all(node.at[surface >> PLACES] for surface in surfaces)
        runs: dict[int, list[tuple[int, int]]] = {}
        for first, last, raw in joined:
            # A prefix as short as the run without its last word was met by what begins there.
            if raw.isascii():
                low = raw.lower()
                surface = self._of(raw, low, len(raw) - len(raws[last - 1]), True)
            else:
                low = bare(raw)
                surface = self._of(raw, low, 0, True)
            heads.add(low[:HEAD])
            if surface:
                runs.setdefault(first, []).append((last - first, surface))
            if is_sure and not node.at[surface >> PLACES]:
                is_sure = False
        for first, some in runs.items():
            surfaces[first] = self._surfaces.carrier(surfaces[first], some)
        return surfaces, heads, is_sure

    @property
    def nbytes(self) -> int:
        """Bytes of memory, about."""
        return self._memo.nbytes + self._notes.nbytes + 120 * len(self._parts)
