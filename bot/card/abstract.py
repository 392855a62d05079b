"""Cutting an abstract at a sentence, so that an alert fits one phone screen."""

from __future__ import annotations

import re
import unicodedata

ABSTRACT_MAX = 300
"""Characters: six or seven lines of a phone."""

_END = re.compile(r"""[.!?]["'”’)\]]*(?=\s+["'“‘(\[]*[^\W_a-z])|[。！？]""")
_ABBREVIATIONS = frozenset(
    "al approx ca cf dr e.g eg eq eqs ex fig figs i.e ie mr mrs ms no nos p pp prof ref refs resp "  # noqa: SIM905 - a column of forty words reads worse
    "sec secs st tab vol viz vs w.r.t wrt".split()
)


def cut_abstract(text: str, size_max: int = ABSTRACT_MAX) -> str:
    """The first sentences that fit into `size_max` characters.

    A first sentence that is longer ends at a word and an ellipsis.
    """
    if len(text) <= size_max:
        return text
    ends = [end for end in _sentence_ends(text[: size_max + 40]) if end <= size_max]
    return text[: ends[-1]] if ends else clip(text, size_max)


def clip(text: str, size_max: int) -> str:
    """The text, or its first words and an ellipsis, in at most `size_max` characters.

    A single word that is too long is cut inside, but never between a letter and its accent.
    """
    if len(text) <= size_max:
        return text
    head = text[: size_max - 1]
    if not text[size_max - 1].isspace():
        at = head.rfind(" ")
        head = head[:at] if at > 0 else _whole_letters(head, text[size_max - 1])
    return head.rstrip(" ,;:-–—") + "…"


def _whole_letters(head: str, following: str) -> str:
    while head and unicodedata.combining(following):
        head, following = head[:-1], head[-1]
    return head


def _sentence_ends(text: str) -> list[int]:
    return [found.end() for found in _END.finditer(text) if not _abbreviated(text, found.start())]


def _abbreviated(text: str, at: int) -> bool:
    """Whether the full stop at `at` belongs to an abbreviation or an initial ("K. He")."""
    if text[at] != ".":
        return False
    word = text[text.rfind(" ", 0, at) + 1 : at].lstrip("([\"'“‘")
    return word.casefold() in _ABBREVIATIONS or (
        len(word) == 1 and word.isalpha() and word.isupper()
    )
