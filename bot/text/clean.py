"""Text from outside as one line of visible characters: nothing hidden, nothing reversed."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left, bisect_right
from typing import Final

MARK: Final = "\u0301"
"""What `level_marks` writes for every combining mark."""

_MARKS_MAX: Final = 4
_HIDDEN: Final = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\xad\u061c\u115f\u1160\u180b-\u180f\u200b-\u200f"
    "\u202a-\u202e\u2060-\u206f\u3164\ud800-\udfff\ufe00-\ufe0f\ufeff\uffa0\ufff0-\uffff"
    "\ufdd0-\ufdef\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]+"
)
"""Controls, zero widths, bidi marks, fillers, variation selectors, tags, surrogates."""

_PILE: Final = re.compile(f"(?<={MARK}{{{_MARKS_MAX}}}){MARK}+")


def tidy(text: str) -> str:
    """One line, NFC, single spaces, at most four marks on a letter, nothing invisible."""
    if text.isascii() and text.isprintable():
        return " ".join(text.split())
    seen = _HIDDEN.sub("", text).replace("\u2800", " ")
    if not seen.isascii():
        seen = _low(unicodedata.normalize("NFC", seen))
    return " ".join(seen.split())


def places(text: str, start: int, end: int) -> tuple[int, int]:
    """The stretch of the text as typed that tidy's [start, end) came from."""

    def kept(index: int) -> int:
        return len(tidy(f"{text[:index]}|")) - 1

    ends = range(len(text) + 1)
    first = bisect_right(ends, start, key=kept) - 1
    last = bisect_left(ends, end, key=kept)
    return first, max(first, min(last, len(text)))


def level_marks(text: str) -> str:
    """The text with every combining mark as MARK, each at its place."""
    if text.isascii():
        return text
    marks = [c for c in set(text) if c > "\x7f" and unicodedata.category(c)[0] == "M"]
    return text.translate({ord(c): MARK for c in marks}) if marks else text


def _low(text: str) -> str:
    """Without the marks that pile up beyond four."""
    kept, at = [], 0
    for pile in _PILE.finditer(level_marks(text)):
        kept.append(text[at : pile.start()])
        at = pile.end()
    return "".join([*kept, text[at:]]) if at else text
