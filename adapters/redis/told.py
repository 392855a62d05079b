"""What platforms were told last, so that they are told again only when it has changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from adapters.redis import keys

if TYPE_CHECKING:
    from adapters.redis.link import Link


class RedisTold:
    """Texts under names."""

    def __init__(self, link: Link) -> None:
        self._link = link

    async def read(self, name: str) -> str | None:
        """What was told under a name; None when nothing was."""
        found = await self._link.command("GET", keys.told(name))
        return None if found is None else found.decode(errors="replace")

    async def write(self, name: str, value: str) -> None:
        """Note what was told."""
        await self._link.command("SET", keys.told(name), value)
