"""`paperwire match`: recorded papers against a file of subscriptions, by the index of `run`."""

from __future__ import annotations

import sys
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import click

from bot.cli.lines import STDIN, Fault, Place, numbered, opened, record
from bot.cli.matching import Chunk, Followed, matched
from bot.cli.progress import progress
from bot.cli.say import Stop, caret, note, one_line, stop, whole
from bot.query.ast import Query
from bot.query.parse import parse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

CHUNK = 250
"""Papers handed to another process at once: some tenths of a second of its work."""


@dataclass(slots=True)
class Skips:
    """What `--skip-bad` left out, by kind."""

    allowed: bool
    counts: Counter[str] = field(default_factory=Counter)

    def take(self, fault: Fault, place: Place, kind: str) -> None:
        """Count it, or end the command with it."""
        if not self.allowed:
            raise Stop(f"{place}: {fault.message}")
        self.counts[kind] += 1


@click.command(
    epilog="SUBSCRIPTIONS holds an object a line with id and query; PAPERS hold an object a line "
    "with id, title and, where known, abstract, authors, categories. All may be gzip; - is "
    "standard input."
)
@click.argument("subscriptions", metavar="SUBSCRIPTIONS")
@click.argument("papers", metavar="PAPERS...", nargs=-1, required=True)
@click.option("--skip-bad", is_flag=True, help="Leave out lines that are wrong, and count them.")
def match(subscriptions: str, papers: tuple[str, ...], *, skip_bad: bool) -> None:
    """Write a line of JSON for each paper that a subscription matches, in the papers' order."""
    if [subscriptions, *papers].count(STDIN) > 1:
        stop("Only one of the files can be standard input.")
    skips = Skips(skip_bad)
    followed = _followed(subscriptions, skips)
    with progress(papers) as step:
        for chunk, found in matched(followed, _chunks(papers, step)):
            for (number, _), line in zip(chunk.lines, found, strict=True):
                if isinstance(line, Fault):
                    skips.take(line, Place(chunk.file, number), "paper")
                else:
                    sys.stdout.write(line)
    sys.stdout.flush()
    for kind, count in skips.counts.items():
        note(f"Skipped {count:,} bad {kind}{'' if count == 1 else 's'}.")


def _followed(file: str, skips: Skips) -> Followed:
    """The subscriptions in the order of the file."""
    lines, trees = dict[str, int](), []
    with opened(file) as (stream, _):
        for number, line in numbered(file, stream):
            read = _subscription(line, lines)
            if isinstance(read, Fault):
                skips.take(read, Place(file, number), "subscription")
            else:
                name, query = read
                lines[name] = number
                trees.append(query.tree)
    return Followed(tuple(lines), tuple(trees))


def _subscription(line: bytes, lines: dict[str, int]) -> tuple[str, Query] | Fault:
    """Its id as JSON, and its query; `lines` are those of the ids that are taken."""
    read = record(line)
    if isinstance(read, Fault):
        return read
    if read.name in lines:
        return Fault(f"the id {one_line(read.name)} stands in line {lines[read.name]} already.")
    text = read.fields.get("query")
    if not isinstance(text, str):
        return Fault('has no "query" that is a text.')
    query = parse(whole(text))
    if isinstance(query, Query):
        return read.name, query
    return Fault(f"{one_line(query.message)}\n{caret(query)}")


def _chunks(files: tuple[str, ...], step: Callable[[int], None]) -> Iterator[Chunk]:
    """The lines of all files in their order, some at a time."""
    for file in files:
        lines: list[tuple[int, bytes]] = []
        with opened(file) as (stream, position):
            for line in numbered(file, stream):
                lines.append(line)
                if len(lines) == CHUNK:
                    yield Chunk(file, lines)
                    lines = []
                    step(position())
        if lines:
            yield Chunk(file, lines)
