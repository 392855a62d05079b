"""A paper's texts as plain Unicode, within bounds that no real paper comes near.

Reading TeX costs up to 1.4 microseconds a character; with these bounds one entry, however
hostile, is read in under 50 ms, the longest that the event loop may be held.
"""

from __future__ import annotations

import re

from bot.text.clean import tidy
from bot.text.latex import plain

TITLE_CHARS = 1_000
ABSTRACT_CHARS = 8_000
NOTE_CHARS = 1_500
"""Comments and journals. Of 81,409 real papers the longest title has 226 characters, the longest
abstract 4,031, the longest comment 739."""

AUTHORS_MAX = 5_000
NAME_CHARS = 600
"""The longest list of real authors has 3,303, the longest name 512 characters."""

NAMES_TEX_MAX = 2_000
"""Backslashes in all names together; lists with more keep their TeX."""


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
    kept = [name[:NAME_CHARS] for name in raw[:AUTHORS_MAX]]
    read = plain if sum(name.count("\\") for name in kept) <= NAMES_TEX_MAX else tidy
    tidied = (read(name).strip(" ,;") for name in kept)
    return tuple(dict.fromkeys(name for name in tidied if name))


def split_names(line: str) -> tuple[str, ...]:
    """The names of `Ann Lee (MIT, USA), Bo Li`: parted outside of parentheses, no affiliations.

    Where the parentheses do not close, every comma parts: better an affiliation too many than a
    list lost.
    """
    return names(_parted(line) or re.split(r"[(),]", line))


def _read(raw: str, most: int) -> str:
    return plain(raw) if len(raw) <= most else f"{plain(raw[:most])} …"


def _parted(line: str) -> list[str]:
    """The parts without what their parentheses hold; none when these do not close."""
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
