"""Papers and channels made for the tests of flow."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from bot.model.channel import Channel, ChannelId, UserId
from bot.model.paper import AnnounceType, Paper, PaperId
from bot.model.subscription import DEFAULT_TYPES, ChangeType, Subscription, SubscriptionId

MONDAY = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
GENERAL = ChannelId("web", "local", "general")
ANNA = UserId("local")


def arxiv(number: int, title: str = "A study of widgets", **changes: Any) -> Paper:
    """A paper as arXiv's feed shows it."""
    paper = Paper(
        id=PaperId(f"arxiv:2603.{number:05d}"),
        title=title,
        abstract="We study widgets.",
        authors=("Ada Lovelace",),
        categories=("cs.CL",),
        published_at=MONDAY,
        announced=AnnounceType.NEW,
        sources=("arxiv",),
    )
    return replace(paper, **changes)


def hugging(number: int, title: str = "A study of widgets", **changes: Any) -> Paper:
    """A paper as Hugging Face's list shows it."""
    seen = {"sources": ("huggingface",), "categories": (), "upvotes": 0}
    return arxiv(number, title, **(seen | changes))


def channel(*queries: str, channel_id: ChannelId = GENERAL, **changes: Any) -> Channel:
    """A channel with a subscription for each query; `types` are for all of them."""
    types: frozenset[ChangeType] = changes.pop("types", DEFAULT_TYPES)
    subscriptions = tuple(
        Subscription(
            id=SubscriptionId(f"{channel_id.channel}-{number}"),
            channel=channel_id,
            number=number,
            query=query,
            types=types,
            created_by=ANNA,
            created_at=MONDAY,
        )
        for number, query in enumerate(queries, 1)
    )
    return replace(Channel(channel_id, subscriptions=subscriptions), **changes)
