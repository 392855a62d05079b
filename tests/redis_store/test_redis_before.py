"""Posts and memories as a program of before wrote them: what waits there goes on."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from storing import GENERAL, NOON, alert, notice

from adapters.redis import keys
from adapters.redis.backup import dump
from bot.card.post import PaperList
from bot.model.alert import PostKey, Receipt
from bot.ports import Dead, Done, Head

if TYPE_CHECKING:
    from adapters.redis.store import Store
    from bot.ports import Step

OTHER = replace(GENERAL, channel="other")
LATE = NOON + timedelta(hours=1)
ROOT = keys.root_of(GENERAL)


async def age(store: Store) -> None:
    """Bring what waits in the channel, and what it remembers, into the form of before."""
    tenant = keys.tenant_of(GENERAL)
    for key in await store.link.command("LRANGE", f"{tenant}q:general", 0, -1):
        post = f"{tenant}post:general:{key.decode()}"
        said = await store.link.command("HGET", post, "q")
        if said is not None:
            at, bucket, name = said.decode().split(" ", 2)
            fields = ("w", 1, "k", "a", "t", at, "s", bucket, "m", name)
            await store.link.command("HSET", post, *fields)
            await store.link.command("HDEL", post, "q")
            await store.link.command("HSET", f"{tenant}box:general", "queued_at", at)
    for bucket in await store.link.command("SMEMBERS", f"{ROOT}buckets"):
        await store.link.command("SADD", f"{tenant}buckets:general", bucket)
    await store.link.command("DEL", f"{ROOT}buckets")


async def balanced(store: Store) -> tuple[int, int, int, int]:
    """Queued, sent, dead and waiting, which balance and agree with a count one by one."""
    books = await store.outbox.books()
    assert books.difference == 0
    assert await store.outbox.recount() == books.waiting
    return books.queued, books.sent, books.dead, books.waiting


async def leased(store: Store) -> Head:
    """The head that is due."""
    head = await store.outbox.lease("one", ["web"], LATE)
    assert head is not None
    return head


@pytest.mark.parametrize("step", [Done(Receipt("7")), Dead("no")])
async def test_what_waits_ends_as_before(store: Store, step: Step) -> None:
    """Alerts of both forms are posted or put aside in their order, each once, for ever."""
    await store.outbox.queue([alert(1), alert(2, version=2, minute=1)])
    await age(store)
    assert await store.outbox.queue([alert(1), alert(2), alert(3, minute=2)]) == 1

    assert await balanced(store) == (3, 0, 0, 3)
    for number, expected in enumerate((alert(1), alert(2, version=2, minute=1), alert(3))):
        head = await leased(store)
        assert (head.post.key, head.waiting) == (expected.key, 2 - number)
        assert head.last_queued_at == NOON + timedelta(minutes=2)
        assert await store.outbox.mark(head, LATE)
        assert await store.outbox.settle(head, step, LATE)
    ended = (3, 0) if isinstance(step, Done) else (0, 3)
    assert await balanced(store) == (3, *ended, 0)
    assert await store.outbox.queue([alert(1), alert(2), alert(3)]) == 0


async def test_both_forms_become_one_list(store: Store) -> None:
    """The rest of a batch is gathered, whichever program queued it."""
    await store.outbox.queue([alert(1), notice(), alert(2)])
    await age(store)
    await store.outbox.queue([alert(3)])

    assert await store.outbox.gather(await leased(store), PostKey("list:x"), LATE)

    head = await leased(store)
    assert isinstance(head.post, PaperList)
    assert [one.key for one in head.post.alerts] == [alert(number).key for number in (1, 2, 3)]
    assert await balanced(store) == (4, 0, 0, 4)


async def test_memory_of_both_forms_moves(store: Store) -> None:
    """A channel that moves takes along what it remembers, whichever program remembered it."""
    await store.outbox.queue([alert(1), alert(2)])
    await age(store)
    await store.outbox.queue([alert(3), replace(alert(4), key=PostKey("doi:10.1/a b"))])
    await store.outbox.queue([alert(2, OTHER)])

    assert await store.outbox.move(GENERAL, OTHER) == 3

    again = [*map(alert, (1, 2, 3)), replace(alert(4), key=PostKey("doi:10.1/a b"))]
    assert await store.outbox.queue([replace(one, channel=OTHER) for one in again]) == 0
    assert await balanced(store) == (4, 0, 0, 4)


async def test_a_backup_has_both_forms_alike(store: Store) -> None:
    """A backup spells every waiting post out, and has all that a channel remembers."""
    await store.outbox.queue([alert(1), notice()])
    fresh = [line async for line in dump(store, NOON)]
    await age(store)
    await store.link.command("DEL", f"{keys.tenant_of(GENERAL)}box:general")

    assert [line async for line in dump(store, NOON)] == fresh
    (box,) = (line for line in fresh if '"t":"box"' in line)
    assert '"memory":{"2401":["1"]}' in box


async def test_a_channel_without_a_box_is_backed_up(store: Store) -> None:
    """What a channel remembers is in a backup though nothing waits and nothing was ever sent."""
    await store.outbox.queue([alert(1)])
    await store.outbox.move(GENERAL, OTHER)

    lines = [line async for line in dump(store, NOON)]

    boxes = [line for line in lines if '"t":"box"' in line]
    assert [line.count('"memory":{"2401":["1"]}') for line in boxes] == [1]
    assert '"channel":"web:local:other"' in boxes[0]
