"""ButtonTexts: what buttons say, under short keys, for platforms that give them little room."""

from __future__ import annotations

import re
from base64 import b32encode
from hashlib import sha256
from typing import TYPE_CHECKING, Final

from adapters.redis import keys

if TYPE_CHECKING:
    from adapters.redis.link import Link
    from bot.model.channel import ChannelId

TEXT_MAX: Final = 8_000
"""Characters: as many as a command may have at all."""

_KEY_CHARS: Final = 16
_KEY: Final = re.compile(r"[a-z2-7]{16}")


class RedisButtonTexts:
    """The ButtonTexts port."""

    def __init__(self, link: Link) -> None:
        self._link = link

    async def keep(self, channel: ChannelId, command: str) -> str:
        """As ButtonTexts.keep; ValueError for a command that is too long to be one."""
        if len(command) > TEXT_MAX:
            raise ValueError(f"a button says at most {TEXT_MAX:,} characters: {len(command):,}")
        key = key_of(command)
        text = command.encode("utf-8", "replace")
        await self._link.command("SET", keys.button(channel, key), text, "PX", keys.BUTTON_MS)
        return key

    async def read(self, channel: ChannelId, key: str) -> str | None:
        """As ButtonTexts.read; None also for what never was a key."""
        if _KEY.fullmatch(key) is None:
            return None
        found = await self._link.command("GET", keys.button(channel, key))
        return found.decode() if found is not None else None


def key_of(command: str) -> str:
    """The key of a command: 80 bits of its SHA-256 in letters and digits."""
    digest = sha256(command.encode("utf-8", "replace")).digest()
    return b32encode(digest).decode().lower()[:_KEY_CHARS]
