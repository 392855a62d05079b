"""The address at which a server's manager lets paperwire in, and the rights it asks for there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode

import discord

if TYPE_CHECKING:
    from collections.abc import Mapping

INVITE_URL: Final = "https://discord.com/oauth2/authorize"

SCOPES: Final = ("bot", "applications.commands")

PERMISSIONS: Final[Mapping[str, str]] = {
    "view_channel": "seeing the channels that it posts in",
    "send_messages": "posting in text and announcement channels, and making posts in forums",
    "embed_links": "the form of an alert: without it Discord drops everything but plain text",
    "read_message_history": "finding a post whose answer was lost, so that it is never made twice",
    "send_messages_in_threads": "posting in threads",
}
"""The least, by discord.py's names, and what each is for. A forum asks for no other: who may send
messages may make posts there (resources/channel, start thread in forum; permissions)."""

TITLES: Final[Mapping[str, str]] = {
    "view_channel": "View Channels",
    "send_messages": "Send Messages and Create Posts",
    "embed_links": "Embed Links",
    "read_message_history": "Read Message History",
    "send_messages_in_threads": "Send Messages in Threads and Posts",
}
"""As Discord's English settings call them."""


def least() -> discord.Permissions:
    """The permissions as a set."""
    return discord.Permissions(**dict.fromkeys(PERMISSIONS, True))


def invite_url(application: int) -> str:
    """Where to invite the application, for a browser."""
    asked = {
        "client_id": application,
        "scope": " ".join(SCOPES),
        "permissions": least().value,
        "integration_type": 0,  # into a server; 1 would be to a person's account
    }
    return f"{INVITE_URL}?{urlencode(asked)}"
