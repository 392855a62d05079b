"""RecentQueries: the few queries that a person searched for last."""

from __future__ import annotations

from typing import TYPE_CHECKING

from adapters.redis import keys
from adapters.redis.link import Call, script
from bot.ports import RECENT_CHARS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from adapters.redis.link import Link
    from bot.model.channel import ChannelId, UserId

_RECENT = script("recent")


class RedisRecentQueries:
    """The RecentQueries port."""

    def __init__(self, link: Link) -> None:
        self._link = link

    async def add(self, channel: ChannelId, user: UserId, query: str) -> None:
        """As RecentQueries.add."""
        if not query or len(query) > RECENT_CHARS:
            return
        text = query.encode("utf-8", "replace")
        args = (text, keys.RECENT_MAX, keys.RECENT_MS)
        await self._link.call(Call(_RECENT, (keys.recent(channel, user),), args))

    async def of(self, channel: ChannelId, user: UserId) -> Sequence[str]:
        """As RecentQueries.of."""
        found = await self._link.command("LRANGE", keys.recent(channel, user), 0, -1)
        return [text.decode() for text in found]
