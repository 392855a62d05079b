"""The contenders: each takes the same wishes in its own syntax and gives numbers for a paper.

All start from a paper's text and end with the numbers of its subscriptions, in whatever they give
(an array, a list). What each does of paperwire's language:

- **paperwire**: all of it: word forms, hyphens, accents, initials of authors. By compiled loops
  where numba is installed (the extra `fast`), else by numpy.
- **mokaccino** does not read text and knows no phrases: it gets each paper's distinct words in
  lower case, those pairs and triples of neighbours that some subscription asks for (with all of
  them it is two to three times slower), title words, authors' names as written in lower case,
  classes and archives. Words meet as they stand, so that it finds less.
- **regex loop**: a pattern a clause, searched one after the other, as most alert scripts do.
- **token-set loop**: the paper's words and asked pairs and triples once, a look-up a clause.
"""

from __future__ import annotations

import re
import tempfile
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol

import mokaccino
from workload import tree

from bot.app.compiling import compiled_loops
from bot.match.index import Index

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from drawing import Clause, Wish

    from bot.match.views import Loops
    from bot.model.paper import Paper

BATCH: Final = 16
_WORD: Final = re.compile(r"[^\W_]+")


class Engine(Protocol):
    """A contender. `prepare` sees all wishes before the first is added, uncounted."""

    def prepare(self, wishes: Iterable[Wish]) -> None:
        """Collect what reading a paper for these needs, beside the engine proper."""

    def made(self, wish: Wish) -> Any:
        """The query as the engine takes it."""

    def add(self, number: int, query: Any) -> None:
        """Match it from now on."""

    def match(self, papers: Sequence[Paper]) -> Sequence[Sequence[int]]:
        """The numbers for each paper; `size` papers are given at once."""

    size: int


class Numpy:
    """The index without numba, one paper at a time."""

    size = 1

    def __init__(self) -> None:
        self.index = Index()

    def prepare(self, wishes: Iterable[Wish]) -> None:
        """Let the memo of word forms fill: it belongs to the reading of text."""
        for wish in wishes:
            tree(wish)

    def made(self, wish: Wish) -> Any:
        """A tree."""
        return tree(wish)

    def add(self, number: int, query: Any) -> None:
        """To the index."""
        self.index.add(number, query)

    def match(self, papers: Sequence[Paper]) -> Sequence[Sequence[int]]:
        """Arrays."""
        return [self.index.match(papers[0])]  # type: ignore[list-item]  # an array will do


class NumpyBatch(Numpy):
    """The index without numba, papers as they come in bursts."""

    size = BATCH

    def match(self, papers: Sequence[Paper]) -> Sequence[Sequence[int]]:
        """Arrays."""
        return self.index.match_many(papers)  # type: ignore[return-value]  # arrays will do


class Paperwire(Numpy):
    """The index with compiled loops, one paper at a time."""

    def __init__(self) -> None:
        self.index = Index(loops())


class PaperwireBatch(NumpyBatch):
    """The index with compiled loops, papers as they come in bursts."""

    def __init__(self) -> None:
        self.index = Index(loops())


def loops() -> Loops:
    """The loops, compiled before anything is measured."""
    folder = Path(tempfile.gettempdir()) / "paperwire-bench" / "compiled"
    return compiled_loops(folder)


class Grams:
    """The pairs and triples of words that are asked for, and how a paper is read for them."""

    def __init__(self) -> None:
        self._asked: set[str] = set()

    def prepare(self, wishes: Iterable[Wish]) -> None:
        """Note what is asked for."""
        for wish in wishes:
            for clause in (*wish.clauses, *wish.without):
                if clause.kind == "text" and len(clause.words) > 1:
                    self._asked.add(clause.text)

    def read(self, paper: Paper) -> tuple[set[str], set[str]]:
        """What stands in the title or the abstract; the title's words."""
        title, abstract = _words(paper.title), _words(paper.abstract)
        grams: set[str] = set()
        for words in (title, abstract):
            grams.update(map(" ".join, pairwise(words)))
            grams.update(map(" ".join, zip(words, words[1:], words[2:], strict=False)))
        return {*title, *abstract, *(grams & self._asked)}, set(title)


class Mokaccino:
    """The percolator in Rust."""

    size = 1

    def __init__(self) -> None:
        self._percolator = mokaccino.Percolator()
        self._grams = Grams()
        self.prepare = self._grams.prepare

    def made(self, wish: Wish) -> Any:
        """A query of mokaccino."""
        parts = [_moka(clause) for clause in wish.clauses]
        join = mokaccino.Query.from_or if wish.how == "or" else mokaccino.Query.from_and
        query = parts[0] if len(parts) == 1 else join(parts)
        for clause in wish.without:
            query &= ~_moka(clause)
        return query

    def add(self, number: int, query: Any) -> None:
        """To the percolator."""
        self._percolator.add_query_id(query, number)

    def match(self, papers: Sequence[Paper]) -> Sequence[Sequence[int]]:
        """A list."""
        paper = papers[0]
        texts, title = self._grams.read(paper)
        document = mokaccino.Document()
        add = document.add_value
        for value in texts:
            add("text", value)
        for value in title:
            add("title", value)
        for author in paper.authors:
            add("author", author.lower())
        for code in _codes(paper):
            add("class", code)
        found: list[int] = self._percolator.percolate_list(document)
        return [found]


