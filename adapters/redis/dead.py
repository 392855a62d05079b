"""What was given up, for a person to see: posts refused for good, events no matcher survived."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from adapters.redis import keys
from adapters.redis.codec import from_ms

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from adapters.redis.link import Link
    from bot.model.channel import ChannelId


@dataclass(frozen=True, slots=True)
class DeadPost:
    """A post that was given up, and why. Kept for 60 days."""

    channel: ChannelId
    key: str
    reason: str
    at: datetime


async def dead_posts(link: Link, count: int) -> Sequence[DeadPost]:
    """The newest posts that were given up, over all tenants."""
    found: list[DeadPost] = []
    cursor = b"0"
    while True:
        cursor, names = await link.command(
            "SCAN", cursor, "MATCH", "pw:1:{p[0-9][0-9]}:*:dead", "COUNT", 1_000
        )
        asked = [("XREVRANGE", name, "+", "-", "COUNT", count) for name in names]
        for entries in await link.many(asked):
            for entry_id, flat in entries:
                fields = dict(zip(flat[::2], flat[1::2], strict=True))
                found.append(
                    DeadPost(
                        channel=keys.channel_of(fields[b"c"].decode()),
                        key=fields[b"k"].decode(errors="replace"),
                        reason=fields[b"w"].decode(errors="replace"),
                        at=from_ms(int(entry_id.partition(b"-")[0])),
                    )
                )
        if cursor == b"0":
            return sorted(found, key=lambda post: post.at, reverse=True)[:count]


async def dead_events(link: Link) -> int:
    """How many events of papers were put aside in the last 60 days."""
    return int(await link.command("XLEN", keys.DEAD_EVENTS))
