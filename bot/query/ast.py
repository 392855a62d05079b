"""The tree of a query: what a person asked for, and where in the text each part stands.

Spans never count in comparisons: two trees are equal when they ask for the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from dataclasses import field as about
from enum import StrEnum
from typing import TYPE_CHECKING, TypeAlias
from unicodedata import category, east_asian_width

if TYPE_CHECKING:
    from datetime import date


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of text in code points, half open: text[start:end]."""

    start: int
    end: int


class TextField(StrEnum):
    """Where the words of a clause are looked for; ANY is title or abstract."""

    ANY = ""
    TITLE = "title"
    ABSTRACT = "abstract"
    COMMENT = "comment"
    JOURNAL = "journal"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class Slot:
    """One place of a phrase: met by `parts` side by side, or by the one word `joined`.

    A plain word has one part and no `joined`. Parts and `joined` are folded by bot.text.
    """

    parts: tuple[str, ...]
    joined: str | None = None


@dataclass(frozen=True, slots=True)
class Words:
    """A word, a hyphenated word or a phrase: its slots, one after the other inside one field.

    A phrase of two plain words is one slot of two parts (QUERY.md, rule 7).
    """

    field: TextField
    slots: tuple[Slot, ...]
    typed: str = about(compare=False)
    span: Span = about(compare=False)


@dataclass(frozen=True, slots=True)
class Prefix:
    """`diffus*`, `pre-train*`: `head` side by side, then a word that begins with `stem`.

    Also met by one word that begins with `joined` (the head and the stem written together).
    """

    field: TextField
    head: tuple[str, ...]
    stem: str
    joined: str
    typed: str = about(compare=False)
    span: Span = about(compare=False)


@dataclass(frozen=True, slots=True)
class Exact:
    """`=RAG`: the words as written, case and all; `hyphens[i]` ties word i to word i + 1."""

    field: TextField
    words: tuple[str, ...]
    hyphens: tuple[bool, ...]
    typed: str = about(compare=False)
    span: Span = about(compare=False)


@dataclass(frozen=True, slots=True)
class Author:
    """One author's name as typed, tidied; compared by bot.text.names."""

    name: str
    span: Span = about(compare=False)


@dataclass(frozen=True, slots=True)
class Category:
    """`cat:cs.CV`, `cat:cs` (whole archive), `cat:=cs.CV` (primary only). Code in lower case."""

    code: str
    primary: bool
    typed: str = about(compare=False)
    span: Span = about(compare=False)


@dataclass(frozen=True, slots=True)
class SeenIn:
    """`source:huggingface`, in lower case."""

    source: str
    span: Span = about(compare=False)


class Announced(StrEnum):
    """What `type:` can ask for; REPLACE includes replace-cross."""

    NEW = "new"
    CROSS = "cross"
    REPLACE = "replace"


@dataclass(frozen=True, slots=True)
class TypeIs:
    """`type:new`."""

    announced: Announced
    span: Span = about(compare=False)


class Feature(StrEnum):
    """What `has:` can ask for."""

    CODE = "code"
    DOI = "doi"
    JOURNAL = "journal"


@dataclass(frozen=True, slots=True)
class Has:
    """`has:code`."""

    feature: Feature
    span: Span = about(compare=False)


class Comparison(StrEnum):
    """How `upvotes:` compares."""

    AT_LEAST = ">="
    MORE = ">"
    AT_MOST = "<="
    LESS = "<"
    EQUAL = "="


@dataclass(frozen=True, slots=True)
class Upvotes:
    """`upvotes:>=50`; a paper without a count has 0."""

    comparison: Comparison
    count: int
    span: Span = about(compare=False)


@dataclass(frozen=True, slots=True)
class IdIs:
    """`id:2401.00001`, `doi:10.1/x`: a PaperId as text, `arxiv:…` or `doi:…`."""

    paper_id: str
    span: Span = about(compare=False)


@dataclass(frozen=True, slots=True)
class Since:
    """`since:2026-03-01` or `since:7d`; `days_ago` is resolved with the clock of the search."""

    day: date | None
    days_ago: int | None
    span: Span = about(compare=False)


@dataclass(frozen=True, slots=True)
class Until:
    """`until:2026-03-01` or `until:7d`, inclusive."""

    day: date | None
    days_ago: int | None
    span: Span = about(compare=False)


Leaf: TypeAlias = (
    Words
    | Prefix
    | Exact
    | Author
    | Category
    | SeenIn
    | TypeIs
    | Has
    | Upvotes
    | IdIs
    | Since
    | Until
)


@dataclass(frozen=True, slots=True)
class Not:
    """Holds when `part` does not."""

    part: Node
    span: Span = about(compare=False)


@dataclass(frozen=True, slots=True)
class And:
    """Holds when all parts do; at least two, none of them an And."""

    parts: tuple[Node, ...]
    span: Span = about(compare=False)


@dataclass(frozen=True, slots=True)
class Or:
    """Holds when one part does; at least two, none of them an Or."""

    parts: tuple[Node, ...]
    span: Span = about(compare=False)


Node: TypeAlias = Or | And | Not | Leaf


@dataclass(frozen=True, slots=True)
class Query:
    """A query that parsed: the text as typed, its tree, its canonical form and its warnings."""

    text: str = about(compare=False)
    tree: Node
    canonical: str = about(compare=False)
    warnings: tuple[str, ...] = about(compare=False, default=())


@dataclass(frozen=True, slots=True)
class QueryError:
    """Why a text is no query: a sentence for the person who typed it, and where the fault is."""

    message: str
    span: Span
    text: str

    def caret(self) -> str:
        """The query and a line of carets under the fault, for a fixed-width font."""
        before = self.text[: self.span.start]
        fault = self.text[self.span.start : self.span.end]
        return f"{self.text}\n{' ' * _columns(before)}{'^' * max(1, _columns(fault))}"


def _columns(text: str) -> int:
    """The columns that a text takes in a fixed-width font: wide characters two, marks none."""
    return sum(
        0 if category(c)[0] == "M" else 2 if east_asian_width(c) in "WF" else 1 for c in text
    )
