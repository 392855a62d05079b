"""Matches lines of papers with subscriptions, on all cores where there is work for them."""

from __future__ import annotations

import os
import signal
from collections import deque
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

from adapters.sources.papers_file import read_record
from bot.cli.lines import Fault, record
from bot.cli.say import stop
from bot.match.index import Index
from bot.ports import Skipped

if TYPE_CHECKING:
    from collections.abc import Iterator
    from concurrent.futures import Future

    from bot.cli.lines import Record
    from bot.model.paper import Paper
    from bot.query.ast import Node

ALONE: Final = 4
"""Chunks done before other processes are asked: they take a while to start."""

AHEAD: Final = 3
"""Chunks that wait for each process: enough to keep it busy, few enough for little memory."""


@dataclass(frozen=True, slots=True)
class Followed:
    """The ids of subscriptions as JSON, and their queries."""

    names: tuple[str, ...]
    trees: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Chunk:
    """Some lines of a file, with their numbers."""

    file: str
    lines: list[tuple[int, bytes]]


Found: TypeAlias = "list[str | Fault]"
"""For each line its output (empty for no match), or why it cannot be used."""


class Worker:
    """An index of all subscriptions."""

    def __init__(self, followed: Followed) -> None:
        self._names = followed.names
        self._index = Index()
        for place, tree in enumerate(followed.trees):
            self._index.add(place, tree)

    def work(self, chunk: Chunk) -> Found:
        """What each line gives."""
        return [self._line(number, line) for number, line in chunk.lines]

    def _line(self, number: int, line: bytes) -> str | Fault:
        read = record(line)
        if isinstance(read, Fault):
            return read
        paper = _paper(read, number)
        if isinstance(paper, Fault):
            return paper
        found = sorted(self._index.match(paper).tolist())
        if not found:
            return ""
        listed = ", ".join(self._names[place] for place in found)
        return f'{{"paper": {read.name}, "subscriptions": [{listed}]}}\n'


def _paper(read: Record, number: int) -> Paper | Fault:
    """The paper; neither an id that a source would know nor a date is needed to match."""
    fields = {**read.fields, "published": "1970-01-01"}
    paper = read_record(fields, "")
    if isinstance(paper, Skipped):
        paper = read_record({**fields, "id": f"doi:10.0000/line.{number}"}, "")
    return Fault(f"{paper.reason}.") if isinstance(paper, Skipped) else paper


def matched(followed: Followed, chunks: Iterator[Chunk]) -> Iterator[tuple[Chunk, Found]]:
    """Each chunk with what it gives, in their order."""
    alone = Worker(followed)
    for _, chunk in zip(range(ALONE), chunks, strict=False):
        yield chunk, alone.work(chunk)
    first = next(chunks, None)
    if first is None:
        return
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    if cores is None or cores < 2:  # noqa: PLR2004 - one core has nobody to share with
        yield first, alone.work(first)
        for chunk in chunks:
            yield chunk, alone.work(chunk)
        return
    yield from _shared(followed, first, chunks, min(cores, 16))


def _shared(
    followed: Followed, first: Chunk, chunks: Iterator[Chunk], cores: int
) -> Iterator[tuple[Chunk, Found]]:
    waiting: deque[tuple[Chunk, Future[Found]]] = deque()
    pool = ProcessPoolExecutor(cores, initializer=_begin, initargs=(followed,))
    try:
        waiting.append((first, pool.submit(_work, first)))
        for chunk in chunks:
            waiting.append((chunk, pool.submit(_work, chunk)))
            if len(waiting) > cores * AHEAD:
                done, future = waiting.popleft()
                yield done, future.result()
        while waiting:
            done, future = waiting.popleft()
            yield done, future.result()
    except BrokenProcessPool:
        stop("A process that helped to match was ended from outside; is memory short?")
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


_worker: list[Worker] = []
"""The index of a helping process: a pool hands its processes nothing but module globals."""


def _begin(followed: Followed) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the first process says that it was stopped
    _worker.append(Worker(followed))


def _work(chunk: Chunk) -> Found:
    return _worker[0].work(chunk)
