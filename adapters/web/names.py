"""Names and ids that come in by the address line."""

from __future__ import annotations

import re

from bot.model.channel import ChannelId, UserId

GENERAL = "general"
"""The channel that is always there."""

USER = UserId("local")
"""The page's one person."""

NAME_RULE = (
    "A channel's name is 1 to 40 characters: small letters, digits, _ and -, "
    "beginning with a letter or digit."
)

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}", re.ASCII)
_MESSAGE_ID = re.compile(r"[0-9]{1,18}", re.ASCII)


def is_channel_name(name: str) -> bool:
    """The name may be a channel of the page."""
    return _NAME.fullmatch(name) is not None


def is_message_id(text: str) -> bool:
    """The text has the form of a message's id."""
    return _MESSAGE_ID.fullmatch(text) is not None


def channel_id(name: str) -> ChannelId:
    """The channel of that name."""
    return ChannelId("web", "local", name)
