"""Two processes on one store: what one sets, the other follows; many alerts go in parts."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from storing import GENERAL, NOON, SLACK, alert, channel, notice, paper_list

from adapters.archive.snapshot import SnapshotFile
from adapters.redis import keys
from adapters.redis.erase import erase
from adapters.redis.outbox import CHUNK, RedisOutbox
from adapters.redis.store import Store
from bot.flow.subscribers import Subscribers
from bot.model.channel import ChannelId
from bot.world import SystemClock

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path
    from typing import Any

    from adapters.redis.link import Command, Link
    from bot.card.post import Post
    from bot.model.channel import Channel


def many(count: int) -> list[Channel]:
    """Channels of one tenant."""
    return [channel(replace(GENERAL, channel=f"c {number}")) for number in range(count)]


async def agree(store: Store, following: Subscribers) -> None:
    """The follower has what another one has who reads all."""
    fresh = Subscribers()
    await fresh.refresh(store.channels)
    assert contents(following) == contents(fresh)
    assert following.named == fresh.named


def contents(subscribers: Subscribers) -> dict[ChannelId, tuple[int, list[tuple[str, str]]]]:
    """What is known of each channel."""
    table = subscribers.table
    return {
        one: (table.revision(one), [(row.id, row.query) for row in table.rows(one)])
        for one in table.places
    }


async def test_one_process_follows_another(valkey: str, store: Store) -> None:
    """Changes that another process makes come, those of many tenants and of one, in one look."""
    following = Subscribers()
    async with await Store.open(valkey, "epoch") as other:
        await following.refresh(store.channels)
        await other.channels.write(many(120), None, 10_000)
        for number in range(70):
            one = channel(ChannelId("slack", f"T{number}", "C1"))
            await other.channels.write([one], None, 100)
        await following.refresh(store.channels)
        await agree(other, following)

        emptied = replace(channel(subscriptions=0), id=many(1)[0].id, revision=1, muted=())
        await other.channels.write([emptied], None, 10_000)
        await following.refresh(store.channels)
        await agree(other, following)


async def test_a_gap_is_noticed_and_healed(store: Store) -> None:
    """More changes than the log keeps: what differs is read, and what was erased is forgotten."""
    await store.channels.write([channel(SLACK)], None, 100)
    await store.channels.write(many(1_200)[:600], None, 100_000)
    following = Subscribers()
    await following.refresh(store.channels)
    await store.channels.write(many(1_200)[600:], None, 100_000)
    again = [replace(one, revision=1) for one in many(600)]
    await store.channels.write(again, None, 100_000)
    await erase(store.link, "slack", "T1", NOON)

    await following.refresh(store.channels)

    assert SLACK not in following.table.places
    assert following.is_to_save
    await agree(store, following)


async def test_a_store_that_was_set_back_is_noticed(store: Store) -> None:
    """A replica that lost the last writes says less than was read: revisions tell what differs."""
    await store.channels.write([channel()], None, 100)
    before = await store.link.command("DUMP", f"{keys.tenant_of(GENERAL)}channels")
    await store.channels.write([channel(revision=1, subscriptions=3)], None, 100)
    following = Subscribers()
    await following.refresh(store.channels)
    assert len(following) == 3

    await store.link.command("SET", f"{keys.root_of(GENERAL)}changed", 1)
    name = f"{keys.tenant_of(GENERAL)}channels"
    await store.link.command("RESTORE", name, 0, before, "REPLACE")
    await following.refresh(store.channels)

    assert len(following) == 1
    await agree(store, following)


async def test_a_restart_begins_with_the_file(store: Store, tmp_path: Path) -> None:
    """The next process has all from the file and the log; one of another store has it not."""
    sleep = SystemClock().sleep
    await store.channels.write(many(300), None, 10_000)
    first = Subscribers(snapshots=SnapshotFile(tmp_path, "epoch"), snapshot_from=10)
    await first.refresh(store.channels, sleep)
    await first.save(sleep)
    await store.channels.write([channel(SLACK)], None, 100)

    second = Subscribers(snapshots=SnapshotFile(tmp_path, "epoch"), snapshot_from=10)
    await second.refresh(store.channels, sleep)
    assert len(second) == 301
    await agree(store, second)

    await store.link.command("FLUSHALL")
    third = Subscribers(snapshots=SnapshotFile(tmp_path, "another"), snapshot_from=10)
    await third.refresh(store.channels, sleep)
    assert len(third) == 0


class Watched:
    """A link that remembers how much went in each trip."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self.trips: list[int] = []

    async def many(self, commands: Sequence[Command]) -> list[Any]:
        """As Link.many."""
        if commands:
            self.trips.append(len(commands))
        return await self._link.many(commands)


async def test_thousands_of_alerts_go_in_parts(store: Store) -> None:
    """Alerts of one paper, for one tenant or for hundreds, are queued some at a time, once."""
    link = Watched(store.link)
    outbox = RedisOutbox(link)  # type: ignore[arg-type]  # as much of a link as queueing takes
    here = [alert(1, replace(GENERAL, channel=f"c{number}")) for number in range(1_100)]
    there = [
        alert(1, ChannelId("slack", f"T{number % 150}", f"C{number}")) for number in range(900)
    ]

    assert await outbox.queue([*here, *there]) == 2_000
    assert await outbox.queue([*there, *here]) == 0

    assert len(link.trips) >= 2 * 2_000 // CHUNK
    assert (await store.outbox.books()).queued == 2_000
    assert await store.outbox.recount() == 2_000
    assert len(await store.outbox.channels()) == 2_000


async def test_runs_of_one_key_keep_each_post(store: Store) -> None:
    """Alerts of one paper share what is said of it; lists and notices between them stay whole."""
    one, other = GENERAL, replace(GENERAL, channel="other")
    posts: list[Post] = [
        alert(1, one),
        alert(1, other),
        alert(1, one, version=2),
        alert(1, other, version=2),
        notice("x", one),
        notice("x", other),
        paper_list("l", (alert(1, one), alert(3, one)), one),
        alert(3, one),
        alert(3, other),
    ]

    assert await store.outbox.queue(posts) == 8

    assert await store.outbox.waiting(one) == 4
    assert await store.outbox.waiting(other) == 4
    assert await store.outbox.posted(other, alert(3).key) == alert(3, other)
    assert await store.outbox.posted(one, alert(1, version=2).key) == alert(1, one, version=2)
