"""Words and phrases as a trie in arrays: many steps from a place by a word are taken at once.

A node is a number. A word's node is the word itself, below it hang the words that may follow.
Which node a step leads to stands in one table.

A word that two others spell (`finetuning`, asked for by "fine tuning") is not kept as text but as
these two: it stands in the same table, under its checksum.
"""

from __future__ import annotations

from itertools import repeat
from typing import TYPE_CHECKING, Any, Final, TypeAlias
from zlib import crc32

import numpy as np

from bot.match.column import Column
from bot.match.lists import Lists
from bot.match.marks import BITS as MARK_BITS
from bot.match.marks import Marks
from bot.match.snapshot import those_under, under
from bot.match.table import Table

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from bot.match.snapshot import Part
    from bot.match.views import ListsView, TableView

_LOW: Final = (1 << 32) - 1
_WORD: Final = 0xFFFFFFFF << 32
"""The key of a word: this and the place of its text."""

_JOINED: Final = 0xFFFFFFFE << 32
"""The key of a word that two spell: this and the checksum of its text."""

_IDLE_MIN: Final = 256
_MARKS_ROOM: Final = 4
"""Bytes for a word: of others, one in forty is taken for one of them."""

FRESH_MAX: Final = 8
"""New words that are noted."""


class Trie:
    """Nodes, and for each the clauses that end there."""

    def __init__(self) -> None:
        self.words: dict[str, int] = {}
        self.grown = 0
        """Words made so far: what was read of a text before may have to be read anew."""
        self._fresh: list[str] = []
        self._surveyed = 0  # how many of these the marks tell of
        self.marks = Marks(_MARKS_ROOM)
        """The checksums of all words, some of words that were dropped; see `survey`."""
        self._texts: list[str] = []
        self._no_texts: list[int] = []
        self._free: list[int] = []
        self._idle: list[int] = []
        self._end = 1
        self._table = Table(limit=_WORD)  # by parent and word; see _WORD and _JOINED
        self._keys = self._table.keys
        self._kids = Column("i4")
        self._said = Column("i4")  # nodes that keep this one, but for its kids
        self._apart = Column("i4")  # of a word that two spell: the node of the two
        self._meta = Column("i4")  # twice the clause that ends here, and 1 if steps lead on
        self._many = Lists()  # clauses that end at one node, by the number below 0 that it has
        self._no_many: list[int] = []
        self._next_many = 1

    # ------------------------------------------------------------ one at a time

    def find(self, text: str) -> int:
        """The word's node; 0 if there is none."""
        node = self.words.get(text)
        if node is not None:
            return node
        if not self._table.count:
            return 0
        node = self._table.at(_JOINED | crc32(text.encode()))
        return node if node and self._text(node) == text else 0

    def known(self, text: str) -> int:
        """What `find` gives, sooner where that is 0; words that were made need a `survey`."""
        marks, checksum = self.marks, crc32(text.encode())
        if marks.at[checksum >> marks.shift] >> (checksum & MARK_BITS) & 1:
            return self.find(text)
        return 0

    def take_fresh(self, made: int) -> list[str] | None:
        """The words made since this was asked, if so many are noted; else None."""
        fresh, self._fresh = self._fresh, []
        return fresh if len(fresh) == made else None

    def survey(self) -> None:
        """Be ready for `known` and `marks`."""
        if self._surveyed == self.grown and not self.marks.is_full:
            return
        keys = self._keys.array[: self._end]
        joined = keys[(keys >= _JOINED) & (keys < _WORD)].astype(np.uint32)
        words = np.fromiter(map(crc32, map(str.encode, self.words)), np.uint32, len(self.words))
        self.marks.refill(np.concatenate((joined, words)))
        self._surveyed = self.grown

    def word(self, text: str, apart: int = 0) -> int:
        """The word's node, made if need be; `apart` is the node of two words that spell it."""
        node = self.find(text)
        if node:
            return node
        node = self._new()
        self.grown += 1
        if len(self._fresh) < FRESH_MAX:
            self._fresh.append(text)
        checksum = crc32(text.encode())
        self.marks.add(checksum)
        self._surveyed += 1
        if apart and text == self._text(apart):
            key = _JOINED | checksum
            if not self._table.at(key):
                self._keys.at[node] = key
                self._apart.at[node] = apart
                self._said.at[apart] += 1
                self._table.enter(node)
                return node
        self.words[text] = node
        if self._no_texts:
            place = self._no_texts.pop()
            self._texts[place] = text
        else:
            place = len(self._texts)
            self._texts.append(text)
        self._keys.at[node] = _WORD | place
        return node

    def step(self, parent: int, word: int) -> int:
        """The node to which a word leads, made if need be."""
        key = parent << 32 | word
        node = self._table.at(key)
        if not node:
            node = self._new()
            self._keys.at[node] = key
            self._kids.at[parent] += 1
            self._meta.at[parent] |= 1
            self._said.at[word] += 1
            self._table.enter(node)
        return node

    def path(self, words: Iterable[str]) -> int:
        """The node of a phrase, made if need be."""
        node = 0
        for text in words:
            word = self.word(text)
            node = self.step(node, word) if node else word
        return node

    def is_word(self, node: int) -> bool:
        """Whether the node is a single word."""
        return self._keys.at[node] >= _JOINED

    def is_in_phrase(self, node: int) -> bool:
        """Whether a phrase begins or goes on with this word."""
        return self._said.at[node] > 0 or bool(self._meta.at[node] & 1)

    def leaves(self, node: int) -> tuple[int, ...]:
        """The clauses that end here."""
        leaf = self._meta.at[node] >> 1
        if leaf < 0:
            return tuple(one for (one,) in self._many.entries(-leaf))
        return (leaf,) if leaf else ()

    def attach(self, node: int, leaf: int) -> None:
        """Let a clause end here."""
        self._set(node, (*self.leaves(node), leaf))

    def detach(self, node: int, leaf: int) -> None:
        """Let a clause end here no more."""
        self._set(node, tuple(other for other in self.leaves(node) if other != leaf))
        self._tidy([node])

    @property
    def is_idle(self) -> bool:
        """Whether many words are kept that nobody asks for any more."""
        return len(self._idle) > max(_IDLE_MIN, self._end // 8)

    def sweep(self) -> None:
        """Drop the words that nobody asks for; their numbers will be used for others."""
        while self._idle:
            idle, self._idle = self._idle, []
            for node in idle:
                key = self._keys.at[node]
                if key >= _JOINED and not self._is_used(node):
                    if key >= _WORD:
                        place = key & _LOW
                        del self.words[self._texts[place]]
                        self._texts[place] = ""
                        self._no_texts.append(place)
                        self._keys.at[node] = 0
                        self._free.append(node)
                    else:
                        apart = self._apart.at[node]
                        self._table.leave(node)
                        self._free.append(node)
                        self._said.at[apart] -= 1
                        self._tidy([apart])

    def _tidy(self, nodes: list[int]) -> None:
        """Drop nodes that lead nowhere, and what led only to them; note words for `sweep`."""
        while nodes:
            node = nodes.pop()
            key = self._keys.at[node]
            if not key or self._is_used(node):
                continue
            if key >= _JOINED:
                self._idle.append(node)
                continue
            parent, word = key >> 32, key & _LOW
            self._table.leave(node)
            self._free.append(node)
            self._kids.at[parent] -= 1
            if not self._kids.at[parent]:
                self._meta.at[parent] &= ~1
            self._said.at[word] -= 1
            nodes += (parent, word)

    def _is_used(self, node: int) -> bool:
        return bool(self._meta.at[node] or self._said.at[node])

    def _text(self, node: int) -> str:
        key = self._keys.at[node]
        if key >= _WORD:
            return self._texts[key & _LOW]
        if key >= _JOINED:
            return self._text(self._apart.at[node])
        return self._text(key >> 32) + self._text(key & _LOW)

    def _set(self, node: int, leaves: tuple[int, ...]) -> None:
        meta = self._meta.at[node]
        leaf = meta >> 1
        if leaf < 0:
            self._many.clear(-leaf)
            self._no_many.append(-leaf)
        leaf = leaves[0] if leaves else 0
        if len(leaves) > 1:
            if self._no_many:
                number = self._no_many.pop()
            else:
                number = self._next_many
                self._next_many += 1
                self._many.reach(self._next_many)
            for one in leaves:
                self._many.append(number, one)
            leaf = -number
        self._meta.at[node] = leaf * 2 + (meta & 1)

    def _new(self) -> int:
        if self._free:
            return self._free.pop()
        node = self._end
        self._end += 1
        if self._end > len(self._keys.array):
            for column in self._columns.values():
                column.reach(self._end)
        return node

    def _new_many(self, count: int) -> NDArray[np.int32]:
        split = max(0, len(self._free) - count)
        free = self._free[split:]
        del self._free[split:]
        first = self._end
        self._end += count - len(free)
        for column in self._columns.values():
            column.reach(self._end)
        made = np.arange(first, self._end, dtype=np.int32)
        return np.concatenate((np.array(free, np.int32), made))

    # ------------------------------------------------------------ many at once

    def steps(self, parents: NDArray[np.int64], words: NDArray[np.int64]) -> NDArray[np.int64]:
        """As `step` for each."""
        keys = (parents << _BITS | words).view(np.uint64)
        nodes = self._table.look(keys).astype(np.int64)
        absent = (nodes == 0).nonzero()[0]
        if len(absent):
            _, one, which = np.unique(keys[absent], return_index=True, return_inverse=True)
            one = absent[one]
            made = self._new_many(len(one))
            self._keys.array[made] = keys[one]
            np.add.at(self._kids.array, parents[one], 1)
            self._meta.array[parents[one]] |= 1
            np.add.at(self._said.array, words[one], 1)
            self._table.enter_many(made)
            nodes[absent] = made[which]
        return nodes

    def joined(
        self, texts: Sequence[str], spelled: Sequence[str], apart: NDArray[np.int64]
    ) -> NDArray[np.int64]:
        """As `word` for each, where `spelled` is what the two words at a node of `apart` spell."""
        for text, two in zip(texts, spelled, strict=True):
            if text != two:
                self.word(text)
        nodes = np.array([*map(self.words.get, texts, repeat(0))], np.int64)
        some = (nodes == 0).nonzero()[0]
        keys = np.array([_JOINED | crc32(texts[one].encode()) for one in some.tolist()], np.uint64)
        found, apart = self._table.look(keys), apart[some]
        absent = (found == 0).nonzero()[0]
        if len(absent):
            _, one, which = np.unique(keys[absent], return_index=True, return_inverse=True)
            one = absent[one]
            made = self._new_many(len(one))
            self._keys.array[made] = keys[one]
            self._apart.array[made] = apart[one]
            np.add.at(self._said.array, apart[one], 1)
            self._table.enter_many(made)
            self.grown += len(made)
            self.marks.add_many(keys[one].astype(np.uint32))
            self._surveyed += len(made)
            found[absent] = made[which]
        # Others spell the same, or another text has the same checksum.
        for one in (self._apart.array[found] != apart).nonzero()[0].tolist():
            found[one] = self.word(texts[some[one]], int(apart[one]))
        nodes[some] = found
        return nodes

    def attach_many(self, nodes: NDArray[np.int64], leaves: NDArray[np.int32]) -> None:
        """As `attach` for each."""
        metas = self._meta.array[nodes]
        first = np.zeros(len(nodes), np.bool_)
        first[np.unique(nodes, return_index=True)[1]] = True
        first &= metas >> 1 == 0
        self._meta.array[nodes[first]] = leaves[first] * 2 + (metas[first] & 1)
        for node, leaf in zip(nodes[~first].tolist(), leaves[~first].tolist(), strict=True):
            self.attach(node, leaf)

    def are_words(self, nodes: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Whether each node is a single word."""
        return self._keys.array[nodes] >= np.uint64(_JOINED)

    def look(self, parents: NDArray[np.int64], words: NDArray[np.int64]) -> NDArray[np.int32]:
        """The node of each step; 0 where there is none."""
        steps = parents << _BITS
        steps |= words
        return self._table.look(steps.view(np.uint64))

    def follow(  # in one loop: a call a word costs as much as the word
        self, words: NDArray[np.int64], starts: list[int], metas: list[int]
    ) -> _Met:
        """Where words and phrases begin in a row of words, and their clauses, one by one.

        `starts` are places where something is asked for, `metas` what `meta` says of them.
        """
        row, find, meta_of, said = words.data, self._table.at, self._meta.at, self._said.at
        met: _Met = []
        for start, first in zip(starts, metas, strict=True):
            if first > 1:
                met.append((start, first >> 1))
            elif first < 0:
                met += [(start, clause) for clause in self._many.owners_of(-(first >> 1))]
            if not first & 1:
                continue
            node, place = row[start], start + 1
            while (word := row[place]) and said[word]:  # many words follow nothing anywhere
                node = find(node << _BITS | word)
                if not node:
                    break
                meta = meta_of[node]
                if meta > 1:
                    met.append((start, meta >> 1))
                elif meta < 0:
                    met += [(start, clause) for clause in self._many.owners_of(-(meta >> 1))]
                if not meta & 1:
                    break
                place += 1
        return met

    def meta(self, nodes: NDArray[Any]) -> NDArray[np.int32]:
        """For each node twice the clause that ends there, and 1 more where steps lead on.

        A clause below 0 stands for several, see `several`.
        """
        return self._meta.array.take(nodes)

    def views(self) -> tuple[TableView, NDArray[np.int32], ListsView]:
        """For compiled loops: the steps, what `meta` says of each node, the lists of several."""
        return self._table.view(), self._meta.array, self._many.view()

    def several(self, clauses: NDArray[np.int32]) -> tuple[NDArray[np.int32], NDArray[Any]]:
        """The clauses for which these numbers below 0 stand; and how many up to each."""
        places, ends = self._many.spread(-clauses)
        return self._many.owners(places), ends

    def state(self) -> dict[str, Part]:
        """What a snapshot keeps."""
        columns = {name: column.array[: self._end] for name, column in self._columns.items()}
        texts = [text for text in self._texts if text]
        places = [place for place, text in enumerate(self._texts) if text]
        return {
            **columns,
            **under("many", self._many.state()),
            "slots": self._table.slots,
            "texts": texts,
            "places": np.array(places, np.int32),
            "numbers": [self._end, self._table.count, self._next_many, len(self._texts)],
            "no_many": self._no_many,
        }

    def restore(self, parts: Mapping[str, Part]) -> None:
        """Be as `state` told."""
        for name, column in self._columns.items():
            column.replace(parts[name])
        self._end, self._table.count, self._next_many, count = parts["numbers"]
        self._many.restore(those_under("many", parts))
        self._no_many = parts["no_many"]
        self._table.set_slots(parts["slots"])
        keys = self._keys.array[: self._end]
        used = self._meta.array[: self._end] | self._said.array[: self._end]
        nodes = np.zeros(count, np.int64)
        words = (keys >= _WORD).nonzero()[0]
        nodes[keys[words] & np.uint64(_LOW)] = words
        texts, places = parts["texts"], parts["places"]
        self.words.update(zip(texts, nodes[places].tolist(), strict=True))
        self._texts = [""] * count
        for text, place in zip(texts, places.tolist(), strict=True):
            self._texts[place] = text
        self._no_texts = [place for place, text in enumerate(self._texts) if not text]
        self._free = (keys == 0).nonzero()[0][1:].tolist()  # 0 is no node
        self._idle = ((keys >= _JOINED) & (used == 0)).nonzero()[0].tolist()
        self.grown += 1

    @property
    def _columns(self) -> dict[str, Column]:
        return {
            "keys": self._keys,
            "kids": self._kids,
            "said": self._said,
            "apart": self._apart,
            "meta": self._meta,
        }

    @property
    def nbytes(self) -> int:
        """Bytes of memory, words as Python keeps them."""
        table = (
            self._table.slots.nbytes
            + self.marks.nbytes
            + sum(one.nbytes for one in self._columns.values())
        )
        text = sum(map(len, self.words)) + (49 + 8) * len(self.words)
        return table + text + self.words.__sizeof__() + self._many.nbytes


_BITS: Final = 32
_Met: TypeAlias = list[tuple[int, int]]
