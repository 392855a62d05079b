from __future__ import annotations

import asyncio
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
import virtual
from fakes import FakeStore
from flow_made import GENERAL, MONDAY, arxiv
from virtual import FakeChance, FakeClock

from bot.flow import index_archive, supervise
from bot.flow.nap import nap
from bot.flow.watch import Metrics, metrics_text, ready, standings
from bot.model.alert import Alert, PostKey
from bot.model.errors import (
    PaperwireError,
    SettingsError,
    StoreDown,
    StoreLost,
    StoreNewer,
)
from bot.ports import EventKind, FeedState, PaperRecord, PaperWrite

if TYPE_CHECKING:
    from collections.abc import Mapping


async def supervised(
    clock: FakeClock, loops: Mapping[str, supervise.Loop], stop: asyncio.Event
) -> Metrics:
    """Run loops under the supervisor."""
    metrics = Metrics()
    await supervise.run(loops, stop, clock, FakeChance(), metrics)
    return metrics


@pytest.mark.parametrize("error", [StoreDown("away"), KeyError("bug")])
def test_a_loop_that_fails_begins_again(error: Exception) -> None:
    """A failing loop is begun again after growing waits, the others go on, and it is counted."""
    clock, stop = FakeClock(), asyncio.Event()
    began: list[float] = []
    beats: list[float] = []

    async def failing() -> None:
        began.append(clock.monotonic())
        if len(began) == 5:
            stop.set()
            return
        raise error

    async def steady() -> None:
        while not stop.is_set():
            beats.append(clock.monotonic())
            await nap(clock, 0.5, stop)

    metrics = virtual.run(
        lambda: supervised(clock, {"failing": failing, "steady": steady}, stop), clock
    )
    gaps = [later - earlier for earlier, later in pairwise(began)]
    assert gaps == sorted(gaps)
    assert 0.3 < gaps[0] < gaps[-1] < 10
    assert beats[-1] > began[-2]
    assert (
        metrics.registry.get_sample_value("paperwire_task_restarts_total", {"task": "failing"})
        == 4
    )


@pytest.mark.parametrize(
    "error", [StoreNewer("schema 2"), StoreLost("it was emptied"), SettingsError("no token")]
)
def test_what_must_not_go_on_ends_the_program(error: PaperwireError) -> None:
    """A store that a newer program wrote, or that was emptied; what only a person puts right."""
    clock, stop = FakeClock(), asyncio.Event()

    async def newer() -> None:
        raise error

    async def endless() -> None:
        await clock.sleep(10**6)

    async def main() -> None:
        with pytest.raises(type(error)):
            await supervised(clock, {"newer": newer, "endless": endless}, stop)
        assert clock.monotonic() < 1

    virtual.run(main, clock)


def test_a_stop_drains_for_ten_seconds() -> None:
    """After a stop loops may finish; what takes longer than ten seconds is cut off."""
    clock, stop = FakeClock(), asyncio.Event()
    ended: list[str] = []

    async def quick() -> None:
        await stop.wait()
        await clock.sleep(9)
        ended.append("quick")

    async def slow() -> None:
        await stop.wait()
        await clock.sleep(100)
        ended.append("slow")

    async def main() -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(supervised(clock, {"quick": quick, "slow": slow}, stop))
            await clock.sleep(5)
            stop.set()
        assert ended == ["quick"]
        assert clock.monotonic() == pytest.approx(15)

    virtual.run(main, clock)


def test_a_nap_ends_by_time_or_event() -> None:
    """A nap lasts its time, less when an event is set, nothing when it was set before."""
    clock, event = FakeClock(), asyncio.Event()

    async def main() -> None:
        await nap(clock, 5, event)
        assert clock.monotonic() == 5
        async with asyncio.TaskGroup() as group:
            group.create_task(nap(clock, 50, event))
            await clock.sleep(1)
            event.set()
        await nap(clock, 50, event)
        assert clock.monotonic() == 6

    virtual.run(main, clock)


