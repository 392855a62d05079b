"""Matching: this index, mokaccino (a percolator in Rust) and a regular expression a subscription.

`python benchmarks/matching.py [SIZE ...]` prints a Markdown table of papers a second, all in one run on
the same papers. Subscriptions are drawn from the 1- to 3-grams of other papers: 60 % one term or phrase,
25 % two or three clauses, 10 % with NOT, 5 % a title word or a prefix.

Each contender starts from a paper's text and ends with the ids of its subscriptions. mokaccino knows no
phrases and does not read text: it gets each paper's distinct words, pairs and triples in lower case, by
a regular expression and a loop. It folds no forms and no hyphens, so it does less and finds less.
Every contender sees the same warming papers first: a bot that has run for a while is what is measured;
`cold` starts from the first paper after loading.
"""

from __future__ import annotations

import gc
import random
import re
import sys
import time
from collections import Counter
from dataclasses import dataclass
from itertools import islice
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
WARMING = 3_000
TELLING = 0.02
"""A single word that more of the papers have is no topic: people ask for it in a phrase."""

_HERE = Span(0, 0)
_WORD = re.compile(r"[^\W_]+")
_TITLE = "title "
_STOP = frozenset(
    "the a an of and in to for is are we with that this on by as be from which it can or our at"
    " these have has not their its using such also been".split()
)


@dataclass(frozen=True, slots=True)
class Clause:
    """Words side by side; `kind` is text, title or prefix."""

    words: tuple[str, ...]
    kind: str = "text"


@dataclass(frozen=True, slots=True)
class Asked:
    """A subscription before anyone's syntax: clauses joined by `how` (and, or), none of `without`."""

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
    """mokaccino: a document of words, pairs and triples."""
    percolator = mokaccino.Percolator()
    for number, wish in enumerate(wishes):
        percolator.add_query_id(_moka(wish), number)

    def match(paper: Paper) -> int:
        title, abstract = _words(paper.title), _words(paper.abstract)
        values = {*title, *abstract}
        for words in (title, abstract):
            values.update(map(" ".join, zip(words, words[1:], strict=False)))
            values.update(map(" ".join, zip(words, words[1:], words[2:], strict=False)))
        document = mokaccino.Document()
        add = document.add_value
        for value in values:
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


@dataclass(frozen=True, slots=True)
class Pace:
    """What one contender did."""

    load_s: float
    cold: float
    warm: float
    matches: float


def measure(
    make: Callable[[Sequence[Asked]], Callable[[Paper], int]],
    wishes: Sequence[Asked],
    warming: Sequence[Paper],
    measured: Sequence[Paper],
) -> Pace:
    """Papers a second, on the first ones after loading and, after others have passed, on the measured."""
    re.purge()
    gc.collect()
    begun = time.perf_counter()
    match = make(wishes)
    load_s = time.perf_counter() - begun
    gc.freeze()
    cold = _papers_per_s(match, warming[: len(measured)])[0]
    for paper in warming:
        match(paper)
    warm, found = _papers_per_s(match, measured)
    gc.unfreeze()
    return Pace(load_s, cold, warm, found / len(measured))


def _papers_per_s(match: Callable[[Paper], int], some: Sequence[Paper]) -> tuple[float, int]:
    begun = time.perf_counter()
    found = sum(map(match, some))
    return len(some) / (time.perf_counter() - begun), found


def main() -> None:
    """Print the table."""
    sizes = [int(size.replace("_", "")) for size in sys.argv[1:]] or SIZES
    files = paper_files()
    every = list(papers(files[-1:]))
    random.Random(SEED).shuffle(every)
    measured, warming = every[:MEASURED], every[MEASURED : MEASURED + WARMING]
    source = list(islice(papers(files[-4:-3]), 6_000))
    print(f"{machine()}; {len(measured)} papers, {len(warming)} to warm\n")
    print("| subscriptions | | papers/s | first 300 | to mokaccino | matches/paper | load s |")
    print("|---:|---|---:|---:|---:|---:|---:|")
    for size in sizes:
        wishes = draw(size, source)
        peer = measure(theirs, wishes, warming, measured)
        own = measure(ours, wishes, warming, measured)
        few = max(3, 30_000 // size)
        loop = measure(regexes, wishes, warming[:1], measured[:few])
        for name, pace in (("paperwire", own), ("mokaccino 0.9.1", peer), ("regex loop", loop)):
            print(
                f"| {size:,} | {name} | {pace.warm:,.{1 if pace.warm < 100 else 0}f}"
                f" | {pace.cold:,.{1 if pace.cold < 100 else 0}f} | {pace.warm / peer.warm:.2g}×"
                f" | {pace.matches:.1f} | {pace.load_s:.1f} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
