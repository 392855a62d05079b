"""What a channel's outbox holds: an alert, the list of a batch's rest, or a notice."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from bot.model.alert import Alert

if TYPE_CHECKING:
    from datetime import datetime

    from bot.card.card import Card
    from bot.model.alert import PostKey
    from bot.model.channel import ChannelId


@dataclass(frozen=True, slots=True)
class PaperList:
    """The rest of a batch, over the channel's daily number: one card that opens in pages."""

    key: PostKey
    channel: ChannelId
    alerts: tuple[Alert, ...]
    queued_at: datetime


@dataclass(frozen=True, slots=True)
class Notice:
    """One quiet line for a channel, already a card."""

    key: PostKey
    channel: ChannelId
    card: Card
    queued_at: datetime


Post: TypeAlias = Alert | PaperList | Notice
