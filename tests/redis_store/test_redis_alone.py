"""The one owner of a store takes over at once what a dead process held."""

from __future__ import annotations

from typing import TYPE_CHECKING

from storing import NOON, alert, paper, record

from adapters.redis.alone import GATEWAY, free_the_dead
from bot.ports import EventKind, PaperWrite

if TYPE_CHECKING:
    from adapters.redis.store import Store


async def test_a_dead_senders_channel_and_a_dead_matchers_papers_are_free(store: Store) -> None:
    """Both are refused before, and given after, with a higher fence; nothing else changes."""
    await store.papers.remember([PaperWrite(record(paper(1)), EventKind.NEW)])
    await store.outbox.queue([alert(1)])
    taken = await store.papers.read("dead", 10, 0)
    held = await store.outbox.lease("dead", ["web"], NOON)
    assert held is not None
    assert await store.papers.read("alive", 10, 0) == []
    assert await store.outbox.lease("alive", ["web"], NOON) is None

    await free_the_dead(store.link)

    assert await store.papers.read("alive", 10, 0) == taken
    head = await store.outbox.lease("alive", ["web"], NOON)
    assert head is not None
    assert (head.post, head.fence) == (held.post, held.fence + 1)
    assert not await store.outbox.mark(held, NOON)
    assert (await store.outbox.books()).difference == 0


async def test_an_empty_store_has_nothing_to_free(store: Store) -> None:
    """It is called at every start."""
    await free_the_dead(store.link)

    assert (await store.outbox.books()).queued == 0


async def test_the_connection_to_discord_of_a_dead_process_is_free(store: Store) -> None:
    """Its lease ends, as nobody else can hold it; other leases stay."""
    for name in (GATEWAY, "poll arxiv"):
        assert await store.leases.acquire(name, "dead", 60)
    await free_the_dead(store.link)

    assert await store.leases.acquire(GATEWAY, "we", 60)
    assert not await store.leases.acquire("poll arxiv", "we", 60)
