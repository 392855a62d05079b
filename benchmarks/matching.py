"""Matching: this index, mokaccino (a percolator in Rust) and a regular expression a clause.

`python benchmarks/matching.py [SIZE ...]` prints a Markdown table of papers a second, all in one
run on the same papers. Subscriptions are drawn from the 1- to 3-grams of other papers: 60 % one
term or phrase, 25 % two or three clauses, 10 % with NOT, 5 % a title word or a prefix.

Each contender starts from a paper's text and ends with the ids of its subscriptions. mokaccino
knows no phrases and does not read text: it gets each paper's distinct words in lower case, and
those pairs and triples of words that some subscription asks for (with all of them it is two to
three times slower). It folds no forms and no hyphens, so it does less and finds less.

Times are the processor's, the contenders take turns on three sets of papers, and the median
counts. All see the same warming papers first: what is measured is a bot that has run for a while.
The column "first" is the pace on the first papers after loading.
"""

from __future__ import annotations

import gc
import random  # noqa: TID251  # a benchmark seeds its own
import re
import statistics
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from itertools import islice, pairwise
from typing import TYPE_CHECKING

import mokaccino
from data import machine, paper_files, papers

from bot.match.index import Index
from bot.query.ast import And, Node, Not, Or, Prefix, Slot, Span, TextField, Words
from bot.text.words import bare, fold

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bot.model.paper import Paper

SEED = 20261123
SIZES = (1_000, 10_000, 100_000)
MEASURED = 300
WARMING = 6_000
TELLING = 0.02
"""A single word that more of the papers have is no topic: people ask for it in a phrase."""

_HERE = Span(0, 0)
_WORD = re.compile(r"[^\W_]+")
_STOP_WORDS = """
the a an of and in to for is are we with that this on by as be from which it can or our at these
have has not their its using such also been
"""
_STOP = frozenset(_STOP_WORDS.split())


@dataclass(frozen=True, slots=True)
class Clause:
    """Words side by side; `kind` is text, title or prefix."""

    words: tuple[str, ...]
    kind: str = "text"


@dataclass(frozen=True, slots=True)
class Asked:
    """A subscription before anyone's syntax: clauses joined by `how`, none of `without`."""

    clauses: tuple[Clause, ...]
    how: str = "and"
    without: tuple[Clause, ...] = ()


def draw(count: int, source: Sequence[Paper]) -> list[Asked]:
    """As many different wishes as asked for, from the words of these papers."""
    chance = random.Random(SEED)
    texts = [_words(paper.title) + _words(paper.abstract) for paper in source]
    papers_with = Counter(word for text in texts for word in set(text))
    common = {word for word, count in papers_with.items() if count > TELLING * len(texts)}
    return [_wish(chance, texts, common) for _ in range(count)]


def _wish(chance: random.Random, texts: list[list[str]], common: set[str]) -> Asked:
    kind = chance.random()
    if kind < 0.60:
        return Asked((_clause(chance, texts, common),))
    if kind < 0.85:
        text = [
            chance.choice(texts)
        ]  # clauses of one query come from one paper: they belong together
        clauses = tuple(_clause(chance, text, common) for _ in range(chance.choice((2, 2, 3))))
        return Asked(clauses, chance.choice(("and", "and", "or")))
    if kind < 0.95:
        return Asked((_clause(chance, texts, common),), "and", (_clause(chance, texts, common),))
    (word, *_) = _clause(chance, texts, common).words
    if kind < 0.975:
        return Asked((Clause((word,), "title"),))
    return Asked((Clause((word[: max(4, len(word) - 2)],), "prefix"),))


def _clause(chance: random.Random, texts: list[list[str]], common: set[str]) -> Clause:
    while True:
        text = chance.choice(texts)
        size = chance.choice((1, 1, 2, 2, 3))
        at = chance.randrange(max(1, len(text) - size))
        words = tuple(text[at : at + size])
        if len(words) < size or len(words[0]) < 4 or _STOP & {words[0], words[-1]}:
            continue
        if size > 1 or words[0] not in common:
            return Clause(words)


def _words(text: str) -> list[str]:
    return _WORD.findall(text.lower())


# ---------------------------------------------------------------- the contenders


def ours(wishes: Sequence[Asked]) -> Callable[[Paper], int]:
    """The index; gives back how many matches it found."""
    index = Index()
    for number, wish in enumerate(wishes):
        index.add(str(number), _tree(wish))
    return lambda paper: len(index.match(paper))


def _tree(wish: Asked) -> Node:
    parts: list[Node] = [_leaf(clause) for clause in wish.clauses]
    if wish.how == "or" and len(parts) > 1:
        parts = [Or(tuple(parts), _HERE)]
    parts += [Not(_leaf(clause), _HERE) for clause in wish.without]
    return parts[0] if len(parts) == 1 else And(tuple(parts), _HERE)


def _leaf(clause: Clause) -> Words | Prefix:
    field = TextField.TITLE if clause.kind == "title" else TextField.ANY
    if clause.kind == "prefix":
        stem = bare(clause.words[0])
        return Prefix(field, (), stem, stem, stem, _HERE)
    folded = tuple(map(fold, clause.words))
    slots: tuple[Slot, ...] = tuple(Slot((word,)) for word in folded)
    if len(folded) == 2:
        slots = (Slot(folded, fold("".join(clause.words))),)
    return Words(field, slots, " ".join(clause.words), _HERE)


