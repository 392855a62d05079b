"""Matching up to a million subscriptions: paperwire, mokaccino and two loops, in one run.

`python benchmarks/million.py [SIZE ...] [--mix Z|S] [--quick] [--no-loops] [--write]` prints
Markdown tables; `--write` puts them into README.md and the figures into million.json, both beside
this file. What is asked for says workload.py, what each contender gets engines.py.

Each contender is a process of its own and takes its queries one by one, `gc.freeze()`, then reads
papers that are not measured (a bot that has run for a while). Then all take turns over the same
papers, each paper once; a turn begins with some that were read before and are not measured, as the
processor's caches are another's by then. Times are the processor's. A peer that would need longer
than its budget is measured on fewer papers, or left out at that size. At the end numbers are
compared with the plain evaluator's: a hundredth of all subscriptions, papers not measured.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import agree
import corpus
import workload
from engines import BATCH, ENGINES
from measuring import block, head
from reading import read_s
from results import OURS, Result, Run, facts, figure, text
from worker import Worker

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

SIZES: Final = (1_000, 10_000, 100_000, workload.MILLION)
PAPERS: Final = 900
CHECKED: Final = 1_000
TURN: Final = 19 * BATCH
LOAD_S: Final = 180.0
"""A contender that takes longer to take its queries in is left out."""

WARM_S: Final = 6.0
AGAIN: Final = 4 * BATCH
AGAIN_S: Final = 0.1
"""Papers at the beginning of a turn that are read again, and how long at most."""

BUDGET_S: Final = 60.0
"""For the measured papers of one contender at one size."""

LOOP_S: Final = 15.0
"""The same for a loop over all subscriptions: its pace is not in doubt."""

LOOPS: Final = frozenset({"token-set loop", "regex loop"})
MOST: Final = {"regex loop": 100_000}
"""Larger is hopeless: a pattern takes 0.1 ms to compile and 2 KB."""


def main() -> None:
    """Measure and print."""
    args = _arguments()
    result = Result(args.mix, head())
    sizes = tuple(args.sizes) or ((1_000, 10_000) if args.quick else SIZES)
    workload.ensure(args.mix)
    result.reading = read_s(args.mix, 2_000 if args.quick else 20_000)
    papers = 200 if args.quick else CHECKED
    truth = agree.truth(args.mix, max(sizes), _every(max(sizes)), papers)
    names = [name for name in ENGINES if not (args.no_loops and name in LOOPS)]
    for size in sizes:
        _contest(names, size, result, truth, is_last=size == max(sizes))
    said = text(result)
    print(said)
    if args.write:
        file = Path(__file__).with_name("million.json")
        file.write_text(json.dumps(facts(result), indent=1) + "\n", encoding="utf-8")
        block("million", said)
    raise SystemExit(any(one.wrong for one in result.agreements if one.name.startswith(OURS)))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("sizes", nargs="*", type=lambda text: int(text.replace("_", "")))
    parser.add_argument("--mix", choices=("Z", "S"), default="Z")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--no-loops", action="store_true")
    parser.add_argument("--write", action="store_true")
    return parser.parse_args()


def _every(size: int) -> int:
    return max(1, size // 10_000)


def _contest(
    names: Sequence[str], size: int, result: Result, truth: agree.Truth, *, is_last: bool
) -> None:
    """All contenders at one size, added to the result."""
    mix = result.mix
    pairs = list(_loaded(names, mix, size))
    for first in range(0, PAPERS, TURN):
        for worker, run in pairs:
            _take_turn(worker, run, first, min(PAPERS, first + TURN))
    result.runs += [run for _, run in pairs]
    for _, run in pairs:
        print(f"{size:,} {run.name}: {figure(run.pace)} papers/s", file=sys.stderr, flush=True)
    for worker, run in pairs:
        if run.name == OURS:
            result.stages[size] = worker.ask("stages", CHECKED, CHECKED + 300)
            result.used[size] = worker.ask("bytes_used")
        if is_last or MOST.get(run.name) == size:
            papers = min(truth.papers, 100, max(10, int(LOOP_S * run.pace)))
            papers = truth.papers if run.name.startswith(OURS) else papers
            found = worker.ask("found", PAPERS, PAPERS + papers, truth.every)
            result.agreements.append(agree.compare(run.name, size, found, truth))
        if run.name == OURS:
            result.snapshots[size] = worker.ask("snapshot")
            result.churns[size] = worker.ask("churn", mix, size, 1_000)
        worker.end()


def _loaded(names: Sequence[str], mix: str, size: int) -> Iterator[tuple[Worker, Run]]:
    """The contenders with their queries, one after the other; who takes too long is left out."""
    for name in names:
        if size > MOST.get(name, size):
            continue
        worker = Worker(name, PAPERS + CHECKED + corpus.WARMING)
        loaded = worker.ask("load", mix, size, timeout_s=LOAD_S * 3)
        if loaded is None or loaded.add_s > LOAD_S:
            worker.end()
            continue
        first = PAPERS + CHECKED
        warmed = worker.ask("warm", first, first + corpus.WARMING, WARM_S)
        yield worker, Run(name, size, loaded, warmed)


def _take_turn(worker: Worker, run: Run, first: int, last: int) -> None:
    """As many of these papers as the budget allows; at least two in all."""
    again = PAPERS + CHECKED
    worker.ask("warm", again, again + AGAIN, AGAIN_S)
    spent = sum(run.used_s)
    each = spent / len(run.found) if run.found else 0.0
    if not run.found:
        run.note(worker.ask("turn", first, min(last, first + 2 * worker.size)))
        spent, each = sum(run.used_s), run.used_s[-1]
        first += len(run.found)
    budget_s = LOOP_S if run.name in LOOPS else BUDGET_S
    affordable = int((budget_s * last / PAPERS - spent) / each)
    if affordable > 0 and first < last:
        run.note(worker.ask("turn", first, min(last, first + affordable)))


if __name__ == "__main__":
    main()
