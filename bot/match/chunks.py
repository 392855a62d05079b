"""Reading a paper's text fast: what stands between two spaces is read once and remembered.

Says the same as bot.match.texts, which reads every text anew and keeps the places.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple, TypeVar

from bot.text.words import COMPOUND_PARTS_MAX, compounds, forms, tokens

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

MEMO_MAX: Final = 1 << 16
"""Chunks remembered in each of two generations, some 20 MB: those that come back stay."""

_LENGTH_MAX: Final = 64
"""Longer chunks are read each time, so that no paper fills the memory."""

GAP: Final = "\n"
"""A chunk that no text has: put between two texts, so that no phrase crosses."""

_T = TypeVar("_T")


class Memo(dict[str, _T]):
    """What was made of each key, for the keys of late. Ask by `memo[key]`."""

    __slots__ = ("_make", "_older")

    def __init__(self, make: Callable[[str], _T]) -> None:
        self._make = make
        self._older: dict[str, _T] = {}

    def __missing__(self, key: str) -> _T:
        value = self._older[key] if key in self._older else self._make(key)
        if len(key) <= _LENGTH_MAX:
            if len(self) >= MEMO_MAX:
                self._older = dict(self)
                self.clear()
            self[key] = value
        return value

    def forget(self) -> None:
        """Forget all."""
        self._older = {}
        self.clear()


class Words(NamedTuple):
    """The words of a chunk as written; runs first..last (exclusive) of them written together."""

    raws: tuple[str, ...]
    joined: tuple[tuple[int, int, str], ...] = ()


def read_chunk(chunk: str) -> Words:
    """The words of a chunk; none in a GAP."""
    parts = chunk.split("-")
    if chunk.isascii() and all(map(str.isalnum, parts)):
        return Words(tuple(parts), tuple(_written_together(parts)))
    raws, tied = forms(chunk)
    if not tied:
        return Words(tuple(raws))
    runs = compounds(tokens(chunk))
    return Words(tuple(raws), tuple((first, last, raw) for first, last, _, raw in runs))


def _written_together(parts: list[str]) -> Iterator[tuple[int, int, str]]:
    """What bot.text.words.compounds says of parts that are all tied, in a tenth of the time."""
    for first, part in enumerate(parts):
        spelled = part
        for last in range(first + 1, min(len(parts), first + COMPOUND_PARTS_MAX)):
            spelled += parts[last]
            yield first, last + 1, spelled


def split(text: str) -> list[str]:
    """The chunks of a text: what can only part words is taken for a space."""
    if text.isascii():
        return text.translate(_SPACES).split()
    return _APART.sub(" ", text).split()


_PARTS: Final = [c for c in map(chr, range(128)) if not c.isalnum() and c not in "-'+#"]
_SPACES: Final = str.maketrans(dict.fromkeys(_PARTS, " "))
_APART: Final = re.compile(f"[{re.escape(''.join(_PARTS))}“”„–—…×≤≥→]+")
