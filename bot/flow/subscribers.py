"""Every channel's settings in memory, kept in step with the store."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import structlog

from bot.match.matcher import Matcher
from bot.query.ast import And, Category, Node, Not, Or, Query
from bot.query.parse import Use, parse

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from bot.match.matcher import Match
    from bot.model.channel import Channel, ChannelId
    from bot.model.paper import Paper
    from bot.model.subscription import Subscription
    from bot.ports import Channels

log = structlog.get_logger()


class Follower:
    """The channels of a store, refreshed before each use; tells which have changed."""

    def __init__(self) -> None:
        self.channels: dict[ChannelId, Channel] = {}
        self._cursor: str | None = None

    async def refresh(self, port: Channels) -> Sequence[tuple[Channel | None, Channel]]:
        """Read what has changed: each channel as it was here (None: unknown) and as it is."""
        if self._cursor is not None:
            cursor, changed = await port.changed(self._cursor)
            if changed is not None:
                news = [await port.read(channel) for channel in changed]
                self._cursor = cursor
                return self._put(news)
        # The cursor first: what changes while all are read is read again, never missed.
        cursor, _ = await port.changed(None)
        news = [channel async for channel in port.all()]
        self._cursor = cursor
        return self._put(news)

    def _put(self, news: Sequence[Channel]) -> Sequence[tuple[Channel | None, Channel]]:
        changes = []
        for channel in news:
            known = self.channels.get(channel.id)
            if known is None or known.revision != channel.revision:
                self.channels[channel.id] = channel
                changes.append((known, channel))
        return changes


class Subscribers:
    """All subscriptions that are not paused, in an index."""

    def __init__(self) -> None:
        self._follower = Follower()
        self._matcher = Matcher()
        self._entries: dict[str, tuple[ChannelId, Subscription, Node]] = {}

    def __len__(self) -> int:
        return len(self._entries)

    @property
    def channels(self) -> Mapping[ChannelId, Channel]:
        """The channels as they were at the last refresh."""
        return self._follower.channels

    async def refresh(self, port: Channels) -> None:
        """Bring the index in step with the store."""
        for was, channel in await self._follower.refresh(port):
            kept = {one.id: one for one in channel.subscriptions if one.pause is None}
            for gone in was.subscriptions if was is not None else ():
                if gone.id not in kept and self._holder(gone.id) == channel.id:
                    self._matcher.remove(gone.id)
                    del self._entries[gone.id]
            for one in kept.values():
                self._put(channel.id, one)

    def match(self, paper: Paper) -> Iterator[tuple[ChannelId, Subscription, Node, Match]]:
        """The subscriptions whose query holds."""
        for match in self._matcher.match(paper):
            yield (*self._entries[match.key], match)

    def _holder(self, key: str) -> ChannelId | None:
        """Who has the subscription now: one that was moved is not removed by its old channel."""
        entry = self._entries.get(key)
        return entry[0] if entry is not None else None

    def _put(self, channel: ChannelId, one: Subscription) -> None:
        known = self._entries.get(one.id)
        if known is not None and known[1].query == one.query:
            self._entries[one.id] = (channel, one, known[2])
            return
        query = parse(one.query, Use.SUBSCRIPTION)
        if not isinstance(query, Query):
            log.error("subscription.unreadable", subscription=one.id, reason=query.message)
            return
        self._matcher.add(one.id, query.tree)
        self._entries[one.id] = (channel, one, query.tree)


def named_classes(channels: Mapping[ChannelId, Channel]) -> frozenset[str]:
    """Classes and archives that subscriptions ask for by `cat:`, in lower case."""
    queries = {one.query for channel in channels.values() for one in channel.subscriptions}
    return frozenset(code for text in queries for code in _codes(text))


@lru_cache(maxsize=65_536)
def _codes(text: str) -> frozenset[str]:
    query = parse(text, Use.SUBSCRIPTION)
    if not isinstance(query, Query):
        return frozenset()
    return frozenset(leaf.code for leaf in _categories(query.tree))


def names_class(named: frozenset[str], part: str) -> bool:
    """Whether a class is among the named ones: itself, or its whole archive."""
    code = part.lower()
    return code in named or code.partition(".")[0] in named


def _categories(node: Node) -> Iterator[Category]:
    """What is asked for; what stands under a NOT is not wanted."""
    match node:
        case And(parts=parts) | Or(parts=parts):
            for part in parts:
                yield from _categories(part)
        case Not(part=Not(part=part)):
            yield from _categories(part)
        case Category():
            yield node
        case _:
            return
