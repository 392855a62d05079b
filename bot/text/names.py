"""Whether two spellings can be one author's name (QUERY.md, rule 10)."""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from typing import Final, NamedTuple

from bot.text.words import bare

_PARTICLES: Final = "de del della da dos di du la le van von der den ter al el bin ibn"
_IGNORED: Final = frozenset([*_PARTICLES.split(), "jr", "sr", "ii", "iii", "iv"])
SUFFIXES: Final = frozenset({"jr", "sr", "ii", "iii", "iv"})
"""Last words that are no family name."""

_TIES: Final = frozenset("'’`-\u2010\u2011")
_ASCII: Final = {
    place: "" if c in _TIES else " "
    for place, c in enumerate(map(chr, range(128)))
    if not c.isalnum()
}
"""What `_words` does with each ASCII character that is not of a word."""


class Name(NamedTuple):
    """A name as it is compared, without particles. `given` is empty when none was written."""

    family: str
    given: str


def agrees(asked: str, author: str) -> bool:
    """Whether the name asked for can be this author's."""
    return same_person(read_name(asked), read_name(author))


def same_person(asked: Name, author: Name) -> bool:
    """Equal family names, and first given names that are equal or agree as an initial."""
    if not asked.family or asked.family != author.family:
        return False
    if not asked.given or not author.given or asked.given == author.given:
        return True
    shorter, longer = sorted((asked.given, author.given), key=len)
    return len(shorter) == 1 and longer.startswith(shorter)


@lru_cache(maxsize=1 << 16)
def read_name(name: str) -> Name:
    """Take a name apart: the family name is the last word, or what stands before a comma."""
    return plain_name(name) or _read(name)


def plain_name(name: str) -> Name | None:
    """What `read_name` gives of a name that is nothing but words of ASCII, without remembering it.

    None for others. Of the authors that come by, most are such, and most are new.
    """
    if not name.isascii() or not name.replace(" ", "").isalpha():
        return None
    words = name.lower().split()
    if not _IGNORED.isdisjoint(words):
        return None
    return Name(words[-1], words[0] if len(words) > 1 else "")


def _read(name: str) -> Name:
    before, comma, after = name.partition(",")
    family, given = _words(before), _words(after)
    if comma and family and any(word not in SUFFIXES for word in given):
        return Name(" ".join(_telling(family)), _given(given))
    words = _telling(family or given)
    return Name(words[-1], words[0] if len(words) > 1 else "") if words else Name("", "")


def _words(text: str) -> list[str]:
    """Words folded, hyphens and apostrophes inside a word joined: Xiao-Ming is xiaoming."""
    if text.isascii():
        return text.lower().translate(_ASCII).split()
    normal = unicodedata.normalize("NFKC", text)
    apart = "".join("" if c in _TIES else c if _is_of_word(c) else " " for c in normal)
    return [bare(word) for word in apart.split()]


def _is_of_word(character: str) -> bool:
    return character.isalnum() or unicodedata.category(character)[0] == "M"


def _telling(words: list[str]) -> list[str]:
    """Without suffixes and particles. The last word stays: in *Quoc Le* it is the family name."""
    named = [word for word in words if word not in SUFFIXES] or words
    return [word for word in named[:-1] if word not in _IGNORED] + named[-1:]


def _given(words: list[str]) -> str:
    return next((word for word in words if word not in _IGNORED), "")
