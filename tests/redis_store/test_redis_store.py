"""Opening a store, and what is said when it is not there or not ours."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from redis.exceptions import AuthenticationError, OutOfMemoryError, ResponseError
from storing import GENERAL, SLACK, alert, card

from adapters.redis import keys
from adapters.redis.dead import dead_events, dead_posts
from adapters.redis.link import Link, address, sentence
from adapters.redis.store import SCHEMA, Store
from bot.model.alert import PostKey
from bot.model.errors import SettingsError, StoreDown, StoreLost, StoreNewer
from bot.world import SystemClock

if TYPE_CHECKING:
    from pathlib import Path


async def test_a_store_keeps_its_epoch(valkey: str, store: Store) -> None:
    """The first open names the store's life; later ones find that name."""
    await store.link.command("FLUSHALL")
    async with await Store.open(valkey, "first") as one, await Store.open(valkey, "b") as other:
        assert one.epoch == other.epoch == "first"
        await one.ping()


async def test_a_store_that_was_emptied_is_left_alone(valkey: str, store: Store) -> None:
    """Who knew its epoch is refused, and nothing is written into the store (R3)."""
    await store.link.command("FLUSHALL")

    with pytest.raises(StoreLost, match="emptied or replaced"):
        await Store.open(valkey, "token", epoch_was="before")

    assert await store.link.command("DBSIZE") == 0
    async with (
        await Store.open(valkey, "token") as one,
        await Store.open(valkey, "other", epoch_was=one.epoch) as again,
    ):
        assert again.epoch == "token"


@pytest.mark.parametrize("change", [["FLUSHALL"], ["SET", keys.EPOCH, "another"]])
async def test_a_store_that_is_emptied_meanwhile_is_noticed(
    valkey: str, store: Store, change: list[str]
) -> None:
    """Whoever uses it is told, also when another program made it its own since."""
    clock = SystemClock()
    looked: list[float] = []

    async def empty() -> None:
        await clock.sleep(0.05)
        looked.append(clock.monotonic())
        await store.link.command(*change)

    async with await Store.open(valkey, "token") as one, asyncio.timeout(5):
        with pytest.raises(StoreLost):
            await asyncio.gather(one.stay(clock, 0.01), empty())
    assert looked
    await store.link.command("FLUSHALL")


async def test_a_newer_store_is_left_alone(valkey: str, store: Store) -> None:
    """A store of a newer schema is refused, and nothing in it changes."""
    await store.link.command("SET", keys.SCHEMA, SCHEMA + 1)
    await store.link.command("DEL", keys.EPOCH)

    with pytest.raises(StoreNewer, match="newer paperwire"):
        await Store.open(valkey, "token")

    assert await store.link.command("GET", keys.SCHEMA) == b"%d" % (SCHEMA + 1)
    assert await store.link.command("EXISTS", keys.EPOCH) == 0
    await store.link.command("SET", keys.SCHEMA, "1")


async def test_a_store_of_before_is_raised(valkey: str, store: Store) -> None:
    """What this program writes into it, the one of before must not read."""
    await store.link.command("SET", keys.SCHEMA, "1")

    async with await Store.open(valkey, "token"):
        assert await store.link.command("GET", keys.SCHEMA) == b"%d" % SCHEMA


async def test_a_store_that_is_not_there(tmp_path: Path) -> None:
    """Who is not there is named, with what to look at."""
    with pytest.raises(StoreDown, match=r"gone\.sock cannot be reached: is it running\?"):
        await Store.open(f"unix://{tmp_path}/gone.sock", "token")


@pytest.mark.parametrize(
    "url",
    [
        "redis+cluster://a:1",
        "http://localhost",
        "",
        "redis://localhost:port",
        "localhost",
        "redis://localhost/0?no_such_option=1",
    ],
)
async def test_a_url_that_names_no_store(url: str) -> None:
    """A URL that cannot be used is a wrong setting, said in a sentence."""
    with pytest.raises(SettingsError, match="PAPERWIRE_REDIS_URL"):
        await Store.open(url, "token")


