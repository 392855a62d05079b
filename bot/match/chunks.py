"""Taking a text apart at what can only part words, so that each piece is read by itself.

Says the same as bot.match.texts, which reads every text anew and keeps the places.
"""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Final, NamedTuple

from bot.text.words import COMPOUND_PARTS_MAX, compounds, forms, tokens

if TYPE_CHECKING:
    from collections.abc import Iterator


class Words(NamedTuple):
    """The words of a chunk as written; runs first..last (exclusive) of them written together."""

    raws: tuple[str, ...]
    joined: tuple[tuple[int, int, str], ...] = ()


def read_chunk(chunk: str) -> Words:
    """The words of a chunk; there may be none."""
    normal = chunk if chunk.isascii() else unicodedata.normalize("NFKC", chunk)
    parts = _without_possessive(normal).split("-")
    if all(map(str.isalnum, parts)):  # no marks, no C++: nothing but words and what ties them
        return Words(tuple(parts), tuple(_written_together(parts)))
    raws, tied = forms(chunk)
    if not tied:
        return Words(tuple(raws))
    runs = compounds(tokens(chunk))
    return Words(tuple(raws), tuple((first, last, raw) for first, last, _, raw in runs))


def _without_possessive(chunk: str) -> str:
    if chunk[-2:] in _POSSESSIVES:
        return chunk[:-2]
    return chunk[:-1] if chunk[-1:] == "'" else chunk


def _written_together(parts: list[str]) -> Iterator[tuple[int, int, str]]:
    """What bot.text.words.compounds says of parts that are all tied, in a tenth of the time."""
    for first, part in enumerate(parts):
        spelled = part
        for last in range(first + 1, min(len(parts), first + COMPOUND_PARTS_MAX)):
            spelled += parts[last]
            yield first, last + 1, spelled


def parted(text: str) -> bytes:
    """The text in UTF-8, spaces between its chunks: what can only part words becomes a space."""
    if text.isascii():
        return text.encode().translate(_SPACES)
    for sign in _SIGNS:
        text = text.replace(sign, " ")
    return text.encode("utf-8", "surrogatepass").translate(_SPACES)


_POSSESSIVES: Final = ("'s", "'S", "’s", "’S")
_SIGNS: Final = "“”„–—…×≤≥→"
_PARTS: Final = {c for c in map(chr, range(128)) if not c.isalnum() and c not in "-'+#"}
_SPACES: Final = bytes(32 if chr(c) in _PARTS else c for c in range(256))