def theirs(wishes: Sequence[Asked]) -> Callable[[Paper], int]:
    """mokaccino: a document of words, and of pairs and triples that are asked for."""
    percolator = mokaccino.Percolator()
    for number, wish in enumerate(wishes):
        percolator.add_query_id(_moka(wish), number)
    asked = {" ".join(c.words) for wish in wishes for c in (*wish.clauses, *wish.without)}

    def match(paper: Paper) -> int:
        title, abstract = _words(paper.title), _words(paper.abstract)
        phrases: set[str] = set()
        for words in (title, abstract):
            phrases.update(map(" ".join, pairwise(words)))
            phrases.update(map(" ".join, zip(words, words[1:], words[2:], strict=False)))
        document = mokaccino.Document()
        add = document.add_value
        for value in {*title, *abstract, *(phrases & asked)}:
            add("text", value)
        for value in set(title):
            add("title", value)
        return len(percolator.percolate_list(document))

    return match


def _moka(wish: Asked) -> mokaccino.Query:
    parts = [_moka_clause(clause) for clause in wish.clauses]
    join = mokaccino.Query.from_or if wish.how == "or" else mokaccino.Query.from_and
    query = parts[0] if len(parts) == 1 else join(parts)
    for clause in wish.without:
        query &= ~_moka_clause(clause)
    return query


def _moka_clause(clause: Clause) -> mokaccino.Query:
    text = " ".join(clause.words)
    if clause.kind == "prefix":
        return mokaccino.Query.from_kprefix("text", text)
    return mokaccino.Query.from_kv("title" if clause.kind == "title" else "text", text)


def regexes(wishes: Sequence[Asked]) -> Callable[[Paper], int]:
    """A compiled pattern a clause, searched one after the other: what most alert scripts do."""
    compiled = [
        (
            [_pattern(clause) for clause in wish.clauses],
            any if wish.how == "or" else all,
            [_pattern(clause) for clause in wish.without],
            wish.clauses[0].kind == "title",
        )
        for wish in wishes
    ]

    def match(paper: Paper) -> int:
        title, text = paper.title, f"{paper.title}\n{paper.abstract}"
        found = 0
        for wanted, how, unwanted, in_title in compiled:
            where = title if in_title else text
            if how(pattern.search(where) for pattern in wanted):
                found += not any(pattern.search(where) for pattern in unwanted)
        return found

    return match


def _pattern(clause: Clause) -> re.Pattern[str]:
    words = r"[\W_]+".join(map(re.escape, clause.words))
    return re.compile(rf"\b{words}" + ("" if clause.kind == "prefix" else r"\b"), re.IGNORECASE)


# ---------------------------------------------------------------- the run


@dataclass(slots=True)
class Run:
    """One contender: its pace (papers a second) at first and in each round, and what it found."""

    name: str
    match: Callable[[Paper], int]
    load_s: float
    first: float = 0.0
    rounds: list[float] = field(default_factory=list)
    found: float = 0.0

    @property
    def pace(self) -> float:
        """The median of the rounds."""
        return statistics.median(self.rounds)


def load(
    name: str, make: Callable[[Sequence[Asked]], Callable[[Paper], int]], wishes: Sequence[Asked]
) -> Run:
    """The contender with all subscriptions."""
    begun = time.process_time()
    match = make(wishes)
    return Run(name, match, time.process_time() - begun)


def pace(run: Run, some: Sequence[Paper]) -> float:
    """Papers a second over these papers; notes how many matches a paper has."""
    begun = time.process_time()
    found = sum(map(run.match, some))
    run.found = found / len(some)
    return len(some) / (time.process_time() - begun)


def contest(
    wishes: Sequence[Asked], warming: Sequence[Paper], sets: list[list[Paper]]
) -> list[Run]:
    """All contenders on the same papers, in turns. The loop gets as few papers as it can bear."""
    runs = [load("paperwire", ours, wishes), load("mokaccino 0.9.1", theirs, wishes)]
    loop = load("regex loop", regexes, wishes)
    gc.collect()
    gc.freeze()
    for run in runs:
        run.first = pace(run, warming[:MEASURED])
        for paper in warming[MEASURED:]:
            run.match(paper)
    loop.first = pace(loop, warming[:1])
    few = max(2, 10_000 // len(wishes))
    for some in sets:
        for run in runs:
            run.rounds.append(pace(run, some))
        loop.rounds.append(pace(loop, some[:few]))
    gc.unfreeze()
    return [*runs, loop]


def main() -> None:
    """Print the table."""
    sizes = [int(size.replace("_", "")) for size in sys.argv[1:]] or SIZES
    files = paper_files()
    every = list(papers(files[-1:]))
    random.Random(SEED).shuffle(every)
    warming, rest = every[:WARMING], every[WARMING:]
    sets = [rest[at : at + MEASURED] for at in range(0, 3 * MEASURED, MEASURED)]
    source = list(islice(papers(files[-4:-3]), 6_000))
    print(f"{machine()}; 3 x {MEASURED} papers after {WARMING:,} others\n")
    print("| subscriptions | | papers/s | to mokaccino | first | matches/paper | load s |")
    print("|---:|---|---:|---:|---:|---:|---:|")
    for size in sizes:
        runs = contest(draw(size, source), warming, sets)
        for run in runs:
            print(
                f"| {size:,} | {run.name} | {_figure(run.pace)} | {run.pace / runs[1].pace:.2g}× "
                f"| {_figure(run.first)} | {run.found:.1f} | {run.load_s:.1f} |",
                flush=True,
            )


def _figure(value: float) -> str:
    return f"{value:,.0f}" if value >= 10 else f"{value:.2g}"


if __name__ == "__main__":
    main()
