"""What looks like a slip although it reads well: the query stands, and the person is asked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.query.fault import quoted
from bot.query.fields import FIELDS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from lark import Token

_OPERATORS: Final = frozenset({"and", "or", "not"})
_ENDS: Final = frozenset({"WORD", "STRING", "EXACT_STRING", "ID", "RPAR"})
_BEGINS: Final = frozenset(
    {"WORD", "STRING", "EXACT_STRING", "ID", "FIELD", "LPAR", "MINUS", "NOT"}
)


def hints(tokens: Sequence[Token]) -> list[str]:
    """`cats and dogs`, `au:Kaiming He`, `au:(Kaiming He)`: one question for each, none twice."""
    return list(dict.fromkeys(_hints(tokens)))


def _hints(tokens: Sequence[Token]) -> Iterator[str]:
    kinds = ["", "", *(token.type for token in tokens), "", ""]
    for i, token in enumerate(tokens):
        before2, before, kind, after, after2 = kinds[i : i + 5]
        if kind != "WORD":
            continue
        if _is_operator(token):
            if after in _BEGINS and (before in _ENDS or (token.value == "not" and not before)):
                yield _meant_operator(token)
        elif after != "WORD" or _is_operator(tokens[i + 1]):
            continue
        elif before == "FIELD" and _is_author(tokens[i - 1]):
            yield _meant_name("the author", "the word", token, tokens[i + 1])
        elif (before2, before, after2) == ("FIELD", "LPAR", "RPAR") and _is_author(tokens[i - 2]):
            yield _meant_name("the author", "the author", token, tokens[i + 1])


def _is_operator(token: Token) -> bool:
    return token.value in _OPERATORS


def _is_author(field: Token) -> bool:
    return FIELDS.get(field.partition(":")[0].lower()) == "author"


def _meant_operator(token: Token) -> str:
    return (
        f"{quoted(token)} in lower case is a word to look for. "
        f"If it was meant as the operator, write {token.upper()}."
    )


def _meant_name(what: str, other: str, one: Token, two: Token) -> str:
    return (
        f"This looks for {what} {quoted(one.strip(','))} and {other} {quoted(two)}. "
        f'If it is one name, write author:"{one} {two}".'
    )
