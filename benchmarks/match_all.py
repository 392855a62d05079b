"""All recorded papers against the 129 queries that people wrote: how long, and is it right.

`python benchmarks/match_all.py [--check]` reads every paper of the test data (TeX and white space
as a source reads them), matches it through the index and prints the processor's seconds. `--check`
also asks the plain evaluator for every paper and every query, in as many processes as there are
cores, and compares.
"""

from __future__ import annotations

import json
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

from data import DATA, machine, paper_files, papers
from queries import translate

from bot.match.index import Index
from bot.match.plain import holds
from bot.match.texts import Texts
from bot.query.ast import Node, Query
from bot.query.parse import parse

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Sum:
    """What one file gave. Times in seconds of the processor; `wrong` are papers that differ."""

    papers: int
    matches: int
    read_s: float
    match_s: float
    check_s: float
    wrong: tuple[str, ...]


def trees() -> list[Node]:
    """The queries."""
    lines = (DATA / "queries" / "queries.jsonl").read_text(encoding="utf-8").splitlines()
    found = []
    for entry in map(json.loads, lines):
        query = parse(translate(entry)[0])
        assert isinstance(query, Query)
        found.append(query.tree)
    return found


def one_file(file: Path, check: bool) -> Sum:
    """Match the papers of one file."""
    wanted = trees()
    index = Index()
    for number, tree in enumerate(wanted):
        index.add(number, tree)
    begun = time.process_time()
    some = list(papers([file]))
    read_s = time.process_time() - begun
    begun = time.process_time()
    found = [index.match(paper) for paper in some]
    match_s = time.process_time() - begun
    begun = time.process_time()
    wrong = []
    if check:
        for paper, numbers in zip(some, found, strict=True):
            texts = Texts(paper)
            plain = [n for n, tree in enumerate(wanted) if holds(tree, paper, None, texts)]
            if plain != sorted(numbers.tolist()):
                wrong.append(str(paper.id))
    check_s = time.process_time() - begun
    return Sum(len(some), sum(map(len, found)), read_s, match_s, check_s, tuple(wrong))


def main() -> None:
    """Print the sums; exit status 1 where index and evaluator differ."""
    check = "--check" in sys.argv
    files = paper_files()
    if check:
        with ProcessPoolExecutor() as pool:
            sums = list(pool.map(one_file, files, [True] * len(files)))
    else:
        sums = [one_file(file, False) for file in files]
    read_s, match_s = sum(s.read_s for s in sums), sum(s.match_s for s in sums)
    count = sum(s.papers for s in sums)
    print(machine())
    print(f"{count:,} papers, 129 subscriptions, {sum(s.matches for s in sums):,} matches")
    both_s = read_s + match_s
    print(f"reading (JSON, TeX) {read_s:.1f} s, matching {match_s:.1f} s, together {both_s:.1f} s")
    print(f"{count / match_s:,.0f} papers/s matched, {count / both_s:,.0f} read and matched")
    if check:
        wrong = [paper for s in sums for paper in s.wrong]
        check_s = sum(s.check_s for s in sums)
        print(f"plain evaluator {check_s:.1f} s; papers that differ: {len(wrong)}")
        print(*wrong[:20], sep="\n", end="")
        raise SystemExit(1 if wrong else 0)


if __name__ == "__main__":
    main()
