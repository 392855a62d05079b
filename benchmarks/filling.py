"""A store full of subscriptions: `python benchmarks/filling.py FOLDER SUBSCRIPTIONS CHANNELS`.

Fills the embedded store of a data folder and stops it. Channels are of tenants with a hundred
each; the subscriptions are the first of workload Z, dealt out in order.
"""

from __future__ import annotations

import asyncio
import sys
import time
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Final

import workload
from measuring import cpu_s

from adapters.redis import keys
from adapters.redis.codec import CHANNEL
from adapters.redis.embedded import EmbeddedServer
from adapters.redis.link import BATCH, Call, script
from adapters.redis.store import Store
from bot.model.channel import Channel, ChannelId, UserId
from bot.model.subscription import DEFAULT_TYPES, Subscription, SubscriptionId
from bot.world import SystemChance, SystemClock

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

TENANT: Final = 100
"""Channels of a tenant."""

_CHANNEL: Final = script("restore_channel")
_LETTERS: Final = "abcdefghijklmnopqrstuvwxyz234567"


async def fill(store: Store, subscriptions: int, channels: int) -> None:
    """Write all channels, a batch of scripts a trip, as a restore does."""
    calls: list[Call] = []
    for channel in made(subscriptions, channels, SystemClock().now()):
        calls.append(_call(channel))
        if len(calls) == BATCH:
            await store.link.many(calls)
            calls = []
    await store.link.many(calls)


def made(subscriptions: int, channels: int, at: datetime) -> Iterator[Channel]:
    """The channels, their subscriptions dealt out in order."""
    texts = enumerate(workload.texts("Z", subscriptions))
    for place in range(channels):
        home = channel_id(place)
        count = subscriptions * (place + 1) // channels - subscriptions * place // channels
        yield Channel(
            home,
            revision=1,
            next_number=count + 1,
            subscriptions=tuple(
                Subscription(
                    id=SubscriptionId(_id(number)),
                    channel=home,
                    number=own,
                    query=text,
                    types=DEFAULT_TYPES,
                    created_by=UserId("U0000001"),
                    created_at=at,
                )
                for own, (number, text) in enumerate(islice(texts, count), 1)
            ),
        )


def channel_id(place: int) -> ChannelId:
    """The channel at a place, its tenant's hundredth or an earlier one."""
    return ChannelId("slack", f"T{place // TENANT:09}", f"C{place:09}")


def _id(number: int) -> str:
    """A subscription's id, as long as those that are drawn."""
    return "".join(_LETTERS[number * 2_654_435_761 >> 5 * at & 31] for at in range(12))


def _call(channel: Channel) -> Call:
    root, tenant = keys.root_of(channel.id), keys.tenant_of(channel.id)
    names = (
        f"{tenant}channels",
        f"{tenant}subscriptions",
        f"{root}tenants",
        f"{root}changes",
        f"{root}changed",
    )
    args = (
        f"{channel.id.platform}:{channel.id.tenant}",
        keys.quoted(channel.id.channel),
        keys.member(channel.id),
        channel.revision,
        len(channel.subscriptions),
        CHANNEL.dump(channel),
        keys.CHANGES_MAX,
    )
    return Call(_CHANNEL, names, args)


async def main(folder: Path, subscriptions: int, channels: int) -> None:
    """Fill the folder's store."""
    workload.ensure("Z", subscriptions)
    begun = time.perf_counter()
    async with (
        await EmbeddedServer.start(folder, SystemClock()) as server,
        await Store.open(server.url, SystemChance().token()) as store,
    ):
        await fill(store, subscriptions, channels)
        took_s = time.perf_counter() - begun
        print(
            f"{subscriptions:,} subscriptions, {channels:,} channels: {took_s:.1f} s, of them "
            f"{time.process_time():.1f} s here and {cpu_s(server.pid):.1f} s in the store"
        )


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])))
