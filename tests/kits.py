"""A Kit of one store's ports for the contract suites, and empty real stores."""

from __future__ import annotations

import os
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from adapters.redis.kinds import kind_of
from adapters.redis.store import Store

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from bot.ports import (
        ButtonTexts,
        ChannelFeed,
        Channels,
        Feeds,
        Leases,
        Messages,
        Outbox,
        OutboxDesk,
        Papers,
        RecentQueries,
    )

    class AllOfChannels(Channels, ChannelFeed, Protocol):
        """What commands write and what matchers follow."""


HASTY_S = 0.02
TAKEOVER_S = 2 * HASTY_S + 0.01
"""After this long a hasty kit's dead sender is replaced."""


@dataclass(frozen=True, slots=True)
class Kit:
    """The ports of one store, and a way to let its time pass."""

    papers: Papers
    feeds: Feeds
    leases: Leases
    channels: AllOfChannels
    outbox: Outbox
    desk: OutboxDesk
    messages: Messages
    button_texts: ButtonTexts
    recent: RecentQueries
    pass_s: Callable[[float], Awaitable[None]]


@asynccontextmanager
async def empty_store(
    url: str, *, lease_s: float = 60.0, http_timeout_s: float = 30.0
) -> AsyncIterator[Store]:
    """A store emptied before the test, and its keys checked after it."""
    async with await Store.open(
        url, "epoch", lease_s=lease_s, http_timeout_s=http_timeout_s
    ) as store:
        await store.link.command("FLUSHALL")
        yield store
        await _check_keys(store)


async def _check_keys(store: Store) -> None:
    """No key without a kind, of another type, or without end where keys.py gives no reason."""
    names = await store.link.command("KEYS", "*")
    types = await store.link.many([("TYPE", name) for name in names])
    lives = await store.link.many([("PTTL", name) for name in names])
    for name, found, life_ms in zip(names, types, lives, strict=True):
        key = os.fsdecode(name)
        kind = kind_of(key)
        assert kind is not None, f"kinds.py does not know {key}"
        assert found.decode() == kind.type, key
        assert life_ms >= 0 or kind.permanent, f"{key} would stay for ever"
