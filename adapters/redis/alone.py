"""What a dead process held is free at once, where it is certain that no other is alive.

Only the embedded store can know: its lock says that we are its one owner. Elsewhere a dead
sender's channel is taken over after its lease and the longest post, a dead matcher's papers after
a minute, Discord's connection after half of one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from adapters.redis import keys

if TYPE_CHECKING:
    from adapters.redis.link import Link

GATEWAY: Final = "discord.gateway"
"""The lease on Discord's connection, which a process holds as long as it runs."""

_LONG_AGO_MS: Final = 24 * 60 * 60 * 1000
_PAGE: Final = 500


async def free_the_dead(link: Link) -> None:
    """End the leases on channels and on Discord, and let papers in matching be taken again."""
    for number in range(keys.PARTITIONS):
        root = keys.root(number)
        for platform in await link.command("SMEMBERS", f"{root}platforms"):
            leased = f"{root}leased:{platform.decode()}"
            for member in await link.command("ZRANGE", leased, 0, -1):
                await link.command("ZADD", leased, "XX", 0, member)
    await link.command("DEL", keys.lease(GATEWAY))
    await _free_papers(link)


async def _free_papers(link: Link) -> None:
    if not await link.command("EXISTS", keys.STREAM):
        return
    if not await link.command("XINFO", "GROUPS", keys.STREAM):
        return
    last = "-"
    while page := await link.command("XPENDING", keys.STREAM, keys.GROUP, last, "+", _PAGE):
        last = f"({page[-1][0].decode()}"
        for event_id, consumer, *_ in page:
            # JUSTID: a look, not a delivery; only the time since the last one is set
            claim = ("XCLAIM", keys.STREAM, keys.GROUP, consumer, 0, event_id)
            await link.command(*claim, "IDLE", _LONG_AGO_MS, "JUSTID")
