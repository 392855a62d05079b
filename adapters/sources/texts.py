"""A paper's texts as plain Unicode, within bounds that no real paper comes near.

Reading TeX costs up to 1.4 microseconds a character, and a hyphen as much as seven words when the
text is matched; with these bounds one entry, however hostile, is read and matched in under 50 ms,
the longest that the event loop may be held.
"""

from __future__ import annotations

import re
import unicodedata
from itertools import islice
from typing import TYPE_CHECKING

from bot.text.clean import tidy
from bot.text.latex import plain

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

TITLE_CHARS = 1_000
ABSTRACT_CHARS = 8_000
NOTE_CHARS = 1_500
"""Comments and journals. Of 81,409 real papers the longest title has 226 characters, the longest
abstract 4,031, the longest comment 739."""

AUTHORS_MAX = 5_000
NAME_CHARS = 600
"""The longest list of real authors has 3,303, the longest name 512 characters."""

NAMES_CHARS = 80_000
NAMES_WORDS = 12_000
"""Of all names together; the longest real list has 41,524 characters and 6,787 words. Who stands
behind them is left out."""

NAMES_TEX_MAX = 600
"""Backslashes and dollars in all names together; lists with more keep their TeX."""

CATEGORIES_MAX = 100
"""Classes of one paper; the most that a real one has is 8."""

WORDS_MAX = 1_500
"""Words of one text; an abstract of 4,000 characters has about 650."""

HYPHENS_MAX = 150
"""Hyphens in one text that tie words together; of 81,409 real abstracts none has over 60."""

NAMES_HYPHENS_MAX = 4_000
"""In all names together: every author of the longest list may have one."""

_WORD = re.compile(r"\w+")
_HYPHEN = re.compile("[-\u2010\u2011]")
_WIDENED_MAX = 18
"""Characters that one becomes when it is normalised, at the most: the word U+FDFA."""


def title(raw: str) -> str:
    """A title; "" for none."""
    return _read(raw, TITLE_CHARS)


def abstract(raw: str) -> str:
    """An abstract; "" for none."""
    return _read(raw, ABSTRACT_CHARS)


def note(raw: str) -> str | None:
    """A comment or a journal; None for none."""
    return _read(raw, NOTE_CHARS) or None


def names(raw: list[str]) -> tuple[str, ...]:
    """Authors' names, each once, in order; empty ones are dropped."""
    kept = list(_within([name[:NAME_CHARS] for name in raw[:AUTHORS_MAX]]))
    read = (
        plain
        if sum(name.count("\\") + name.count("$") for name in kept) <= NAMES_TEX_MAX
        else tidy
    )
    tidied = [_narrow(read(name).strip(" ,;"), NAME_CHARS) for name in kept]
    if sum(len(_HYPHEN.findall(name)) for name in tidied) > NAMES_HYPHENS_MAX:
        tidied = [_HYPHEN.sub(" ", name) for name in tidied]
    return tuple(dict.fromkeys(name for name in tidied if name))


def categories(found: Sequence[str]) -> tuple[str, ...]:
    """Classes in their order, each once."""
    return tuple(dict.fromkeys(found))[:CATEGORIES_MAX]


def split_names(line: str) -> tuple[str, ...]:
    """The names of `Ann Lee (MIT, USA), Bo Li`: parted outside of parentheses, no affiliations.

    Where the parentheses do not close, every comma parts: better an affiliation too many than a
    list lost.
    """
    return names(_parted(line) or re.split(r"[(),]", line))


def _read(raw: str, most: int) -> str:
    read = _narrow(plain(raw[:most]), most)
    after = next(islice(_WORD.finditer(read), WORDS_MAX, None), None)
    is_cut = len(raw) > most or after is not None
    read = read[: after.start()].rstrip() if after is not None else read
    if len(read) - len(_HYPHEN.sub("", read)) > HYPHENS_MAX:
        parts = _HYPHEN.split(read, HYPHENS_MAX)
        parts[-1] = _HYPHEN.sub(" ", parts[-1])
        read = "-".join(parts)
    return f"{read} …" if is_cut else read


def _narrow(text: str, most: int) -> str:
    """The text; cut where its words, normalised, are longer than any text of that length."""
    if text.isascii() or len(text) * _WIDENED_MAX <= most:
        return text
    wide = len(unicodedata.normalize("NFKC", text))
    return text if wide <= 2 * most else text[: most * len(text) // wide]


def _within(names: list[str]) -> Iterator[str]:
    """The names as far as all of them together are within bounds."""
    chars, words = NAMES_CHARS, NAMES_WORDS
    for name in names:
        chars -= len(name)
        words -= len(_WORD.findall(name))
        if chars < 0 or words < 0:
            return
        yield name


def _parted(line: str) -> list[str]:
    """The parts without what their parentheses hold; none when these do not close."""
    if line.count("(") > line.count(")"):
        return []
    parts: list[list[str]] = [[]]
    depth = 0
    for piece in re.split(r"([(),])", line):
        if piece == "(":
            depth += 1
        elif piece == ")":
            depth = max(0, depth - 1)
        elif depth:
            continue
        elif piece == ",":
            parts.append([])
        else:
            parts[-1].append(piece)
    return ["".join(part) for part in parts] if depth == 0 else []
