"""A subscription: a query that a channel follows, and how."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, NewType

from bot.model.paper import AnnounceType

if TYPE_CHECKING:
    from datetime import datetime

    from bot.model.channel import ChannelId, Pause, UserId

SubscriptionId = NewType("SubscriptionId", str)
"""Unique in the whole store, made by the Chance port: 12 characters a-z2-7."""


class ChangeType(StrEnum):
    """What kinds of announcement a subscription wants (`--types`)."""

    NEW = "new"
    CROSS = "cross"
    REPLACE = "replace"


def change_type(announced: AnnounceType) -> ChangeType:
    """What a subscription calls an announcement; a replaced cross-list is a replacement."""
    return _CHANGES[announced]


_CHANGES = {
    AnnounceType.NEW: ChangeType.NEW,
    AnnounceType.CROSS: ChangeType.CROSS,
    AnnounceType.REPLACE: ChangeType.REPLACE,
    AnnounceType.REPLACE_CROSS: ChangeType.REPLACE,
}

DEFAULT_TYPES = frozenset({ChangeType.NEW, ChangeType.CROSS})


class MentionKind(StrEnum):
    """Who a mention calls."""

    USER = "user"
    ROLE = "role"
    """All who have a role (Discord) or belong to a group (Slack)."""


@dataclass(frozen=True, slots=True, order=True)
class Mention:
    """Whom alerts of a subscription call, by the platform's own id. Everyone is never called."""

    kind: MentionKind
    id: str


@dataclass(frozen=True, slots=True)
class Subscription:
    """One query of one channel. `query` is canonical, `number` is what people call it by (#3).

    `tags` are names of tags that its posts in a forum get, where the forum has them.
    """

    id: SubscriptionId
    channel: ChannelId
    number: int
    query: str
    types: frozenset[ChangeType]
    created_by: UserId
    created_at: datetime
    name: str | None = None
    pause: Pause | None = None
    mention: Mention | None = None
    tags: tuple[str, ...] = ()
