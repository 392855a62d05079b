"""What is refused as a query, where the caret stands, and in which words."""

from __future__ import annotations

import pytest

from bot.query.ast import Query, QueryError, Span
from bot.query.parse import CHARACTERS_MAX, Use, parse
from bot.query.stream import LEVELS_MAX, WORDS_MAX


def refuse(text: str, use: Use = Use.SUBSCRIPTION) -> QueryError:
    """The error, which must come."""
    error = parse(text, use)
    assert isinstance(error, QueryError), error
    return error


@pytest.mark.parametrize(
    ("text", "fault", "said"),
    [
        ("", "", "empty"),
        ("   \n ", "", "empty"),
        ("-", "", "empty"),
        ("-robotics", "-robotics", "must be there"),
        ("robotics OR -gan", "-gan", "must be there"),
        ("NOT (a b)", "NOT (a b)", "must be there"),
        ("-a -b", "-a -b", "must be there"),
        ("upvotes:<5", "upvotes:<5", "must be there"),
        ("upvotes:>=0", "upvotes:>=0", "must be there"),
        ("upvotes:0", "upvotes:0", "must be there"),
        ("vision OR upvotes:<=5", "upvotes:<=5", "must be there"),
        ("-upvotes:>5", "-upvotes:>5", "must be there"),
        ("-cat:cs.CV", "-cat:cs.CV", "must be there"),
        ("foo:bar", "foo:", "no field “foo:”"),
        ("tittle:x", "tittle:", "Did you mean title:?"),
        ("authors:x", "authors:", "Did you mean author:?"),
        ("keyword:x", "keyword:", "Fields are title, abstract"),
        ("https://arxiv.org/abs/2401.00001", "https:", "write id: before it"),
        ("type:nwe", "type:nwe", "Did you mean type:new?"),
        ("type:foo", "type:foo", "new, cross and replace"),
        ("has:codes", "has:codes", "Did you mean has:code?"),
        ("x ...", "...", "no letter or digit"),
        ('x ""', '""', "no letter or digit"),
        ("title:,", "title:,", "no letter or digit"),
        ("x = y", "=", "no letter or digit"),
        ("ab*", "ab*", "three letters"),
        ("pre-tr*", "pre-tr*", "three letters"),
        ("*", "*", "star"),
        ("a*b", "a*b", "star"),
        ("*diffusion", "*diffusion", "star"),
        ("diffus**", "diffus**", "star"),
        ('"diffus*"', '"diffus*"', "star"),
        ("=diffus*", "=diffus*", "star"),
        ("diffus.*", "diffus.*", "star"),
        ("C++*", "C++*", "star"),
        ("C++<\u0301*", "C++<\u0301*", "star"),
        ("Hinton's*", "Hinton's*", "star"),
        ("au:hint*", "au:hint*", "without = and *"),
        ("au:=He", "au:=He", "without = and *"),
        ("cat:cs.C*", "cat:cs.C*", "not a category"),
        ("cat:cs.CV,cs.LG", "cat:cs.CV,cs.LG", "cat:(cs.CV OR cs.LG)"),
        ("source:=arxiv", "source:=arxiv", "takes no ="),
        ('say "hello', '"', "never closed"),
        ('="hello', '"', "never closed"),
        ("a (b c", "(", "never closed"),
        ("a b)", ")", "closes none"),
        ("()", "()", "nothing between"),
        ("a OR", "OR", "ends after “OR”"),
        ("OR a", "OR", "at the start"),
        ("a OR OR b", "OR", "after “OR”"),
        ("a AND OR b", "OR", "after “AND”"),
        ("a (OR b)", "OR", "after “(”"),
        ("a NOT", "NOT", "ends after “NOT”"),
        ("title:", "title:", "needs a value"),
        ("title: OR b", "title: ", "needs a value"),
        ("title:abs:x", "title:", "needs a value"),
        ("title:(abs:x)", "abs:", "inside the brackets of title:"),
        ("--x", "--", "Two minus signs"),
        ("a --x", "--", "Two minus signs"),
        ("title:-x", "-", "before the field"),
        ('"a"-b', "-", "space before this minus"),
        ("a –b", "–b", "type a minus"),
        ("since:7d x", "since:7d", "for search"),
        ("x until:2026-01-01", "until:2026-01-01", "for search"),
        ("upvotes:many", "upvotes:many", "upvotes:>=50"),
        ("id:foo", "id:foo", "arXiv id or a DOI"),
        ("id:2413.00001", "id:2413.00001", "arXiv id or a DOI"),
    ],
)
def test_a_refusal_names_the_place_and_the_fault(text: str, fault: str, said: str) -> None:
    """The span covers what is wrong; the sentence says what was found and what would fit."""
    error = refuse(text)

    assert error.text[error.span.start : error.span.end] == fault
    assert said in error.message


