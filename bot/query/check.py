"""What a query that reads well may still lack, and what to ask back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, assert_never

from bot.query.ast import (
    And,
    Author,
    Category,
    Comparison,
    Exact,
    Feature,
    Has,
    IdIs,
    Leaf,
    Node,
    Not,
    Or,
    Prefix,
    SeenIn,
    Since,
    TypeIs,
    Until,
    Upvotes,
    Words,
)
from bot.query.categories import ARCHIVES, CLASSES, is_known, spelling
from bot.query.fault import quoted
from bot.query.fields import KNOWN_SOURCES, SUPPLIERS, nearest

if TYPE_CHECKING:
    from collections.abc import Iterator

_NEAREST_MAX: Final = 3
"""Unknown categories for which the nearest one is looked up; a slip has one or two."""


def leaves(tree: Node) -> Iterator[Leaf]:
    """The leaves from left to right."""
    match tree:
        case Or(parts) | And(parts):
            for part in parts:
                yield from leaves(part)
        case Not(part):
            yield from leaves(part)
        case _:
            yield tree


def empty_match(tree: Node) -> Node | None:
    """The part that would match a paper with none of the words; None when nothing would."""
    if not _holds_for_nothing(tree):
        return None
    if isinstance(tree, Or):
        return next(part for part in tree.parts if _holds_for_nothing(part))
    return tree


def _holds_for_nothing(tree: Node) -> bool:
    match tree:
        case Or(parts):
            return any(_holds_for_nothing(part) for part in parts)
        case And(parts):
            return all(_holds_for_nothing(part) for part in parts)
        case Not(part):
            return not _holds_for_nothing(part)
        case Upvotes(comparison, count):
            return _holds_at_zero(comparison, count)
        case _:
            return False


def _holds_at_zero(comparison: Comparison, count: int) -> bool:
    match comparison:
        case Comparison.AT_LEAST | Comparison.EQUAL:
            return count == 0
        case Comparison.LESS:
            return count > 0
        case Comparison.AT_MOST:
            return True
        case Comparison.MORE:
            return False
        case _:
            assert_never(comparison)


def tree_warnings(tree: Node, sources: frozenset[str]) -> list[str]:
    """What the query asks for and will hardly find, each once, in the order of the query."""
    found: dict[str, None] = {}
    strangers = 0
    for leaf in leaves(tree):
        field = _supplied_field(leaf)
        if field and sources and not (sources - KNOWN_SOURCES or sources & SUPPLIERS[field]):
            found[_no_supplier(field, sources)] = None
        if isinstance(leaf, SeenIn) and leaf.source not in sources:
            found[_no_source(leaf.source, sources)] = None
        if isinstance(leaf, Category) and not is_known(leaf.code) and strangers < _NEAREST_MAX:
            strangers += 1
            found[_no_category(leaf.code)] = None
    return list(found)


def _supplied_field(leaf: Leaf) -> str | None:
    match leaf:
        case Category():
            return "cat"
        case TypeIs():
            return "type"
        case Upvotes():
            return "upvotes"
        case Words(field) | Prefix(field) | Exact(field):
            return str(field) if field in SUPPLIERS else None
        case Has(feature):
            return None if feature is Feature.CODE else f"has:{feature}"
        case Author() | IdIs() | SeenIn() | Since() | Until():
            return None
        case _:
            assert_never(leaf)


def _no_supplier(field: str, sources: frozenset[str]) -> str:
    asked = field if ":" in field else f"{field}:"
    return (
        f"No watched source gives {asked} ({', '.join(sorted(SUPPLIERS[field]))} would); "
        f"watched: {', '.join(sorted(sources))}."
    )


def _no_source(source: str, sources: frozenset[str]) -> str:
    near = nearest(source, sources)
    return (
        f"No source {quoted(source)} is watched"
        + (f" (watched: {', '.join(sorted(sources))})." if sources else ".")
        + (f" Did you mean source:{near}?" if near else "")
    )


def _no_category(code: str) -> str:
    near = nearest(code, [known.lower() for known in (*CLASSES, *ARCHIVES)])
    return f"No source is known to use the category {quoted(code)}." + (
        f" Did you mean cat:{spelling(near)}?" if near else ""
    )
