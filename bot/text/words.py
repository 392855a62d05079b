"""Words of a text, and the one form under which text and query meet (QUERY.md, rules 2 to 6)."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

from bot.text.clean import MARK, level_marks
from bot.text.forms import fold_form

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence


class Token(NamedTuple):
    """One word of a text.

    `folded` is what is compared, `raw` the word as written (NFKC, accents and case kept),
    `start` and `end` its place in the text that was given, in code points. `joined`: a hyphen
    ties it to the next token.
    """

    folded: str
    raw: str
    start: int
    end: int
    joined: bool


COMPOUND_PARTS_MAX: Final = 8
"""Parts of a hyphenated run that are read as one word: bounds what `a-a-a-…` can cost."""

_MEMO_CHARACTERS_MAX: Final = 48
_MEMO_WORDS_MAX: Final = 100_000
"""About 15 MB; a year of arXiv has some 400,000 forms, most of them seen once."""

_LONG: Final = 32
"""Characters of a text worth remembering: a title, an abstract, no name. 256 are some 5 MB."""

_HYPHENS: Final = "-\u2010\u2011"
_WORD: Final = re.compile(
    rf"""
    (                                             # 1: the word
        (?<![^\W_])[^\W\d_](?:\+\+(?![^\W\d_]|\+)|\#(?![^\W_]|\#))    # C++, C#
      | [^\W_](?:[^\W_]|{MARK})*
    )
    (?:['’][sS](?![^\W_]))?                       # Hinton's
    ([{_HYPHENS}](?=[^\W_]))?                     # 2: the hyphen that ties it to the next
    """,
    re.VERBOSE,
)
"""Says everything; the quicker ways below are for texts without C++, C# and loose marks."""

_UNICODE_RUN: Final = re.compile(rf"[^\W_]+(?:[{_HYPHENS}][^\W_]+)*")
_ASCII_RUN: Final = bytes(c if chr(c).isalnum() or c == ord("-") else 32 for c in range(128))
_ASCII_TABLE: Final = _ASCII_RUN + bytes(128)
_POSSESSIVE: Final = re.compile(r"(?<=[^\W_])['’][sS](?![^\W_])")
_POSSESSIVES: Final = re.compile(r"['’][sS]['’][sS]")
_HYPHEN: Final = re.compile(f"[{_HYPHENS}]")


def tokens(text: str) -> tuple[Token, ...]:
    """The words of a text in their order.

    Long texts of late are remembered: whoever asks about a paper after the first (search, a
    card's reason, muted words) finds its words read.
    """
    return _of_late(text) if len(text) >= _LONG else _read(text)


@lru_cache(maxsize=256)
def _of_late(text: str) -> tuple[Token, ...]:
    return _read(text)


def _read(text: str) -> tuple[Token, ...]:
    normal = text if text.isascii() else unicodedata.normalize("NFKC", text)
    found = _tokens(normal)
    if normal == text:
        return tuple(found)
    place = _places(text, normal)
    return tuple(
        token._replace(start=place(token.start, False), end=place(token.end, True))
        for token in found
    )


def forms(text: str) -> tuple[list[str], list[int]]:
    """The words as written, and the indices of those that a hyphen ties to the next.

    Says the same as `tokens` without places, in a third of the time: for matchers.
    """
    normal = text if text.isascii() else unicodedata.normalize("NFKC", text)
    if _is_odd(normal):
        found = _scan(normal)
        return [token.raw for token in found], [i for i, token in enumerate(found) if token.joined]
    return _split(_POSSESSIVE.sub("", normal) if _has_apostrophe(normal) else normal)


def fold(raw: str) -> str:
    """The form under which a word as written is compared: `GPUs` gives `gpu`."""
    known = _folded.get(raw)
    return _fold_new(raw) if known is None else known


def bare(raw: str) -> str:
    """A word without accents and case, spelling and number kept: what a prefix meets."""
    return raw.lower() if raw.isascii() else _bare(raw)


def compounds(words: Sequence[Token]) -> Iterator[tuple[int, int, str, str]]:
    """Neighbouring parts of hyphenated runs, written together.

    Gives (first, last_exclusive, folded, raw).
    `pre-training-free` gives pretraining, pretrainingfree and trainingfree; at most
    COMPOUND_PARTS_MAX parts are joined.
    """
    count = len(words)
    for first, token in enumerate(words):
        if not token.joined:
            continue
        raw = token.raw
        for last in range(first + 1, min(count, first + COMPOUND_PARTS_MAX)):
            raw += words[last].raw
            yield first, last + 1, fold(raw), raw
            if not words[last].joined:
                break


_folded: dict[str, str] = {}


def _fold_new(raw: str) -> str:
    folded = fold_form(raw, bare(raw))
    if len(raw) <= _MEMO_CHARACTERS_MAX:
        if len(_folded) >= _MEMO_WORDS_MAX:
            _folded.clear()
        _folded[raw] = folded
    return folded


def _tokens(normal: str) -> list[Token]:
    if _is_odd(normal):
        return _scan(normal)
    text = normal
    if _has_apostrophe(normal):
        text = _POSSESSIVE.sub("  ", normal)
        if any(f"  {hyphen}" in text for hyphen in _HYPHENS):  # Newton's-method: it still ties
            return _scan(normal)
    raws, tied = _split(text)
    found: list[Token] = []
    known, find, make = _folded.get, text.find, tuple.__new__
    end = 0
    for raw in raws:  # between one word and the next stand no words: the first find is the place
        start = find(raw, end)
        end = start + len(raw)
        found.append(make(Token, (known(raw) or _fold_new(raw), raw, start, end, False)))
    for i in tied:
        found[i] = found[i]._replace(joined=True)
    return found


def _split(text: str) -> tuple[list[str], list[int]]:
    """Words and ties of a text that has no possessives and is not odd."""
    if text.isascii():
        runs = text.encode().translate(_ASCII_TABLE).decode().split()
    else:
        runs = _UNICODE_RUN.findall(text)
    if _HYPHEN.search(text) is None:
        return runs, []
    raws: list[str] = []
    tied: list[int] = []
    for run in runs:
        if run.isalnum():
            raws.append(run)
            continue
        parts = _HYPHEN.split(run)
        for part, after in zip(parts, [*parts[1:], ""], strict=True):
            if part:
                if after:
                    tied.append(len(raws))
                raws.append(part)
    return raws, tied


def _is_odd(normal: str) -> bool:
    """Whether only the full expression tells the words: C++, C#, loose marks, a's's."""
    return (
        "++" in normal
        or "#" in normal
        or level_marks(normal) != normal
        or MARK in normal
        or (_has_apostrophe(normal) and _POSSESSIVES.search(normal) is not None)
    )


def _has_apostrophe(text: str) -> bool:
    return "'" in text or "’" in text


def _scan(normal: str) -> list[Token]:
    found = []
    for word in _WORD.finditer(level_marks(normal)):
        start, end = word.span(1)
        raw = normal[start:end]
        found.append(Token(fold(raw), raw, start, end, word[2] is not None))
    return found


def _places(text: str, normal: str) -> Callable[[int, bool], int]:
    """From a place in the NFKC form to one in the text; inside a cluster, its start or its end."""
    clusters = _clusters(text, fine=True)
    pieces = [unicodedata.normalize("NFKC", text[a:b]) for a, b in clusters]
    if "".join(pieces) != normal:  # composition across starters (Hangul jamo): cut at ASCII only
        clusters = _clusters(text, fine=False)
        pieces = [unicodedata.normalize("NFKC", text[a:b]) for a, b in clusters]
    starts, at = [], 0
    for piece in pieces:
        starts.append(at)
        at += len(piece)

    def place(index: int, is_end: bool) -> int:
        cluster = bisect_right(starts, index - 1 if is_end else index) - 1
        return clusters[cluster][1 if is_end else 0]

    return place


def _clusters(text: str, *, fine: bool) -> list[tuple[int, int]]:
    """Stretches that normalise alone: no ASCII character composes with what precedes."""
    cuts = [
        i
        for i, c in enumerate(text)
        if i == 0 or c.isascii() or (fine and not unicodedata.combining(c))
    ]
    return list(zip(cuts, [*cuts[1:], len(text)], strict=True))


_LETTERS: Final = str.maketrans(
    {"ø": "o", "Ø": "O", "ł": "l", "Ł": "L", "đ": "d", "Đ": "D", "ð": "d", "Ð": "D"}
    | {"ħ": "h", "Ħ": "H", "ŧ": "t", "Ŧ": "T", "ı": "i", "æ": "ae", "Æ": "AE"}
    | {"œ": "oe", "Œ": "OE", "þ": "th", "Þ": "TH"}
)
"""Letters that people type without their stroke, and that Unicode does not take apart."""

_ACCENTS: Final = re.compile(
    "[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]+"
)


@lru_cache(maxsize=4096)
def _bare(raw: str) -> str:
    apart = _ACCENTS.sub("", unicodedata.normalize("NFKD", raw).translate(_LETTERS))
    return unicodedata.normalize("NFKC", apart.casefold())
