"""Removals: which tenants took paperwire out, and since when; the mark that stops their posts.

The mark is a field of the partition's hash `removed`: `<ms> <state>`. take.lua gives out no post
of a tenant that has one, queue.lua and write.lua take in nothing of one that is being erased.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from adapters.redis import keys
from adapters.redis.channels import RedisChannels
from adapters.redis.codec import CHANNEL, from_ms, ms
from adapters.redis.link import Call, script
from bot.model.channel import ChannelId, Pause
from bot.ports import Written

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from adapters.redis.link import Link

REASON = "paperwire was removed from the workspace"
"""Why the channels of a tenant are paused that took paperwire out."""

REASONS: Final[Mapping[str, str]] = {"discord": "paperwire was removed from the server"}
"""The same in the words of other platforms; take.lua has them too."""

_BOX = script("restore_box", "box")
_TRIES = 5


class State(StrEnum):
    """What becomes of a tenant. ERASED stays for a while, against what a matcher had in hand."""

    REMOVED = "removed"
    ERASING = "erasing"
    ERASED = "erased"


@dataclass(frozen=True, slots=True)
class Removal:
    """A tenant's mark, and when it was set."""

    platform: str
    tenant: str
    at: datetime
    state: State


def reason_of(platform: str) -> str:
    """Why a platform's channels are paused after a removal."""
    return REASONS.get(platform, REASON)


async def mark(link: Link, platform: str, tenant: str, now: datetime) -> bool:
    """Stop all posts of a tenant, and pause its channels so that only a person lets them go on.

    The mark comes first and is lasting: the rest is free to repeat. False when there was one.
    """
    removed, field = _place(platform, tenant)
    value = f"{ms(now)} {State.REMOVED}"
    is_new = await link.command("HSETNX", removed, field, value)
    found = await removal(link, platform, tenant)
    if found is not None and found.state is State.REMOVED:
        await _pause_all(link, platform, tenant, now)
    return bool(is_new)


async def removal(link: Link, platform: str, tenant: str) -> Removal | None:
    """The tenant's mark."""
    removed, field = _place(platform, tenant)
    value = await link.command("HGET", removed, field)
    return _read(field, value.decode()) if value is not None else None


async def welcome(link: Link, platform: str, tenant: str, now: datetime) -> bool:
    """Take the mark off, as the app is back in the tenant; its channels stay paused.

    False when there was none, or when the rest is being erased already.
    """
    found = await removal(link, platform, tenant)
    if found is None or found.state is not State.REMOVED:
        return False
    await _pause_all(link, platform, tenant, now)
    removed, field = _place(platform, tenant)
    await link.command("HDEL", removed, field)
    return True


async def removals(link: Link) -> Sequence[Removal]:
    """All marks."""
    asked = [("HGETALL", f"{keys.root(number)}removed") for number in range(keys.PARTITIONS)]
    return [
        _read(name.decode(), value.decode())
        for row in await link.many(asked)
        for name, value in zip(row[::2], row[1::2], strict=True)
    ]


async def tenants(link: Link, platform: str) -> Sequence[str]:
    """A platform's tenants with a setting."""
    asked = [("SMEMBERS", f"{keys.root(number)}tenants") for number in range(keys.PARTITIONS)]
    names = [name.decode() for row in await link.many(asked) for name in row]
    prefix = f"{platform}:"
    return [name.removeprefix(prefix) for name in names if name.startswith(prefix)]


async def forget_mark(link: Link, found: Removal) -> None:
    """Take off the mark of a tenant that was erased long enough ago."""
    removed, field = _place(found.platform, found.tenant)
    await link.command("HDEL", removed, field)


async def _pause_all(link: Link, platform: str, tenant: str, now: datetime) -> None:
    """Each channel, once: first its outbox, then what people see of it."""
    channels, reason = RedisChannels(link), reason_of(platform)
    somewhere = ChannelId(platform, tenant, "")
    for value in await link.command("HVALS", f"{keys.tenant_of(somewhere)}channels"):
        channel = CHANNEL.load(value.split(b" ", 2)[2])
        if channel.id.is_whole:  # no channel: nothing is posted there, and nobody could resume it
            continue
        args = (keys.root_of(channel.id), keys.member(channel.id), reason, 0)
        await link.call(Call(_BOX, (f"{keys.root_of(channel.id)}books",), args))
        for _ in range(_TRIES):
            if channel.pause is not None:
                break
            paused = replace(channel, pause=Pause(now, reason))
            if await channels.write([paused], None, 1_000_000_000) is not Written.STALE:
                break
            channel = await channels.read(channel.id)


def _place(platform: str, tenant: str) -> tuple[str, str]:
    somewhere = ChannelId(platform, tenant, "")
    return f"{keys.root_of(somewhere)}removed", f"{platform}:{tenant}"


def _read(field: str, value: str) -> Removal:
    platform, tenant = field.split(":", 1)
    at, state = value.split(" ", 1)
    return Removal(platform, tenant, from_ms(int(at)), State(state))
