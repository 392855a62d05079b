"""A text that a person typed becomes a query, or the reason why it is none. Never raises."""

from __future__ import annotations

from enum import StrEnum
from importlib.resources import files
from typing import TYPE_CHECKING, Final

from lark import Lark, Token, Tree, UnexpectedToken
from lark.lark import PostLex

from bot.query.ast import Author, Exact, Node, Prefix, Query, QueryError, Since, Span, Until, Words
from bot.query.build import build
from bot.query.check import empty_match, leaves, tree_warnings
from bot.query.fault import Fault
from bot.query.hint import hints
from bot.query.show import show
from bot.query.stream import WORDS_MAX, check, misfit, too_many_words
from bot.text.clean import tidy

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lark.parsers.lalr_interactive_parser import InteractiveParser

    from bot.query.ast import Leaf

CHARACTERS_MAX: Final = 1024
SOURCES: Final = frozenset({"arxiv", "huggingface"})


class Use(StrEnum):
    """What a query is for: `since:` and `until:` belong to search."""

    SUBSCRIPTION = "subscription"
    SEARCH = "search"


def parse(
    text: str, use: Use = Use.SUBSCRIPTION, sources: frozenset[str] = SOURCES
) -> Query | QueryError:
    """Read a query; `sources` are those that are watched, for the warnings.

    The text of the result is the one line that its spans count in.
    """
    line = tidy(text[: 2 * CHARACTERS_MAX]).translate(_SIGNS)
    if len(text) > CHARACTERS_MAX:
        return QueryError(
            _too_long(len(text)), Span(min(CHARACTERS_MAX, len(line)), len(line)), line
        )
    try:
        return _parse(line, use, sources)
    except Fault as fault:
        return QueryError(fault.message, fault.span, line)


def _parse(line: str, use: Use, sources: frozenset[str]) -> Query:
    reading = _LARK.parse_interactive(line)
    lexer = reading.lexer_thread  # the parser's own: Lark.lex would build another one each time
    tokens = list(lexer.lex(reading.parser_state))  # type: ignore[no-untyped-call]  # lark's gap
    check(tokens)
    tree = build(_read(reading, tokens))
    canonical = show(tree)
    _refuse(tree, canonical, use)
    return Query(line, tree, canonical, (*hints(tokens), *tree_warnings(tree, sources)))


# Curly quotes are quotes, and NFKC makes plain signs of the wide ones that some keyboards type.
_SIGNS: Final = str.maketrans("“”„‟＂（）：｜＆－＝＊＜＞", '"""""():|&-=*<>')


def _read(reading: InteractiveParser, tokens: list[Token]) -> Tree[Token]:
    before = None
    try:
        for token in tokens:
            reading.feed_token(token)
            before = token
        tree: Tree[Token] = reading.feed_eof(before)  # type: ignore[no-untyped-call]  # lark's gap
    except UnexpectedToken as error:
        raise misfit(error.token, before) from None
    return tree


def _refuse(tree: Node, canonical: str, use: Use) -> None:
    """What reads well and is no query all the same."""
    if len(canonical) > CHARACTERS_MAX:
        raise Fault(_too_long(len(canonical), " when written out"), tree.span)
    words = 0
    for leaf in leaves(tree):
        words += _word_count(leaf)
        if words > WORDS_MAX:
            raise too_many_words(leaf.span)
        if use is Use.SUBSCRIPTION and isinstance(leaf, Since | Until):
            raise Fault(
                "since: and until: are for search; a subscription looks at new papers only.",
                leaf.span,
            )
    part = empty_match(tree)
    if part is not None:
        raise Fault(
            "This would also match papers that have nothing of what the query names. "
            "Add something that must be there, such as “vision -robotics”.",
            part.span,
        )


def _word_count(leaf: Leaf) -> int:
    match leaf:
        case Words(_, slots):
            return sum(len(slot.parts) for slot in slots)
        case Prefix(_, head):
            return len(head) + 1
        case Exact(_, words):
            return len(words)
        case Author(name):
            return len(name.split())
        case _:
            return 1


def _too_long(count: int, how: str = "") -> str:
    return f"The query has {count:,} characters{how}; {CHARACTERS_MAX:,} are the most."


class _Keep(PostLex):
    """Keeps the terminals that only stream.check knows."""

    always_accept = ("DASHES", "OPEN_QUOTE")

    def process(self, stream: Iterator[Token]) -> Iterator[Token]:
        return stream


# At import: building takes longer than any query may.
_LARK: Final = Lark(
    files(__package__).joinpath("grammar.lark").read_text(encoding="utf-8"),
    parser="lalr",
    lexer="basic",
    start="start",
    postlex=_Keep(),
    maybe_placeholders=False,
)
