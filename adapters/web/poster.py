"""WebPoster: posting to the local page is appending to its channel, once a key."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from adapters.web.names import is_channel_name
from bot.model.alert import Receipt
from bot.ports import Fault, Found, Posted, Refused

if TYPE_CHECKING:
    from datetime import datetime

    from bot.card.card import Card
    from bot.model.alert import PostKey
    from bot.model.channel import ChannelId
    from bot.ports import Clock, Messages, Outcome

LOOK_BACK = 200
"""Messages read back by `find`: more than one batch may post to a channel in a day."""


@dataclass(frozen=True, slots=True)
class WebPoster:
    """The Poster of platform "web"."""

    messages: Messages
    clock: Clock
    platform: str = "web"

    async def post(self, card: Card, channel: ChannelId, key: PostKey) -> Outcome:
        """Append the card; a key that was posted before gives its first receipt again."""
        if not is_channel_name(channel.channel):
            return Refused(Fault.CHANNEL_GONE, f"There is no channel {channel.channel!r} here.")
        at = self.clock.now()
        return Posted(Receipt(await self.messages.append(channel, key, card, at)))

    async def find(self, channel: ChannelId, key: PostKey, since: datetime) -> Receipt | Found:
        """The receipt among the channel's newest messages.

        ABSENT is always safe to say: posting the key again would give the old message.
        """
        for message in reversed(await self.messages.newest(channel, LOOK_BACK)):
            if message.key == key and message.posted_at >= since:
                return Receipt(message.id)
        return Found.ABSENT
