"""Compiled loops: taken where they work, left where they do not, compiled once for all."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import virtual
from compiled import loops
from fakes import FakeStore
from flow_made import GENERAL, arxiv, channel
from structlog.testing import capture_logs
from virtual import FakeClock

from bot.app import compiling
from bot.app.compiling import load_loops, match_by_loops
from bot.flow.nap import nap
from bot.flow.subscribers import Subscribers, follow
from bot.match.index import Index
from bot.query.ast import Query
from bot.query.parse import parse

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.match.views import Loops
    from bot.model.paper import Paper

QUERIES = (
    *("widgets", "wid*", "=Widgets", '"study of widgets"', "title:study", "abs:we", "au:lovelace"),
    *("study -gadgets", "a OR b OR c", "cat:cs.CL", "upvotes:>1", "pre-train*"),
    *("comment:accepted", "all:nature", "=fine-tuned", "a b c d e -f", "(a OR b) (c OR d) -e"),
    " ".join(f"(a{i} OR b{i})" for i in range(8)),
)
LOOPS = ("chunks", "meanings", "met", "owners", "put", "unasked")
LONG = "A study-of-widgets, fine-tuned: β-phase GPUs' pre-training of widgets " * 40


def _papers() -> list[Paper]:
    return [
        arxiv(1),
        arxiv(2, "Gadgets", abstract=""),
        arxiv(3, LONG, abstract=LONG, comment="Accepted at a-b-c-d", journal="Nature"),
        arxiv(4, "a b c d", abstract="x" * 100 + " " + " ".join(f"a{i}" for i in range(8))),
    ]


def _index(*queries: str) -> Index:
    index = Index(loops())
    for number, text in enumerate(queries):
        query = parse(text)
        assert isinstance(query, Query), text
        index.add(number, query.tree)
    return index


def test_what_loops_are_given_is_of_the_same_types_always() -> None:
    """No index and no paper makes numba compile a loop again, which would hold all else up."""
    for some in ((), QUERIES[:1], QUERIES):
        index = _index(*some)
        for one in (index, Index.load(b"".join(index.save()), loops())):
            one.match(_papers()[2])
            one.match_many(_papers() * 9)
            one.remove(0)
            one.match_many(_papers())

    compiled: Any = loops()
    for name in LOOPS:
        assert len(getattr(compiled, name).signatures) == 1


async def test_what_is_compiled_is_kept_and_mended(tmp_path: Path) -> None:
    """It is compiled once, then read; and again where a file is damaged or of another version."""
    old = tmp_path / "compiled" / "of-before"
    old.mkdir(parents=True)
    with capture_logs() as told:
        assert await load_loops(tmp_path) is loops()
        kept = _written(tmp_path)
        assert await load_loops(tmp_path) is loops()
        assert _written(tmp_path) == kept
        for file in kept:
            file.write_bytes(b"")
        assert await load_loops(tmp_path) is loops()

    assert told == []
    assert not old.exists()
    assert len(kept) == 2 * len(LOOPS)
    assert all(file.stat().st_size for file in kept)


def _written(folder: Path) -> dict[Path, int]:
    return {file: file.stat().st_mtime_ns for file in folder.rglob("*.nb?")}


async def test_a_stop_does_not_wait_for_the_compiler(tmp_path: Path) -> None:
    """The process that compiles ends with the one that began it."""
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(load_loops(tmp_path), 1.0)

    commands = [file.read_bytes() for file in _of_processes()]
    assert any(commands)
    assert not any(str(tmp_path).encode() in command for command in commands)


def _of_processes() -> Iterator[Path]:
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):
            file.read_bytes()
            yield file


async def test_without_numba_nothing_is_compiled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who did not install numba is matched by numpy, and no error is told."""
    monkeypatch.setattr(compiling, "find_spec", lambda _: None)
    with capture_logs() as told:
        assert await load_loops(tmp_path) is None
    assert [one["log_level"] for one in told] == ["info"]


async def test_a_numba_that_does_not_work_is_done_without(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever it lacks, papers are matched, and the log says why they are not by loops."""
    (tmp_path / "numba").mkdir()
    (tmp_path / "numba" / "__init__.py").write_text("raise OSError('no LLVM on this machine')")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with capture_logs() as told:
        assert await load_loops(tmp_path) is None
    assert [one["log_level"] for one in told] == ["warning"]
    assert told[0]["reason"] == "OSError: no LLVM on this machine"


def test_loops_that_find_otherwise_are_refused() -> None:
    """Loops are held against numpy before they are used."""
    none = np.zeros(0, np.int32)
    right: Any = loops()
    wrong: Any = SimpleNamespace(**{name: getattr(right, name) for name in LOOPS})
    compiling.check(wrong)

    wrong.owners = lambda *_: (none, none, np.zeros((2, 2), np.int64), none)
    with pytest.raises(ValueError, match=r"finds \[\] where"):
        compiling.check(wrong)


def test_many_subscriptions_are_matched_by_loops(monkeypatch: pytest.MonkeyPatch) -> None:
    """Loops are taken once there are many subscriptions, and read the index as it is."""
    monkeypatch.setattr(compiling, "COMPILED_FROM", 3)
    clock = FakeClock()

    async def load() -> Loops:
        return loops()

    async def main() -> None:
        store, stop, subscribers = FakeStore(clock), asyncio.Event(), Subscribers()
        async with asyncio.TaskGroup() as group:
            group.create_task(follow(subscribers, store.channels, clock, stop))
            group.create_task(match_by_loops(subscribers, load, clock, stop))
            await store.channels.write([channel("widgets", "gadgets")], None, 10)
            await nap(clock, 60, stop)
            assert subscribers.table.index is not None
            assert subscribers.table.index.loops is None
            known = await store.channels.read(GENERAL)
            more = channel("widgets", "gadgets", "study")
            await store.channels.write([replace(more, revision=known.revision)], None, 10)
            await nap(clock, 60, stop)
            assert subscribers.table.index.loops is loops()
            found = subscribers.table.match(_papers()[:2])
            assert [sorted(one.tolist()) for one in found] == [[0, 2], [1]]
            stop.set()

    virtual.run(main, clock)


def test_loops_stay_when_all_is_read_anew() -> None:
    """A table made later matches by the same loops."""
    clock = FakeClock()

    async def main() -> None:
        store, subscribers = FakeStore(clock), Subscribers()
        subscribers.match_by(loops())
        await store.channels.write([channel("widgets")], None, 10)
        await subscribers.refresh(store.channels)
        assert subscribers.table.index is not None
        assert subscribers.table.index.loops is loops()
        assert [one.tolist() for one in subscribers.table.match(_papers()[:1])] == [[0]]

    virtual.run(main, clock)
