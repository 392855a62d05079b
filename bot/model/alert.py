"""An alert: a paper for a channel, with all that made it match."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NewType

if TYPE_CHECKING:
    from datetime import datetime

    from bot.model.channel import ChannelId
    from bot.model.paper import PaperId
    from bot.model.subscription import SubscriptionId

PostKey = NewType("PostKey", str)
"""Unique in a channel: the paper's id, `<id>#v3` for an alert of version 3, `notice:<token>` or
`list:<token>`."""

Receipt = NewType("Receipt", str)
"""The platform's id of a posted message."""


@dataclass(frozen=True, slots=True)
class Reason:
    """One subscription that a paper matched, and the words of the paper that made it so."""

    subscription: SubscriptionId
    number: int
    label: str
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Alert:
    """One paper for one channel, with all its reasons. Posted once a key."""

    key: PostKey
    channel: ChannelId
    paper_id: PaperId
    reasons: tuple[Reason, ...]
    queued_at: datetime
