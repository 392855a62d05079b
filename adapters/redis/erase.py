"""Erasing a tenant: all that the store keeps of it, and nothing of any other.

Marked first and unmarked last: one that was broken off is finished by being begun again.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from adapters.redis import keys
from adapters.redis.codec import ms
from adapters.redis.link import BATCH, Call, script
from bot.model.channel import ChannelId

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from datetime import datetime

    from adapters.redis.link import Link

CHUNK: Final = 500
"""Posts in one script, and keys looked at in one step: a few ms, so that it holds up nobody."""

_BEGIN = script("erase_begin")
_BOX = script("erase_box", "box")
_END = script("erase_end")


async def is_kept(link: Link, platform: str, tenant: str) -> bool:
    """Whether the store has anything of a tenant; one that is half erased counts."""
    root, name, prefix = _names(platform, tenant)
    value = await link.command("HGET", f"{root}removed", name)
    if value is not None and not value.endswith(b" erased"):
        return True
    if await link.command("SISMEMBER", f"{root}tenants", name):
        return True
    async for _ in _scan(link, prefix):
        return True
    return False


async def erase(link: Link, platform: str, tenant: str, now: datetime) -> int:
    """Erase a tenant; how many keys went. Free to repeat; 0 when nothing was there."""
    if not await is_kept(link, platform, tenant):
        return 0
    root, name, prefix = _names(platform, tenant)
    await link.call(Call(_BEGIN, (f"{root}removed",), (name, ms(now))))
    gone = await _erase_boxes(link, root, name, prefix)
    async for found in _scan(link, prefix):
        gone += int(await link.command("UNLINK", *found))
    await _erase_members(link, root, name, platform)
    for kind in ("lease:turn", "once:request"):
        async for found in _matching(link, f"pw:1:{kind}:{_literal(name)}:*"):
            await link.command("UNLINK", *found)
    last = tuple(f"{root}{part}" for part in ("removed", "tenants", "changes", "changed"))
    await link.call(Call(_END, last, (name, ms(now))))
    return gone


async def _erase_boxes(link: Link, root: str, name: str, prefix: str) -> int:
    """What waits, before all else: a waiting post says what the books count for it."""
    gone = 0
    for part in ("q:", "box:"):
        async for found in _scan(link, f"{prefix}{part}"):
            for key in found:
                channel = key.decode().removeprefix(f"{prefix}{part}")
                args = (root, f"{name}:{channel}", CHUNK)
                left = 1
                while left:
                    left, count = await link.call(Call(_BOX, (f"{root}books",), args))
                    gone += count
    return gone


async def _erase_members(link: Link, root: str, name: str, platform: str) -> None:
    """Channels among those of others that are due, leased, waiting or held without a post."""
    pattern = f"{_literal(name)}:*"
    for key, look, drop in (
        (f"{root}held", "HSCAN", "HDEL"),
        (f"{root}waiting", "ZSCAN", "ZREM"),
        (f"{root}due:{platform}", "ZSCAN", "ZREM"),
        (f"{root}leased:{platform}", "ZSCAN", "ZREM"),
    ):
        cursor = b"0"
        while True:
            cursor, found = await link.command(look, key, cursor, "MATCH", pattern, "COUNT", CHUNK)
            if found:
                await link.command(drop, key, *found[::2])
            if cursor == b"0":
                break


def _names(platform: str, tenant: str) -> tuple[str, str, str]:
    somewhere = ChannelId(platform, tenant, "")
    return keys.root_of(somewhere), f"{platform}:{tenant}", keys.tenant_of(somewhere)


def _scan(link: Link, prefix: str) -> AsyncIterator[list[bytes]]:
    return _matching(link, f"{_literal(prefix)}*")


async def _matching(link: Link, pattern: str) -> AsyncIterator[list[bytes]]:
    """Keys by a glob, some at a time."""
    cursor = b"0"
    while True:
        cursor, found = await link.command("SCAN", cursor, "MATCH", pattern, "COUNT", CHUNK)
        for start in range(0, len(found), BATCH):
            yield found[start : start + BATCH]
        if cursor == b"0":
            return


def _literal(text: str) -> str:
    """A text as a glob that is it alone."""
    return re.sub(r"([*?\[\]\\^])", r"\\\1", text)
