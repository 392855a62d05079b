"""What the real store of papers does beyond the contract: lives, leftovers, poison, thinning."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from storing import paper, record

from adapters.redis import keys
from adapters.redis.codec import PAPER
from adapters.redis.papers import DELIVERIES_MAX, RedisPapers
from bot.ports import EventKind, PaperWrite

if TYPE_CHECKING:
    from adapters.redis.store import Store


async def remember(store: Store, *numbers: int) -> None:
    """Remember papers with an event each."""
    writes = [PaperWrite(record(paper(number)), EventKind.NEW) for number in numbers]
    assert all(await store.papers.remember(writes))


async def test_a_record_ends_and_the_fact_stays(store: Store) -> None:
    """After the record's life the paper's text is gone, and that it was seen is not."""
    await remember(store, 1)
    assert 0 < await store.link.command("PTTL", keys.record("arxiv:2401.00001")) <= keys.RECORD_MS
    assert await store.link.command("PTTL", keys.seen("arxiv:2401.00001")[0]) == -1

    await store.link.command("DEL", keys.record("arxiv:2401.00001"))

    found = (await store.papers.known([paper().id]))[paper().id]
    assert found == replace(record(paper()), revision=1, paper=None)
    assert [one async for one in store.papers.recent()] == []
    assert await store.papers.remember([PaperWrite(found, None)]) == [True]


async def test_other_ids_are_forgotten_after_400_days(store: Store) -> None:
    """The fact that a paper was seen has an end where it is no arXiv paper."""
    found = record(paper(name="doi:10.1/x"))
    await store.papers.remember([PaperWrite(found, None)])

    life_ms = await store.link.command("PTTL", keys.seen("doi:10.1/x")[0])

    assert keys.SEEN_MS - 60_000 < life_ms <= keys.SEEN_MS


async def test_old_papers_leave_the_list_of_recent_ones(store: Store) -> None:
    """A write drops what has not changed for 60 days from the list."""
    await remember(store, 1)
    await store.link.command("ZADD", keys.RECENT, 1, "arxiv:2401.00001")

    await remember(store, 2)

    assert await store.link.command("ZRANGE", keys.RECENT, 0, -1) == [b"arxiv:2401.00002"]


async def test_recent_reads_page_after_page(store: Store) -> None:
    """More papers than a page holds come, each once, in order."""
    await remember(store, *range(1, 1_205))

    found = [one.id async for one in store.papers.recent()]

    assert found == [paper(number).id for number in range(1, 1_205)]


async def test_a_dead_readers_events_go_to_another(store: Store) -> None:
    """An event that was taken and not acknowledged comes again to whoever reads."""
    await remember(store, 1, 2)
    hasty = RedisPapers(store.link, idle_ms=0)
    taken = await store.papers.read("dead", 1, 0)

    again = await hasty.read("alive", 10, 0)

    assert [event.id for event in again] == [event.id for event in taken]
    await hasty.acknowledge(again)
    assert [event.paper.id for event in await hasty.read("alive", 10, 0)] == [paper(2).id]


async def test_an_event_that_kills_its_readers_is_put_aside(store: Store) -> None:
    """After five deliveries an event is dead, and the others go on."""
    await remember(store, 1)
    hasty = RedisPapers(store.link, idle_ms=0)
    for _ in range(DELIVERIES_MAX):
        assert len(await hasty.read("one", 10, 0)) == 1

    await remember(store, 2)

    assert [event.paper.id for event in await hasty.read("one", 10, 0)] == [paper(2).id]
    ((_, fields),) = await store.link.command("XRANGE", keys.DEAD_EVENTS, "-", "+")
    assert b"no matcher survived it" in fields


async def test_an_event_of_tomorrow_is_put_aside(store: Store) -> None:
    """An event that cannot be read is dead at once, and stops nobody."""
    await store.link.command("XADD", keys.STREAM, "*", "k", "new", "p", '{"v":9,"id":"x"}')
    await store.link.command("XADD", keys.STREAM, "*", "k", "poem", "p", "x")
    await store.link.command("XADD", keys.STREAM, "*", "x", "y")
    await remember(store, 1)

    assert [event.paper.id for event in await store.papers.read("one", 10, 0)] == [paper().id]
    assert [event.paper.id for event in await store.papers.since("0", 10) or ()] == [paper().id]
    assert await store.link.command("XLEN", keys.DEAD_EVENTS) == 3
    pending = await store.link.command("XPENDING", keys.STREAM, keys.GROUP)
    assert pending[0] == 1


async def test_the_stream_loses_only_what_is_old_and_done(store: Store) -> None:
    """Entries leave when they are older than three days and acknowledged, all of them before."""
    old = [f"{number}-0" for number in (1, 2, 3)]
    for entry in old:
        await _add(store, entry)
    events = await store.papers.read("one", 2, 0)
    await remember(store, 1)

    await store.papers.acknowledge(events[1:])
    assert await store.link.command("XLEN", keys.STREAM) == 4

    await store.papers.acknowledge(events[:1])
    assert [event.id for event in await store.papers.since(old[1], 1) or ()] == ["3-0"]
    assert len(await store.papers.since("0", 10) or ()) == 2
    assert await store.papers.since(old[0], 10) is None

    await store.papers.acknowledge(await store.papers.read("one", 10, 0))
    assert await store.link.command("XLEN", keys.STREAM) == 1
    assert len(await store.papers.since(old[2], 10) or ()) == 1


async def _add(store: Store, entry: str) -> None:
    await store.link.command("XADD", keys.STREAM, entry, "k", "new", "p", PAPER.dump(paper()))


async def test_consumers_of_today_are_kept(store: Store) -> None:
    """Nobody who may still acknowledge something is forgotten (M9)."""
    await remember(store, 1)
    await store.papers.read("busy", 1, 0)
    await store.papers.read("idle", 1, 0)

    names = await store.link.command("XINFO", "CONSUMERS", keys.STREAM, keys.GROUP)

    assert sorted(fields[1] for fields in names) == [b"busy", b"idle"]


async def test_scripts_come_back_after_a_restart(store: Store) -> None:
    """A server that forgot the scripts gets them again, alone and in a pipeline."""
    await store.link.command("SCRIPT", "FLUSH")
    await remember(store, 1, 2, 3)
    await store.link.command("SCRIPT", "FLUSH")

    assert len(await store.papers.read("one", 10, 0)) == 3


@pytest.mark.parametrize(
    "damaged", [b"", b"x", b"{}", b"[3]", b'[3,"a",{}]', b"[-1,1,1]", b"\xff", b"[" * 9_000]
)
async def test_what_is_known_of_a_paper_heals(store: Store, damaged: bytes) -> None:
    """A damaged record is begun anew: it must not stop all papers that come with it."""
    await remember(store, 1, 2)
    key, field = keys.seen(paper(1).id)
    await store.link.command("HSET", key, field, damaged)

    found = await store.papers.known([paper(1).id, paper(2).id])

    assert found[paper(2).id].alerted_version == record(paper(2)).alerted_version
    assert found[paper(1).id].paper == paper(1)
    assert await store.papers.remember([PaperWrite(found[paper(1).id], None)]) == [True]
    assert (await store.papers.known([paper(1).id]))[paper(1).id].shown_in == frozenset()