def _moka(clause: Clause) -> mokaccino.Query:
    if clause.kind == "prefix":
        return mokaccino.Query.from_kprefix("text", clause.text)
    return mokaccino.Query.from_kv(clause.kind, clause.text.lower())


class Regexes:
    """A compiled pattern a clause."""

    size = 1

    def __init__(self) -> None:
        self._all: list[tuple[int, _Compiled]] = []

    def prepare(self, wishes: Iterable[Wish]) -> None:
        """Nothing."""

    def made(self, wish: Wish) -> Any:
        """Patterns, each with the place to search."""
        return (
            any if wish.how == "or" else all,
            [(clause.kind, _pattern(clause)) for clause in wish.clauses],
            [(clause.kind, _pattern(clause)) for clause in wish.without],
        )

    def add(self, number: int, query: Any) -> None:
        """To the list."""
        self._all.append((number, query))

    def match(self, papers: Sequence[Paper]) -> Sequence[Sequence[int]]:
        """A list."""
        paper = papers[0]
        title = paper.title
        text = f"{title}\n{paper.abstract}"
        place = {
            "text": text,
            "prefix": text,
            "title": title,
            "author": "\n".join(paper.authors),
            "class": "\n".join(_codes(paper)),
        }
        return [
            [
                number
                for number, (how, wanted, unwanted) in self._all
                if how(pattern.search(place[kind]) for kind, pattern in wanted)
                and not any(pattern.search(place[kind]) for kind, pattern in unwanted)
            ]
        ]


_Patterns = list[tuple[str, re.Pattern[str]]]
_Compiled = tuple["Callable[[Iterable[object]], bool]", _Patterns, _Patterns]


def _pattern(clause: Clause) -> re.Pattern[str]:
    if clause.kind in {"author", "class"}:
        return re.compile(rf"^{re.escape(clause.text)}$", re.IGNORECASE | re.MULTILINE)
    words = r"[\W_]+".join(map(re.escape, clause.words))
    return re.compile(rf"\b{words}" + ("" if clause.kind == "prefix" else r"\b"), re.IGNORECASE)


class TokenSets:
    """A look-up a clause in the set of what the paper has."""

    size = 1

    def __init__(self) -> None:
        self._grams = Grams()
        self.prepare = self._grams.prepare
        self._all: list[tuple[int, tuple[str, ...], bool, str]] = []
        self._stems: list[tuple[int, str]] = []

    def made(self, wish: Wish) -> Any:
        """Marked texts: `title:word`."""
        wanted = tuple(map(_marked, wish.clauses))
        unwanted = _marked(wish.without[0]) if wish.without else ""
        stem = wish.clauses[0].text if wish.clauses[0].kind == "prefix" else ""
        return stem, wanted, wish.how == "or", unwanted

    def add(self, number: int, query: Any) -> None:
        """To a list."""
        stem, wanted, is_or, unwanted = query
        if stem:
            self._stems.append((number, stem))
        else:
            self._all.append((number, wanted, is_or, unwanted))

    def match(self, papers: Sequence[Paper]) -> Sequence[Sequence[int]]:
        """A list."""
        paper = papers[0]
        texts, title = self._grams.read(paper)
        joined = "\n".join(("", *texts))
        has = texts
        has.update(f"title:{word}" for word in title)
        has.update(f"author:{author.lower()}" for author in paper.authors)
        has.update(f"class:{code}" for code in _codes(paper))
        found = [
            number
            for number, wanted, is_or, unwanted in self._all
            if (
                wanted[0] in has
                if len(wanted) == 1
                else not has.isdisjoint(wanted)
                if is_or
                else has.issuperset(wanted)
            )
            and unwanted not in has
        ]
        found += [number for number, stem in self._stems if f"\n{stem}" in joined]
        return [found]


def _marked(clause: Clause) -> str:
    kind = clause.kind
    return clause.text if kind == "text" else f"{kind}:{clause.text.lower()}"


def _codes(paper: Paper) -> set[str]:
    """The classes and archives of a paper, in lower case."""
    codes = {code.lower() for code in paper.categories}
    return codes | {code.partition(".")[0] for code in codes}


def _words(text: str) -> list[str]:
    return _WORD.findall(text.lower())


ENGINES: Final[dict[str, type[Engine]]] = {
    "paperwire": Paperwire,
    f"paperwire, {BATCH} at once": PaperwireBatch,
    "paperwire without numba": Numpy,
    f"paperwire without numba, {BATCH} at once": NumpyBatch,
    "mokaccino 0.9.1": Mokaccino,
    "token-set loop": TokenSets,
    "regex loop": Regexes,
}
