"""The tokens of a query, checked for what the grammar cannot say; refusals with their place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.query.ast import Span
from bot.query.fault import Fault, quoted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lark import Token

LEVELS_MAX: Final = 16
WORDS_MAX: Final = 64
_VALUES: Final = frozenset({"WORD", "STRING", "EXACT_STRING", "ID"})
_LONG_DASHES: Final = "‒–—―"
_FITTING: Final = "a word, a “phrase”, a field such as title: or an opening bracket"


def span_of(token: Token) -> Span:
    """Where a token stands."""
    start = token.start_pos or 0
    return Span(start, token.end_pos or start)


def check(tokens: Sequence[Token]) -> None:
    """Quotes and brackets in pairs, each minus where it means NOT, at most LEVELS_MAX levels."""
    before: Token | None = None
    opened: list[tuple[Token, int]] = []
    base = level = values = 0
    for token in tokens:
        _check_alone(token, before)
        values += token.type in _VALUES
        if values > WORDS_MAX:  # each has a word at least: no need to read them all
            raise too_many_words(span_of(token))
        match token.type:
            case "MINUS" | "NOT" | "_ANDNOT":
                level += 1
            case "LPAR":
                opened.append((token, base))
                base = level = level + 1
            case "RPAR":
                if not opened:
                    raise Fault("This bracket closes none that was opened.", span_of(token))
                level = base = opened.pop()[1]
            case "FIELD":
                pass
            case _:
                level = base
        if level > LEVELS_MAX:
            message = f"Brackets and NOTs stand more than {LEVELS_MAX} deep here."
            raise Fault(message, span_of(token))
        before = token
    if opened:
        raise Fault("The bracket that opens here is never closed.", span_of(opened[-1][0]))


def too_many_words(span: Span) -> Fault:
    """The refusal of the first word too many."""
    return Fault(f"A query has at most {WORDS_MAX} words; this is one more.", span)


def _check_alone(token: Token, before: Token | None) -> None:
    if token.type == "OPEN_QUOTE":
        raise Fault("The quote that opens here is never closed.", span_of(token))
    if token.type == "DASHES":
        raise Fault("Two minus signs; a single one means NOT: -robotics.", span_of(token))
    if token.type == "MINUS" and before is not None:
        _check_minus(token, before)
    if token.type == "WORD" and token[0] in _LONG_DASHES and len(token) > 1:
        message = (
            f"{quoted(token[0])} is a dash; to exclude what follows, type a minus: -robotics."
        )
        raise Fault(message, span_of(token))


def _check_minus(token: Token, before: Token) -> None:
    if before.type == "FIELD":
        raise Fault("The minus goes before the field, as in -title:survey.", span_of(token))
    if before.end_pos == token.start_pos and before.type not in ("LPAR", "_PIPE"):
        raise Fault("To exclude what follows, put a space before this minus.", span_of(token))


def misfit(found: Token, before: Token | None) -> Fault:
    """What to say when a value was due and something else came ($END: the query's end)."""
    if found.type == "$END" and before is None:
        return Fault(f"The query is empty. Type {_FITTING}.", Span(0, 0))
    if before is not None and before.type == "FIELD":
        return Fault(
            f"{quoted(before.strip())} needs a value after it"
            + ("." if found.type == "$END" else f", but {quoted(found)} follows.")
            + (" To look for the word, put it in quotes." if found.isalpha() else ""),
            span_of(before),
        )
    if found.type == "$END":
        return Fault(
            f"The query ends after {_name(before)}, where {_FITTING} is due.", _at(before)
        )
    if found.type == "RPAR" and before is not None and before.type == "LPAR":
        return Fault(
            "There is nothing between these brackets.", Span(_at(before).start, _at(found).end)
        )
    place = f"after {_name(before)}" if before is not None else "at the start"
    return Fault(
        f"Found {quoted(found)} {place}, where {_FITTING} would fit."
        + (" To look for the word itself, put it in quotes." if found.isalpha() else ""),
        span_of(found),
    )


def _name(token: Token | None) -> str:
    return quoted(token.strip()) if token is not None else "nothing"


def _at(token: Token | None) -> Span:
    return span_of(token) if token is not None else Span(0, 0)