@pytest.mark.parametrize(
    "text",
    [
        "vision -robotics",
        "vision upvotes:<5",
        "-upvotes:<5",
        "cat:cs.CV -gan",
        "(a OR b) -c",
        "-(-a)",
        "-(-a -b)",
        "upvotes:>0",
        "cat:cs.CV",
        "-(upvotes:<5 OR -a)",
    ],
)
def test_what_needs_something_that_is_there_is_accepted(text: str) -> None:
    """A query that a paper with none of its words does not meet is a query."""
    assert isinstance(parse(text), Query)


@pytest.mark.parametrize("text", ["since:2026-02-30", "since:soon", "until:=7d", "since:20260301"])
def test_a_day_that_is_none_is_refused(text: str) -> None:
    """Only days of the calendar, as 2026-03-01 or 7d."""
    assert "day" in refuse(text, Use.SEARCH).message


@pytest.mark.parametrize(
    ("text", "is_accepted"),
    [
        ("a" * CHARACTERS_MAX, True),
        ("a" * (CHARACTERS_MAX + 1), False),
        ("a" * 1_000_000, False),
        (" ".join(["a"] * WORDS_MAX), True),
        (" ".join(["a"] * (WORDS_MAX + 1)), False),
        ('"' + "a " * WORDS_MAX + '"', True),
        ('"' + "a " * WORDS_MAX + 'a"', False),
        ("a-" * WORDS_MAX + "a", False),
        ("(" * LEVELS_MAX + "a" + ")" * LEVELS_MAX, True),
        ("(" * (LEVELS_MAX + 1) + "a" + ")" * (LEVELS_MAX + 1), False),
        ("NOT " * LEVELS_MAX + "a", True),
        ("NOT " * (LEVELS_MAX + 1) + "a", False),
        ("(" * 500 + "a" + ")" * 500, False),
        ("a " + "(b) " * 30, True),
    ],
    ids=lambda value: f"{value[:4]}…{len(value)}" if isinstance(value, str) else str(value),
)
def test_limits(text: str, is_accepted: bool) -> None:
    """1,024 characters, 64 words, 16 levels: the last is accepted, one more refused."""
    assert isinstance(parse(text), Query) is is_accepted


def test_a_limit_is_said_in_figures() -> None:
    """The sentence says how many there are and how many may be."""
    assert "2,000 characters; 1,024" in refuse("a" * 2000).message
    assert "64 words" in refuse("a " * 65).message
    assert "16 deep" in refuse("(" * 17 + "a" + ")" * 17).message


def test_the_caret_stands_under_the_fault() -> None:
    """White space is folded first, so that the query and the caret are two lines."""
    assert refuse("graph\n\t OR OR nets").caret() == "graph OR OR nets\n         ^^"


def test_the_caret_lines_up_under_wide_characters() -> None:
    """A CJK character takes two columns, a combining mark none."""
    assert refuse("扩散 q\u0301 ab*").caret() == "扩散 q\u0301 ab*\n       ^^^"


def test_the_caret_of_an_empty_query_is_one() -> None:
    """There is always something to see."""
    assert QueryError("x", Span(0, 0), "").caret() == "\n^"


def test_no_message_speaks_of_the_parser() -> None:
    """Terminals and exceptions are not for people."""
    for text in ("a OR", "(", ")", '"', "title:", "OR", "a & ", "x | | y", "NOT )", "(-)"):
        message = refuse(text).message
        assert not any(word in message for word in ("RPAR", "$END", "WORD", "Token", "terminal"))
