"""One contender in a process of its own, so that its memory is its own; told what to do by pipe.

The others wait meanwhile: contenders take turns.
"""

from __future__ import annotations

import ctypes
import gc
import multiprocessing
import time
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import churning
import corpus
import workload
from engines import ENGINES, Numpy
from sampling import Sampler

from bot.match.index import Index

if TYPE_CHECKING:
    from collections.abc import Sequence
    from multiprocessing.connection import Connection

    from churning import Churn

    from bot.model.paper import Paper

SAMPLED_S: Final = 8.0
_PAGE: Final = 4096
_LIBC: Final = ctypes.CDLL(None)


@dataclass(frozen=True, slots=True)
class Loaded:
    """What it took to take all queries in. Seconds of the processor; bytes of the process.

    `add_s` is the contender's part, without reading the file and making its kind of query.
    `bytes` is what the process grew by; of them, `slack` are free again but not given back.
    """

    add_s: float
    all_s: float
    bytes: int
    slack: int
    peak: int


@dataclass(frozen=True, slots=True)
class Turn:
    """Seconds for each call, of the processor and by the wall, and how many matched each paper."""

    used_s: list[float]
    wall_s: list[float]
    found: list[int]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Seconds of the processor, and the size of what is saved."""

    save_s: float
    load_s: float
    bytes: int


class Worker:
    """The parent's end of the pipe."""

    def __init__(self, name: str, papers: int) -> None:
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self.name = name
        self.size = ENGINES[name].size
        self._process = context.Process(target=_serve, args=(theirs, name, papers), daemon=True)
        self._process.start()

    def ask(self, what: str, *args: Any, timeout_s: float | None = None) -> Any:
        """The answer, or None when it takes too long; the worker is ended then."""
        self._pipe.send((what, *args))
        if not self._pipe.poll(timeout_s):
            self.end()
            return None
        try:
            answer = self._pipe.recv()
        except (EOFError, ConnectionError):
            raise SystemExit(f"The process of {self.name} ended; its error is above.") from None
        return answer

    def end(self) -> None:
        """End the process."""
        self._process.terminate()
        self._process.join()


def _serve(pipe: Connection, name: str, papers: int) -> None:
    one = Contender(name, papers)
    while True:
        try:
            what, *args = pipe.recv()
        except EOFError:
            return
        pipe.send(getattr(one, what)(*args))


class Contender:
    """The worker's end: the engine, and papers to match."""

    def __init__(self, name: str, papers: int) -> None:
        self._engine = ENGINES[name]()
        self._papers = corpus.measured(papers)

    def load(self, mix: str, count: int) -> Loaded:
        """Take that many queries in, read one by one."""
        engine = self._engine
        engine.prepare(workload.wishes(mix, count))
        gc.collect()
        before = _settled()
        begun = time.process_time()
        add_s = 0.0
        numbered = enumerate(workload.wishes(mix, count))
        while some := [(number, engine.made(wish)) for number, wish in islice(numbered, 1_000)]:
            since = time.process_time()
            for number, query in some:
                engine.add(number, query)
            add_s += time.process_time() - since
        del some
        since = time.process_time()
        engine.match(self._papers[-1:])  # what was put off until the first paper belongs here
        add_s += time.process_time() - since
        all_s = time.process_time() - begun
        gc.collect()
        grown = _resident() - before
        slack = grown + before - _settled()
        gc.freeze()
        return Loaded(add_s, all_s, grown, slack, _status("VmHWM"))

    def warm(self, first: int, last: int, at_most_s: float) -> int:
        """Match papers that are not measured; how many."""
        begun = time.process_time()
        done = 0
        for batch in _batches(self._papers[first:last], self._engine.size):
            if time.process_time() - begun > at_most_s:
                break
            self._engine.match(batch)
            done += len(batch)
        return done

    def turn(self, first: int, last: int) -> Turn:
        """Match these papers."""
        match = self._engine.match
        used_s: list[float] = []
        wall_s: list[float] = []
        found: list[int] = []
        for batch in _batches(self._papers[first:last], self._engine.size):
            wall, used = time.perf_counter(), time.process_time()
            answers = match(batch)
            used_s.append(time.process_time() - used)
            wall_s.append(time.perf_counter() - wall)
            found += map(len, answers)
        return Turn(used_s, wall_s, found)

    def found(self, first: int, last: int, every: int) -> list[list[int]]:
        """The numbers that these papers match, of each so many subscriptions one."""
        papers = self._papers[first:last]
        batches = _batches(papers, self._engine.size)
        answers = [one for batch in batches for one in self._engine.match(batch)]
        return [sorted(int(n) for n in one if n % every == 0) for one in answers]

    def bytes_used(self) -> int:
        """What the index says of itself."""
        return int(self._index().bytes_used())

    def snapshot(self) -> Snapshot:
        """Save the index and load it again."""
        begun = time.process_time()
        saved = b"".join(self._index().save())
        save_s = time.process_time() - begun
        begun = time.process_time()
        loaded = Index.load(saved, self._index().loops)
        load_s = time.process_time() - begun
        assert len(loaded) == len(self._index())
        paper = self._papers[0]
        assert set(loaded.match(paper).tolist()) == set(self._index().match(paper).tolist())
        return Snapshot(save_s, load_s, len(saved))

    def churn(self, mix: str, count: int, rounds: int) -> Churn:
        """Change the living index."""
        papers = [self._papers[turn % len(self._papers)] for turn in range(rounds)]
        return churning.churn(self._index(), mix, count, papers)

    def stages(self, first: int, last: int) -> dict[str, float]:
        """Seconds of one paper, by the function of the product in which they are spent."""
        papers = self._papers[first:last]
        done, begun = 0, time.process_time()
        with Sampler(_function) as sampler:
            while time.process_time() - begun < SAMPLED_S:
                for batch in _batches(papers, self._engine.size):
                    self._engine.match(batch)
                done += len(papers)
        each_s = (time.process_time() - begun) / done
        return {name: share * each_s for name, share in sampler.shares().items()}

    def _index(self) -> Index:
        assert isinstance(self._engine, Numpy)
        return self._engine.index


def _function(file: str, name: str) -> str | None:
    """Of the product's own functions, the one that is at work or waits for numpy."""
    return f"{file.removesuffix('.py')}: {name}" if file.startswith("bot/") else None


def _batches(papers: Sequence[Paper], size: int) -> list[Sequence[Paper]]:
    return [papers[at : at + size] for at in range(0, len(papers), size)]


def _settled() -> int:
    """Bytes of the process after it gave back what it does not use."""
    _LIBC.malloc_trim(0)
    return _resident()


def _resident() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * _PAGE


def _status(name: str) -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(name))
