"""The tree of a stored query, read in a tenth of the time where its text is of a common shape.

Equal to what bot.query.parse gives, but for spans, which are not set: a matcher needs none. Words,
phrases, prefixes, =exact ones, the fields that people use most, AND, OR, NOT and brackets are read
here as they stand in the canonical form; whatever is not surely known goes to the full parser.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from bot.query.ast import (
    And,
    Announced,
    Author,
    Category,
    Exact,
    Feature,
    Has,
    Not,
    Or,
    Prefix,
    Query,
    SeenIn,
    Slot,
    Span,
    TextField,
    TypeIs,
    Words,
)
from bot.query.categories import spelling
from bot.query.check import empty_match
from bot.query.leaf import PREFIX_MIN
from bot.query.parse import CHARACTERS_MAX, Use, parse
from bot.text.words import fold

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from bot.query.ast import Leaf, Node

_NOWHERE: Final = Span(0, 0)
_LEAVES_MAX: Final = 24
_WORDS_MAX: Final = 40
"""Both far below what a query may have: near the bounds the full parser says what is refused."""
_LEVELS_MAX: Final = 4

_ATOM: Final = re.compile(
    r"(-?)(?:(\()|(?:([a-z]+):)?(=?)"
    r'(?:([A-Za-z0-9][A-Za-z0-9.-]*\*?)|"([A-Za-z0-9][A-Za-z0-9 .-]*)")(?=[ )]|$))'
)
"""A minus, then a bracket that opens, or: a field, =, and a word or a phrase, up to its end."""
_CLAUSE: Final = re.compile(
    r"(?<![^ ])-?(?:[a-z]+:)?=?"
    r'(?:[A-Za-z0-9][A-Za-z0-9.-]*\*?|"[A-Za-z0-9][A-Za-z0-9 .-]*")(?= |$)'
)
"""An atom that is no bracket. It is tried where a word begins, not at each of its letters."""
_PHRASE: Final = re.compile(r'"[A-Za-z0-9]+(?: [A-Za-z0-9]+)+"')
_PLAIN: Final = re.compile(
    r"(?!(?:OR|AND|NOT|ANDNOT)$)[A-Za-z0-9]{1,50}|"
    r'"[A-Za-z0-9]{1,50}(?: [A-Za-z0-9]{1,50}){1,15}"'
)
"""What is read as the words it shows; longer ones are left to the full parser."""
_RUNS: Final = re.compile(r"[A-Za-z0-9]+(?:-[A-Za-z0-9]+)*(?: [A-Za-z0-9]+(?:-[A-Za-z0-9]+)*)*")
_NAME: Final = re.compile(r"[A-Za-z]+(?:-[A-Za-z]+)*\.?(?: [A-Za-z]+(?:-[A-Za-z]+)*\.?)*")
_CODE: Final = re.compile(r"[A-Za-z]+(?:-[A-Za-z]+)*(?:\.[A-Za-z]+(?:-[A-Za-z]+)*)?")
_OPERATORS: Final = frozenset({"OR", "AND", "NOT", "ANDNOT"})


class _Unsure(Exception):  # noqa: N818 - no fault: the full parser is asked
    """The text has something that is not read here."""


def tree_of(text: str) -> Node | None:
    """What a subscription's query asks for; None for a text that is no query."""
    tree = quick_tree(text)
    if tree is not None:
        return tree
    query = parse(text, Use.SUBSCRIPTION)
    return query.tree if isinstance(query, Query) else None


def quick_tree(text: str) -> Node | None:
    """The tree of a text that is surely known; None where the full parser has to read it."""
    if len(text) > CHARACTERS_MAX or not text.isascii():
        return None
    if text.isalnum() and text not in _OPERATORS:
        return Words(TextField.ANY, (Slot((fold(text),)),), text, _NOWHERE)
    if _PHRASE.fullmatch(text) and text.count(" ") < _WORDS_MAX // 2:
        return _plain_phrase(TextField.ANY, text[1:-1])
    return _read(text)


def are_plain(texts: Iterable[str]) -> list[bool]:
    """Which of these clauses are one plain word, or a phrase of some in quotation marks."""
    return [found is not None for found in map(_PLAIN.fullmatch, texts)]


class Clauses(NamedTuple):
    """The clauses of a query as written: all of `wanted`, or any, and none of `unwanted`."""

    wanted: list[str]
    unwanted: list[str]
    is_any: bool


def clauses_of(text: str) -> Clauses | None:
    """The clauses of a query that needs no tree; None for any other. None of them is read yet."""
    if len(text) > CHARACTERS_MAX or text.count(" ") + text.count("-") >= _WORDS_MAX:
        return None
    found = _CLAUSE.findall(text)
    if " ".join(found) != text:
        return None
    if "OR" in found:
        wanted = found[::2]
        is_any = found[1::2] == ["OR"] * (len(wanted) - 1) and "-" not in {
            one[0] for one in wanted
        }
        return Clauses(wanted, [], is_any) if is_any else None
    unwanted = [one[1:] for one in found if one[0] == "-"]
    wanted = [one for one in found if one[0] != "-"] if unwanted else found
    return Clauses(wanted, unwanted, is_any=False)


def _read(text: str) -> Node | None:
    reading = _Reading(text)
    try:
        tree = reading.any(0)
    except _Unsure:
        return None
    if reading.at < len(text) or (reading.has_not and empty_match(tree) is not None):
        return None
    return tree


