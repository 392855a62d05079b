"""A tree back into the one canonical text, which parses to the same tree."""

from __future__ import annotations

import re
from typing import Final, assert_never

from bot.query.ast import (
    And,
    Author,
    Category,
    Exact,
    Has,
    IdIs,
    Node,
    Not,
    Or,
    Prefix,
    SeenIn,
    Since,
    TextField,
    TypeIs,
    Until,
    Upvotes,
    Words,
)

_OPERATORS: Final = frozenset({"OR", "AND", "NOT", "ANDNOT"})
_PLAIN_NAME: Final = re.compile(r"[^\W_][\w.'’\u2010\u2011-]*")
_PLAIN_ID: Final = re.compile(r"[\w./:;<>+_-]+")


def show(tree: Node) -> str:
    """Implicit AND, OR in capitals, a minus for NOT, long field names, brackets where needed."""
    match tree:
        case Or(parts):
            return " OR ".join(show(part) for part in parts)
        case And(parts):
            return " ".join(_bracketed(part, Or) for part in parts)
        case Not(part):
            return "-" + _bracketed(part, Or | And)
        case _:
            return _leaf(tree)


def _bracketed(tree: Node, loose: object) -> str:
    text = show(tree)
    return f"({text})" if isinstance(tree, loose) else text  # type: ignore[arg-type]  # a union of classes


def _leaf(leaf: Node) -> str:  # noqa: C901, PLR0911, PLR0912  # one line for each kind
    match leaf:
        case Words(field, _, typed):
            return _prefixed(field) + _word(typed)
        case Exact(field, _, _, typed):
            return f"{_prefixed(field)}={_word(typed)}"
        case Prefix(field, _, _, _, typed):
            return _prefixed(field) + typed
        case Author(name):
            return "author:" + _quoted_unless(_PLAIN_NAME.fullmatch(name) is not None, name)
        case Category(_, primary, typed):
            return f"cat:{'=' if primary else ''}{_word(typed)}"
        case SeenIn(source):
            return "source:" + _word(source)
        case TypeIs(announced):
            return f"type:{announced}"
        case Has(feature):
            return f"has:{feature}"
        case Upvotes(comparison, count):
            return f"upvotes:{comparison}{count}"
        case IdIs(paper_id):
            name = paper_id.partition(":")[2]
            return "id:" + _quoted_unless(_PLAIN_ID.fullmatch(name) is not None, name)
        case Since(day, days_ago):
            return f"since:{day or f'{days_ago}d'}"
        case Until(day, days_ago):
            return f"until:{day or f'{days_ago}d'}"
        case Or() | And() | Not():
            raise AssertionError("not a leaf")
        case _:
            assert_never(leaf)


def _prefixed(field: TextField) -> str:
    return f"{field}:" if field else ""


def _word(typed: str) -> str:
    return _quoted_unless(" " not in typed, typed)


def _quoted_unless(is_plain: bool, text: str) -> str:
    return text if is_plain and text not in _OPERATORS else f'"{text}"'
