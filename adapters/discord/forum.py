"""A forum: one thread a post, its tags by their names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from discord.http import Route

from adapters.discord.places import tag_ids
from adapters.discord.render import render_forum
from bot.ports import Fault, Refused

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from adapters.discord.places import Place
    from bot.card.card import Card

NO_TAG: Final = (
    "each post of this forum must have a tag, and it has none that paperwire may give: add a tag "
    "to the forum, or let paperwire manage its threads"
)


def threads_of(forum: str) -> Route:
    """Where a forum's posts are made."""
    return Route("POST", "/channels/{channel_id}/threads", channel_id=forum)


async def forum_payload(
    card: Card, place: Place, mark: str, keep: Callable[[str], Awaitable[str]]
) -> dict[str, Any] | Refused:
    """What makes the thread. Names of tags that the forum lacks are left out."""
    tags = tag_ids(place, card.tags)
    if tags is None:
        return Refused(Fault.CHANNEL_FORBIDS, NO_TAG)
    post = await render_forum(card, mark, keep)
    made: dict[str, Any] = {"name": post.name, "message": post.message}
    return {**made, "applied_tags": tags} if tags else made
