"""Leases: who may act, and how fast, across all processes, by the store's clock."""

from __future__ import annotations

from typing import TYPE_CHECKING

from adapters.redis import keys
from adapters.redis.link import Call, script

if TYPE_CHECKING:
    from adapters.redis.link import Link

_ACQUIRE = script("acquire")
_RELEASE = script("release")
_PACE = script("pace")


class RedisLeases:
    """The Leases port."""

    def __init__(self, link: Link) -> None:
        self._link = link

    async def acquire(self, name: str, owner: str, ttl_s: float) -> bool:
        """As Leases.acquire."""
        args = (owner, _ms(ttl_s))
        return bool(await self._link.call(Call(_ACQUIRE, (keys.lease(name),), args)))

    async def release(self, name: str, owner: str) -> None:
        """As Leases.release."""
        await self._link.call(Call(_RELEASE, (keys.lease(name),), (owner,)))

    async def pace(self, name: str, gap_s: float) -> float:
        """As Leases.pace."""
        gap_us = max(0, round(gap_s * 1_000_000))
        wait_us = await self._link.call(Call(_PACE, (keys.pace(name),), (gap_us,)))
        return int(wait_us) / 1_000_000

    async def once(self, name: str, ttl_s: float) -> bool:
        """As Leases.once."""
        answer = await self._link.command("SET", keys.once(name), 1, "NX", "PX", _ms(ttl_s))
        return answer is not None


def _ms(seconds: float) -> int:
    return max(1, round(seconds * 1000))