class _Reading:
    """How far a text is read."""

    __slots__ = ("at", "has_not", "leaves", "text", "words")

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.leaves = self.words = 0
        self.has_not = False

    def any(self, level: int) -> Node:
        """Up to the end or a bracket that closes."""
        text = self.text
        found = [self._all(level)]
        while text.startswith(" OR ", self.at):
            self.at += 4
            found.append(self._all(level))
        if len(found) == 1:
            return found[0]
        if any(isinstance(one, Or) for one in found):
            raise _Unsure
        return Or(tuple(found), _NOWHERE)

    def _all(self, level: int) -> Node:
        text = self.text
        found = [self._one(level)]
        while text.startswith(" ", self.at) and not text.startswith(" OR ", self.at):
            self.at += 1
            found.append(self._one(level))
        if len(found) == 1:
            return found[0]
        if any(isinstance(one, And) for one in found):
            raise _Unsure
        return And(tuple(found), _NOWHERE)

    def _one(self, level: int) -> Node:
        atom = _ATOM.match(self.text, self.at)
        if atom is None:
            raise _Unsure
        minus, bracket, field, exact, word, phrase = atom.groups()
        self.at = atom.end()
        node: Node
        if bracket:
            if level == _LEVELS_MAX:
                raise _Unsure
            node = self.any(level + 1)
            if not self.text.startswith(")", self.at):
                raise _Unsure
            self.at += 1
        else:
            node = self._leaf(field or "", exact, word, phrase)
        if not minus:
            return node
        if isinstance(node, Not):
            raise _Unsure
        self.has_not = True
        return Not(node, _NOWHERE)

    def _leaf(self, field: str, exact: str, word: str | None, phrase: str | None) -> Leaf:
        self.leaves += 1
        value = word if word is not None else phrase or ""
        self.words += 1 + value.count(" ") + value.count("-")
        if self.leaves > _LEAVES_MAX or self.words > _WORDS_MAX or word in _OPERATORS:
            raise _Unsure
        other = _OTHERS.get(field)
        if other is not None:
            return other(value, exact)
        text_field = _TEXT.get(field)
        if text_field is None:
            raise _Unsure
        if word is not None and word.endswith("*"):
            return _prefix(text_field, word[:-1], exact)
        return _text(text_field, value, exact)


def _text(field: TextField, value: str, exact: str) -> Leaf:
    if value.isalnum():
        if exact:
            return Exact(field, (value,), (), value, _NOWHERE)
        return Words(field, (Slot((fold(value),)),), value, _NOWHERE)
    if not _RUNS.fullmatch(value):
        raise _Unsure
    if not exact and "-" not in value:
        return _plain_phrase(field, value)
    runs = [run.split("-") for run in value.split(" ")]
    if exact:
        ties = [place < len(run) - 1 for run in runs for place in range(len(run))]
        raws = tuple([part for run in runs for part in run])
        return Exact(field, raws, tuple(ties[:-1]), value, _NOWHERE)
    return Words(field, tuple([_slot(run) for run in runs]), value, _NOWHERE)


def _plain_phrase(field: TextField, value: str) -> Words:
    """Words without hyphens, two or more; a pair counts as hyphenated (QUERY.md, rule 7)."""
    words = value.split(" ")
    if len(words) == 2:  # noqa: PLR2004 - rule 7
        return Words(field, (_slot(words),), value, _NOWHERE)
    return Words(field, tuple([Slot((fold(word),)) for word in words]), value, _NOWHERE)


def _slot(parts: list[str]) -> Slot:
    if len(parts) == 1:
        return Slot((fold(parts[0]),))
    return Slot(tuple([fold(part) for part in parts]), fold("".join(parts)))


def _prefix(field: TextField, word: str, exact: str) -> Prefix:
    parts = word.split("-")
    if exact or len(parts[-1]) < PREFIX_MIN or not all(part.isalnum() for part in parts):
        raise _Unsure
    head = tuple([fold(part) for part in parts[:-1]])
    return Prefix(field, head, parts[-1].lower(), "".join(parts).lower(), f"{word}*", _NOWHERE)


def _author(value: str, exact: str) -> Author:
    if exact or not _NAME.fullmatch(value):
        raise _Unsure
    return Author(value, _NOWHERE)


def _category(value: str, exact: str) -> Category:
    if not _CODE.fullmatch(value):
        raise _Unsure
    code = value.lower()
    return Category(code, bool(exact), spelling(code), _NOWHERE)


def _source(value: str, exact: str) -> SeenIn:
    if exact or not value.isalnum():
        raise _Unsure
    return SeenIn(value.lower(), _NOWHERE)


def _type(value: str, exact: str) -> TypeIs:
    if exact or value not in _ANNOUNCED:
        raise _Unsure
    return TypeIs(_ANNOUNCED[value], _NOWHERE)


def _has(value: str, exact: str) -> Has:
    if exact or value not in _FEATURES:
        raise _Unsure
    return Has(_FEATURES[value], _NOWHERE)


_TEXT: Final = {str(field): field for field in TextField}
_ANNOUNCED: Final = {str(one): one for one in Announced}
_FEATURES: Final = {str(one): one for one in Feature}
_OTHERS: Final[Mapping[str, Callable[[str, str], Leaf]]] = {
    "author": _author,
    "cat": _category,
    "source": _source,
    "type": _type,
    "has": _has,
}
