"""The mark that makes a post findable: the same 24 characters for the same post, for ever."""

from __future__ import annotations

from base64 import b32encode
from hashlib import sha256
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from bot.model.alert import PostKey
    from bot.model.channel import ChannelId

NONCE_CHARS: Final = 24
"""Discord takes 25 in `nonce` (docs.discord.com, message.mdx, 2026-08)."""


def nonce_of(channel: ChannelId, key: PostKey) -> str:
    """A post's nonce, 24 characters a-z2-7: Discord's `nonce`, and the mark in its custom ids.

    The channel is part of it: whether Discord compares nonces within a channel or across all of
    an author's is not documented. The 1 is the message's number: one alert is one message.
    """
    digest = sha256(f"{channel}|{key}|1".encode()).digest()
    return b32encode(digest)[:NONCE_CHARS].decode().lower()
