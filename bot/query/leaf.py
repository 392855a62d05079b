"""A field and a value become a leaf of the tree, or the reason why they cannot."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING, Final, TypeVar

from bot.query.ast import (
    Announced,
    Author,
    Category,
    Comparison,
    Exact,
    Feature,
    Has,
    IdIs,
    Leaf,
    Prefix,
    SeenIn,
    Since,
    Slot,
    Span,
    TextField,
    TypeIs,
    Until,
    Upvotes,
    Words,
)
from bot.query.categories import spelling
from bot.query.fault import Fault, quoted
from bot.query.fields import nearest
from bot.query.ids import paper_id
from bot.text.clean import tidy
from bot.text.latex import plain
from bot.text.words import Token, bare, fold, tokens

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

PREFIX_MIN: Final = 3
_EXAMPLES: Final = {
    "upvotes": "upvotes:>=50",
    "since": "since:2026-03-01 or since:7d",
    "until": "until:2026-03-01 or until:7d",
    "id": "id:2401.00001 or doi:10.1000/xyz123",
}


@dataclass(frozen=True, slots=True)
class Value:
    """A value as typed: `text` without quotes and `=`, where it stood, and how it was written."""

    text: str
    span: Span
    is_quoted: bool
    is_exact: bool

    @property
    def shown(self) -> str:
        """As typed, for a sentence."""
        mark = '"' if self.is_quoted else ""
        return quoted(f"{'=' if self.is_exact else ''}{mark}{self.text}{mark}")


def read_leaf(field: str, value: Value) -> Leaf:
    """The leaf of a canonical field name ("" for none) and a value. Raises Fault."""
    return _READERS[field](field, value)


def _text_leaf(name: str, value: Value) -> Leaf:
    field = TextField(name)
    if "*" in value.text:
        return _prefix(field, value)
    found = _words(value.text)
    if not found:
        raise Fault(f"{value.shown} has no letter or digit to look for.", value.span)
    typed = spell(found)
    if value.is_exact:
        raws = tuple(token.raw for token in found)
        hyphens = tuple(token.joined for token in found[:-1])
        return Exact(field, raws, hyphens, typed, value.span)
    return Words(field, _slots(found), typed, value.span)


def _words(text: str) -> tuple[Token, ...]:
    return tokens(_normal(text))


def _normal(text: str) -> str:
    """NFKC before the words are read: it can pile up marks anew, which tidy then lowers."""
    return tidy(unicodedata.normalize("NFKC", plain(text)))


def spell(words: Sequence[Token]) -> str:
    """The words as written, with their hyphens, and a space where anything else stood."""
    ties = "".join("-" if token.joined else " " for token in words)
    return "".join(token.raw + tie for token, tie in zip(words, ties, strict=True))[:-1]


def _slots(words: Sequence[Token]) -> tuple[Slot, ...]:
    runs: list[list[Token]] = [[]]
    for token in words:
        runs[-1].append(token)
        if not token.joined:
            runs.append([])
    runs.pop()
    if len(words) == len(runs) == 2:  # noqa: PLR2004  # rule 7: two plain words count as hyphenated
        return (_slot(words),)
    return tuple(_slot(run) for run in runs)


def _slot(run: Sequence[Token]) -> Slot:
    joined = fold("".join(token.raw for token in run)) if len(run) > 1 else None
    return Slot(tuple(token.folded for token in run), joined)


def _prefix(field: TextField, value: Value) -> Prefix:
    normal = _normal(value.text.removesuffix("*"))
    found = tokens(normal)
    at_end = value.text.endswith("*") and "*" not in value.text[:-1]
    is_cut = not found or found[-1].end < len(normal) or found[-1].raw[-1] in "+#"
    if value.is_quoted or value.is_exact or not at_end or is_cut:
        raise Fault(
            f"{value.shown} has a star where none can stand: "
            "a star ends a word outside quotes, such as diffus*.",
            value.span,
        )
    stem = bare(found[-1].raw)
    if len(stem) < PREFIX_MIN:
        raise Fault(
            f"{value.shown} is too short: at least three letters stand before a star.", value.span
        )
    return Prefix(
        field=field,
        head=tuple(token.folded for token in found[:-1]),
        stem=stem,
        joined=bare("".join(token.raw for token in found)),
        typed="-".join(token.raw for token in found) + "*",
        span=value.span,
    )


_IN_NAME: Final = frozenset(".,'’-\u2010\u2011")


def _author(_field: str, value: Value) -> Author:
    if value.is_exact or "*" in value.text:
        raise Fault(
            "author: takes a whole name, without = and *: Kaiming He, K. He or He.", value.span
        )
    name = tidy(unicodedata.normalize("NFKC", plain(value.text)))
    tidied = " ".join("".join(c if _is_of_name(c) else " " for c in name).split())
    if not any(c.isalpha() for c in tidied):
        raise Fault(f"{value.shown} has no letter; author: takes a name.", value.span)
    return Author(tidied, value.span)


def _is_of_name(character: str) -> bool:
    return (
        character.isalnum() or character in _IN_NAME or unicodedata.category(character)[0] == "M"
    )


_CODE: Final = re.compile(r"\w[\w.+/-]*( [\w.+/-]+)*")


def _code(value: Value, what: str) -> str:
    code = " ".join(unicodedata.normalize("NFKC", plain(value.text)).casefold().split())
    if not _CODE.fullmatch(code) or not any(c.isalnum() for c in code):
        raise Fault(f"{value.shown} is not {what}.", value.span)
    return code


def _category(_field: str, value: Value) -> Category:
    typed = Value(value.text.removesuffix(".*"), value.span, value.is_quoted, value.is_exact)
    exact = typed.text.removeprefix("=").lstrip()
    primary = value.is_exact or exact != typed.text
    known = "a category, such as cs.CV, or a whole archive, such as cs"
    if "," in exact:
        known += "; several are written cat:(cs.CV OR cs.LG)"
    if "*" in exact:
        raise Fault(f"{value.shown} is not {known}; cs and cs.* are the same.", value.span)
    code = _code(Value(exact, value.span, value.is_quoted, False), known)
    return Category(code, primary, spelling(code), value.span)


def _source(_field: str, value: Value) -> SeenIn:
    _no_equals(value, "source")
    return SeenIn(_code(value, "the name of a source, such as arxiv"), value.span)


_Label = TypeVar("_Label", bound=StrEnum)


def _label(field: str, value: Value, known: type[_Label]) -> _Label:
    _no_equals(value, field)
    typed = plain(value.text).casefold()
    labels = [str(label) for label in known]
    if typed in labels:
        return known(typed)
    near = nearest(typed, labels)
    listed = f"{', '.join(labels[:-1])} and {labels[-1]}"
    raise Fault(
        f"{value.shown} is unknown to {field}:, which takes {listed}."
        + (f" Did you mean {field}:{near}?" if near else ""),
        value.span,
    )


def _no_equals(value: Value, field: str) -> None:
    if value.is_exact:
        raise Fault(f"{field}: takes no =; leave it out.", value.span)


def _type(field: str, value: Value) -> TypeIs:
    return TypeIs(_label(field, value, Announced), value.span)


def _has(field: str, value: Value) -> Has:
    return Has(_label(field, value, Feature), value.span)


_VOTES: Final = re.compile(r"(>=|<=|=>|=<|>|<|=|≥|≤|) ?([0-9]{1,9})")
_SPELLED: Final = {"": ">=", "=>": ">=", "=<": "<=", "≥": ">=", "≤": "<="}


def _upvotes(field: str, value: Value) -> Upvotes:
    typed = ("=" if value.is_exact else "") + value.text
    found = _VOTES.fullmatch(unicodedata.normalize("NFKC", typed).strip())
    if not found:
        raise _unreadable(field, value, "a number")
    sign = found[1]
    return Upvotes(Comparison(_SPELLED.get(sign, sign)), int(found[2]), value.span)


_DAYS: Final = re.compile("([0-9]{1,4})[dD]")
_DATE: Final = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}")


def _day(field: str, value: Value) -> Since | Until:
    typed = unicodedata.normalize("NFKC", value.text).strip()
    ago = None if value.is_exact else _DAYS.fullmatch(typed)
    make = Since if field == "since" else Until
    if ago:
        return make(None, int(ago[1]), value.span)
    if value.is_exact or not _DATE.fullmatch(typed):
        raise _unreadable(field, value, "a day")
    try:
        return make(date.fromisoformat(typed), None, value.span)
    except ValueError:
        raise Fault(f"There is no day {value.shown} in the calendar.", value.span) from None


def _id(field: str, value: Value) -> IdIs:
    found = None if value.is_exact else paper_id(value.text)
    if found is None:
        raise _unreadable(field, value, "an arXiv id or a DOI")
    return IdIs(found, value.span)


def _unreadable(field: str, value: Value, what: str) -> Fault:
    return Fault(
        f"{value.shown} is not {what}. {field}: is written {_EXAMPLES[field]}.", value.span
    )


_READERS: Final[Mapping[str, Callable[[str, Value], Leaf]]] = {
    **{str(field): _text_leaf for field in TextField},
    "author": _author,
    "cat": _category,
    "source": _source,
    "type": _type,
    "has": _has,
    "upvotes": _upvotes,
    "since": _day,
    "until": _day,
    "id": _id,
}
