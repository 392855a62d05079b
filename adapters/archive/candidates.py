"""A query as two FTS5 expressions: papers that it surely matches, and those that it may match.

The matcher confirms what is only possible, so `maybe` must never find too little and `sure` never
too much. What FTS cannot decide (counts, dates, given names) is possible everywhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, assert_never

from bot.query.ast import (
    And,
    Author,
    Category,
    Exact,
    Has,
    IdIs,
    Leaf,
    Node,
    Not,
    Or,
    Prefix,
    SeenIn,
    Since,
    Slot,
    TextField,
    TypeIs,
    Until,
    Upvotes,
    Words,
)
from bot.text.names import read_name
from bot.text.words import tokens

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_COLUMNS = {
    TextField.ANY: ("title", "abstract"),
    TextField.TITLE: ("title",),
    TextField.ABSTRACT: ("abstract",),
    TextField.COMMENT: ("comment",),
    TextField.JOURNAL: ("journal",),
    TextField.ALL: ("title", "abstract", "comment", "journal"),
}
_SPELLINGS_MAX = 16
"""Ways to write one phrase, each an FTS phrase of its own; beyond that its words alone select."""


@dataclass(frozen=True, slots=True)
class Cover:
    """FTS5 MATCH expressions. `sure` None: no paper; `maybe` None: every paper."""

    sure: str | None
    maybe: str | None


def cover(node: Node) -> Cover:
    """What FTS can tell of a query."""
    match node:
        case And(parts=parts):
            return _both(parts)
        case Or(parts=parts):
            covers = [cover(part) for part in parts]
            sure = [one.sure for one in covers if one.sure is not None]
            maybe = [one.maybe for one in covers if one.maybe is not None]
            possible = _any_of(maybe) if len(maybe) == len(covers) else None
            return Cover(_any_of(sure) if sure else None, possible)
        case Not():
            return Cover(None, None)
        case _:
            return _leaf(node)


def _both(parts: Sequence[Node]) -> Cover:
    """All parts at once; FTS knows NOT only behind something."""
    asked = [cover(part) for part in parts if not isinstance(part, Not)]
    refused = [cover(part.part) for part in parts if isinstance(part, Not)]
    sure: str | None = None
    if asked and all(one.sure for one in asked) and all(one.maybe for one in refused):
        sure = _all_of([one.sure for one in asked if one.sure])
        sure = _without(sure, [one.maybe for one in refused if one.maybe])
    known = [one.maybe for one in asked if one.maybe is not None]
    maybe = _all_of(known) if known else None
    if maybe is not None:
        maybe = _without(maybe, [one.sure for one in refused if one.sure is not None])
    return Cover(sure, maybe)


def _leaf(leaf: Leaf) -> Cover:  # noqa: PLR0911 - one a kind of leaf
    match leaf:
        case Words():
            return _words(leaf)
        case Prefix():
            return Cover(None, _prefix(leaf))
        case Exact(field=field, words=words):
            folded = [token.folded for word in words for token in tokens(word)]
            found = [_anywhere(field, word) for word in folded]
            return Cover(None, _all_of(found) if found else None)
        case Author(name=name):
            family = read_name(name).family
            return Cover(None, f"names : {_quoted([family])}" if family else None)
        case Category(code=code, primary=primary):
            found_in = f"categories : {_quoted([code.removesuffix('.*')])}"
            return Cover(None if primary else found_in, found_in)
        case SeenIn(source=source):
            return Cover(None, f"sources : {_quoted([source])}")
        case TypeIs(announced=announced):
            return _exactly(f"announced : {_quoted([announced.value])}")
        case IdIs(paper_id=paper_id):
            return Cover(None, f"ids : {_quoted([paper_id])}")
        case Has() | Upvotes() | Since() | Until():
            return Cover(None, None)
        case _:
            assert_never(leaf)


def of_types(types: Iterable[str]) -> str:
    """Papers announced as one of these types."""
    return _any_of([f"announced : {_quoted([one])}" for one in sorted(types)])


def both(first: str | None, second: str | None) -> str | None:
    """Papers of both expressions, where None is every paper."""
    given = [one for one in (first, second) if one is not None]
    return _all_of(given) if given else None


def outside(expression: str, inside: str) -> str:
    """Papers of the first expression that the second does not find."""
    return _without(expression, [inside])


def _exactly(expression: str) -> Cover:
    return Cover(expression, expression)


def _words(leaf: Words) -> Cover:
    columns, spellings = _COLUMNS[leaf.field], _spellings(leaf.slots)
    sure = [_in(columns, spelling) for spelling in spellings]
    if len(leaf.slots) == 1:
        sure.extend(_in(_hyphenated(columns), [word]) for word in _single(leaf.slots[0])[-1:])
    maybe = [*sure, *_through_compound(leaf.field, leaf.slots)]
    if leaf.field is TextField.ALL:
        maybe.append(_all_of([_slot(leaf.field, slot) for slot in leaf.slots]))
    return Cover(_any_of(sure) if sure else None, _any_of(maybe))


def _spellings(slots: tuple[Slot, ...]) -> list[list[str]]:
    """The runs of plain words that meet the slots; empty when there are too many to list."""
    ways = [
        [slot.parts] if slot.joined is None else [slot.parts, (slot.joined,)] for slot in slots
    ]
    if 2 ** sum(len(way) > 1 for way in ways) > _SPELLINGS_MAX:
        return []
    return [[word for part in chosen for word in part] for chosen in product(*ways)]


def _through_compound(field: TextField, slots: tuple[Slot, ...]) -> Iterable[str]:
    """Phrases of which at least one word stands hyphenated in the text: their words select."""
    columns = _hyphenated(_COLUMNS[field])
    loose = [_slot(field, slot) for slot in slots]
    if not _spellings(slots):
        yield _all_of(loose)
        return
    for number, slot in enumerate(slots):
        if len(slots) == 1 and slot.joined is None:
            return
        hyphenated = _any_of([_in(columns, [word]) for word in _single(slot)])
        yield _all_of([hyphenated, *loose[:number], *loose[number + 1 :]])


def _slot(field: TextField, slot: Slot) -> str:
    parts = _all_of([_anywhere(field, part) for part in slot.parts])
    return parts if slot.joined is None else _any_of([parts, _anywhere(field, slot.joined)])


def _single(slot: Slot) -> tuple[str, ...]:
    """Words of a slot that a hyphenated run may spell; the last one meets the whole slot."""
    return slot.parts if slot.joined is None else (*slot.parts, slot.joined)


def _prefix(leaf: Prefix) -> str:
    columns = _COLUMNS[leaf.field]
    wide = (*columns, *_hyphenated(columns), "authors", "unfolded")
    joined = f"{_in(wide, [leaf.joined])} *"
    if not leaf.head:
        return joined
    heads = [_anywhere(leaf.field, word) for word in leaf.head]
    return _any_of([joined, _all_of([*heads, f"{_in(wide, [leaf.stem])} *"])])


def _anywhere(field: TextField, word: str) -> str:
    columns = _COLUMNS[field]
    more = ("authors",) if field is TextField.ALL else ()
    return _in((*columns, *_hyphenated(columns), *more), [word])


def _hyphenated(columns: Iterable[str]) -> tuple[str, ...]:
    return tuple(f"{column}_runs" for column in columns)


def _in(columns: Iterable[str], words: Iterable[str]) -> str:
    return f"{{{' '.join(columns)}}} : {_quoted(words)}"


def _quoted(words: Iterable[str]) -> str:
    inner = " ".join(words).replace('"', '""')
    return f'"{inner}"'


def _all_of(parts: list[str]) -> str:
    return _joined(parts, " AND ")


def _any_of(parts: list[str]) -> str:
    return _joined(parts, " OR ")


def _without(expression: str, refused: list[str]) -> str:
    for one in refused:
        expression = f"({expression}) NOT ({one})"
    return expression


def _joined(parts: list[str], operator: str) -> str:
    distinct = list(dict.fromkeys(parts))
    return distinct[0] if len(distinct) == 1 else operator.join(f"({part})" for part in distinct)
