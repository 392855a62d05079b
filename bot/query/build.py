"""What lark has read becomes our tree."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from bot.query.ast import And, Node, Not, Or, Span
from bot.query.fault import Fault, quoted
from bot.query.fields import FIELDS, nearest
from bot.query.leaf import Value, read_leaf

if TYPE_CHECKING:
    from collections.abc import Iterable

from lark import Token, Tree

Read: TypeAlias = Tree[Token] | Token


def build(tree: Tree[Token]) -> Node:
    """The tree of a query that the grammar has accepted. Raises Fault."""
    return _node(tree.children[0], "")


def _node(read: Read, field: str) -> Node:  # noqa: PLR0911  # one line for each rule
    assert not isinstance(read, Token), read  # noqa: S101  # the grammar wraps every token
    parts = read.children
    match str(read.data):
        case "any":
            return disjunction(_node(part, field) for part in parts)
        case "all":
            return conjunction(_node(part, field) for part in parts)
        case "without":
            return negation(_node(parts[0], field), _reach(read))
        case "negated":
            return negation(_node(parts[1], field), Span(_start(parts[0]), _reach(read).end))
        case "group":
            return _node(parts[1], field)
        case "fielded":
            return _node(parts[2], _field(parts[0], field))
        case "clause":
            return read_leaf(_field(parts[0], field), _value(parts[1], _start(parts[0])))
        case "paper_id":
            return read_leaf(_field(parts[0], field), _id_value(parts[0]))
        case _:
            return read_leaf(field, _value(parts[0], _start(parts[0])))


def disjunction(parts: Iterable[Node]) -> Node:
    """One of the parts; an Or in an Or is spread out."""
    spread = [p for part in parts for p in (part.parts if isinstance(part, Or) else (part,))]
    return spread[0] if len(spread) == 1 else Or(tuple(spread), _around(spread))


def conjunction(parts: Iterable[Node]) -> Node:
    """All of the parts; an And in an And is spread out."""
    spread = [p for part in parts for p in (part.parts if isinstance(part, And) else (part,))]
    return spread[0] if len(spread) == 1 else And(tuple(spread), _around(spread))


def negation(part: Node, span: Span) -> Node:
    """The opposite; twice the opposite is the thing itself."""
    return part.part if isinstance(part, Not) else Not(part, span)


def _around(parts: list[Node]) -> Span:
    return Span(parts[0].span.start, parts[-1].span.end)


def _field(read: Read, outer: str) -> str:
    """The canonical name of the field that a FIELD or ID token opens."""
    token = _token(read)
    typed = token.partition(":")[0]
    span = Span(_start(token), _start(token) + len(typed) + 1)
    field = FIELDS.get(typed.lower())
    if field is None:
        raise Fault(_no_field(typed), span)
    if outer:
        raise Fault(f"{quoted(typed + ':')} stands inside the brackets of {outer}:.", span)
    return field


def _no_field(typed: str) -> str:
    near = nearest(typed, FIELDS)
    if typed.lower() in ("http", "https", "arxiv"):
        advice = "To name one paper by its id or link, write id: before it."
    elif near:
        advice = f"Did you mean {FIELDS[near]}:?"
    else:
        advice = f"Fields are {', '.join(dict.fromkeys(FIELDS.values()))}."
    return (
        f"There is no field {quoted(typed + ':')}. {advice} "
        "For the words themselves, put them in quotes."
    )


def _value(read: Read, start: int) -> Value:
    """A value's text and place; `start` is where its field begins."""
    token = _token(read)
    span = Span(start, _end(token))
    is_exact = token.startswith("=")
    text = token[1:] if is_exact else str(token)
    if token.type == "WORD":
        return Value(text, span, is_quoted=False, is_exact=is_exact)
    return Value(text[1:-1], span, is_quoted=True, is_exact=is_exact)


def _id_value(read: Read) -> Value:
    token = _token(read)
    text = token.partition(":")[2].strip()
    return Value(text, Span(_start(token), _end(token)), is_quoted=False, is_exact=False)


def _token(read: Read) -> Token:
    return read if isinstance(read, Token) else _token(read.children[0])


def _start(read: Read) -> int:
    return _token(read).start_pos or 0


def _end(token: Token) -> int:
    return token.end_pos or 0


def _reach(read: Tree[Token]) -> Span:
    found = list(read.scan_values(lambda v: isinstance(v, Token)))
    return Span(_start(found[0]), _end(found[-1]))
