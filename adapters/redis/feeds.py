"""Feeds: where we stand with each feed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from adapters.redis import keys
from adapters.redis.codec import FEED, Unreadable
from bot.ports import FeedState

if TYPE_CHECKING:
    from collections.abc import Sequence

    from adapters.redis.link import Link


class RedisFeeds:
    """The Feeds port."""

    def __init__(self, link: Link) -> None:
        self._link = link

    async def state(self, feed: str) -> FeedState:
        """As Feeds.state; one that cannot be read is a fresh one, and begins with a baseline."""
        return _state(feed, await self._link.command("HGET", keys.FEEDS, feed))

    async def save(self, state: FeedState) -> None:
        """As Feeds.save."""
        await self._link.command("HSET", keys.FEEDS, state.feed, FEED.dump(state))

    async def all(self) -> Sequence[FeedState]:
        """As Feeds.all."""
        found = await self._link.command("HGETALL", keys.FEEDS)
        pairs = zip(found[::2], found[1::2], strict=True)
        return sorted(
            (_state(name.decode(), text) for name, text in pairs), key=lambda state: state.feed
        )


def _state(feed: str, text: bytes | None) -> FeedState:
    try:
        return FEED.load(text) if text is not None else FeedState(feed)
    except Unreadable:
        return FeedState(feed)