async def test_no_password_is_ever_shown(tmp_path: Path) -> None:
    """Neither the link's repr nor an error or its causes hold the password (M18)."""
    url = f"unix://user:hunter2@{tmp_path}/gone.sock"
    link = Link(url)
    assert "hunter2" not in repr(link)
    assert "hunter2" not in address("redis://user:hunter2@host:1/0?password=hunter2")

    with pytest.raises(StoreDown) as caught:
        await link.command("PING")

    error: BaseException | None = caught.value
    while error is not None:
        assert "hunter2" not in repr(error)
        error = error.__cause__
    await link.close()


def test_each_refusal_has_its_advice() -> None:
    """What to do depends on what the server said."""
    assert "user and password" in sentence("x", AuthenticationError("WRONGPASS"))
    assert "memory" in sentence("x", OutOfMemoryError("OOM command not allowed"))
    assert "disk" in sentence("x", ResponseError("MISCONF Errors writing to the AOF file"))
    assert "7.0" in sentence("x", ResponseError("unknown command"))


async def test_a_full_server_refuses_in_a_sentence(store: Store) -> None:
    """Without memory nothing is written and nothing thrown away: StoreDown (C38)."""
    await store.outbox.queue([alert(1)])
    (_, memory) = await store.link.command("CONFIG", "GET", "maxmemory")
    await store.link.command("CONFIG", "SET", "maxmemory", "1mb")
    try:
        with pytest.raises(StoreDown, match="refuses to write"):
            await store.outbox.queue([alert(2)])
        with pytest.raises(StoreDown):
            await store.ping()
    finally:
        await store.link.command("CONFIG", "SET", "maxmemory", memory)

    assert (await store.outbox.books()).waiting == 1


async def test_a_cancelled_wait_leaves_nothing_behind(valkey: str, store: Store) -> None:
    """A wait ends at once wherever it is cut off, and each later command gets its own answer."""
    loop = asyncio.get_running_loop()
    for spins in range(40):
        async with await Store.open(valkey, "t") as other, asyncio.TaskGroup() as group:
            wait = group.create_task(other.messages.wait(GENERAL, None, 60))
            count = group.create_task(other.outbox.books())
            for _ in range(spins):
                await SystemClock().sleep(0)
            began = loop.time()
            wait.cancel()
            count.cancel()
        assert loop.time() - began < 1.5

    assert await store.link.command("ECHO", "x") == b"x"
    await store.messages.append(GENERAL, PostKey("a"), card(), alert().queued_at)
    assert [one.key for one in await store.messages.wait(GENERAL, None, 5)] == ["a"]


async def test_a_wiped_store_is_read_again(store: Store) -> None:
    """A reader whose group went with the store says so once and then goes on."""
    assert await store.papers.read("one", 1, 0) == []
    await store.link.command("FLUSHALL")

    with pytest.raises(StoreDown):
        await store.papers.read("one", 1, 0)

    assert await store.papers.read("one", 1, 0) == []


async def test_risky_settings_are_named(valkey: str, old_redis: str) -> None:
    """A server without an append-only file is warned of; the embedded one is not."""
    async with await Store.open(valkey, "token") as good, await Store.open(old_redis, "t") as bad:
        assert await good.warnings() == []
        (warning,) = await bad.warnings()
        assert "appendonly yes" in warning


async def test_the_recount_agrees_with_the_books(store: Store) -> None:
    """Counting post by post gives what the scripts counted."""
    await store.outbox.queue([alert(1), alert(2)])
    await store.outbox.queue([alert(3, SLACK)])

    assert await store.outbox.recount() == (await store.outbox.books()).waiting == 3
    assert sorted(await store.outbox.channels()) == sorted([GENERAL, SLACK])


async def test_a_post_of_tomorrow_is_put_aside(store: Store) -> None:
    """A post that cannot be read is dead, and the one behind it goes on (T21)."""
    await store.outbox.queue([alert(1), alert(2)])
    post = f"{keys.tenant_of(GENERAL)}post:general:{alert(1).key}"
    await store.link.command("HSET", post, "b", '{"v":9,"kind":"alert"}')

    head = await store.outbox.lease("one", ["web"], alert(2, minute=5).queued_at)

    assert head is not None
    assert head.post == alert(2)
    books = await store.outbox.books()
    assert (books.dead, books.difference) == (1, 0)
    (dead,) = await dead_posts(store.link, 10)
    assert (dead.channel, dead.key) == (GENERAL, alert(1).key)
    assert "format 9" in dead.reason
    assert await dead_events(store.link) == 0