async def test_archive_follows_the_stream() -> None:
    """Every event's paper is in the archive, the last state of each, and the cursor goes along."""
    store = FakeStore(FakeClock(skips=True))
    record = PaperRecord(arxiv(1).id, 0, MONDAY, frozenset(), 1, arxiv(1))
    await store.papers.remember([PaperWrite(record, EventKind.BASELINE)])
    assert await index_archive.step(store.papers, store.archive) == 1
    assert await store.archive.get(arxiv(1).id) == arxiv(1)
    assert await index_archive.step(store.papers, store.archive) == 1
    assert await index_archive.step(store.papers, store.archive) == 0
    for revision in (1, 2):
        paper = arxiv(1, version=revision + 1)
        record = PaperRecord(paper.id, revision, MONDAY, frozenset(), 1, paper)
        await store.papers.remember([PaperWrite(record, EventKind.REPLACE)])
    assert await index_archive.step(store.papers, store.archive) == 2
    found = await store.archive.get(arxiv(1).id)
    assert found is not None
    assert found.version == 3


async def test_archive_is_rebuilt() -> None:
    """An archive whose place in the stream is gone takes every paper that is still kept."""
    store = FakeStore(FakeClock(skips=True))
    for number in range(3):
        record = PaperRecord(arxiv(number).id, 0, MONDAY, frozenset(), 1, arxiv(number))
        await store.papers.remember([PaperWrite(record, EventKind.NEW)])
    await store.archive.add([], "99999999999999-0")
    while await index_archive.step(store.papers, store.archive):
        pass
    assert len((await store.archive.latest(10, 0)).papers) == 3


async def test_metrics() -> None:
    """The text has the store's figures; without the store it is there all the same."""
    store = FakeStore(FakeClock())
    alert = Alert(PostKey("arxiv:1"), GENERAL, arxiv(1).id, (), MONDAY)
    await store.outbox.queue([alert])
    await store.feeds.save(FeedState("arxiv/cs.CL", succeeded_at=store.clock.now()))
    text = (await metrics_text(Metrics(), store.outbox, store.feeds, store.clock)).decode()
    assert "paperwire_outbox_depth 1.0" in text
    assert "paperwire_ledger_difference 0.0" in text
    assert 'paperwire_poll_age_seconds{source="arxiv"} 0.0' in text
    assert "general" not in text

    async def down() -> object:
        raise StoreDown("away")

    store.outbox.books = down  # type: ignore[method-assign,assignment]
    assert b"paperwire_outbox_depth" in await metrics_text(
        Metrics(), store.outbox, store.feeds, store.clock
    )


async def test_ready() -> None:
    """Ready while the store takes writes and no stop was asked; otherwise a sentence."""
    store = FakeStore(FakeClock())
    assert await ready(store.leases, "me", draining=False) is None
    assert await ready(store.leases, "me", draining=True) == "paperwire is shutting down."

    async def down(*_: object) -> bool:
        raise StoreDown("it is full")

    store.leases.acquire = down  # type: ignore[method-assign,assignment]
    said = await ready(store.leases, "me", draining=False)
    assert said == "The store does not take writes: it is full"


def test_a_store_that_froze_is_not_ready_within_two_seconds() -> None:
    """A load balancer is told at once, long before the store's own deadline (G34)."""
    clock = FakeClock()
    store = FakeStore(clock)

    async def frozen(*_: object) -> bool:
        await clock.sleep(60)
        return True

    store.leases.acquire = frozen  # type: ignore[method-assign,assignment]

    async def main() -> str | None:
        return await ready(store.leases, "me", draining=False)

    said = virtual.run(main, clock)
    assert said == "The store has not taken a write within 1.9 s."
    assert clock.monotonic() < 2


def test_standings() -> None:
    """A source is down when its last question failed, not when one feed of many did before."""
    early, late = MONDAY, MONDAY.replace(hour=13)
    good = FeedState("arxiv/cs.CL", polled_at=late, succeeded_at=late, papers_seen=3)
    bad = FeedState("arxiv/cs.AI", polled_at=early, failure="404", failures_in_a_row=1)
    [one] = standings([good, bad])
    assert (one.is_down, one.feeds, one.feeds_failing, one.papers_seen) == (False, 2, 1, 3)
    worse = FeedState("arxiv/cs.LG", polled_at=late.replace(hour=14), failure="away")
    [one] = standings(
        [
            good,
            FeedState(worse.feed, polled_at=worse.polled_at, failure="away", failures_in_a_row=2),
        ]
    )
    assert (one.is_down, one.reason) == (True, "away")
    assert standings([]) == []
