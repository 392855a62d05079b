"""SlackPoster: one message in one channel, and finding it again when the answer was lost."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from adapters.slack.client import NoAnswer, ask, call
from adapters.slack.outcomes import outcome_of
from adapters.slack.render import render_post
from adapters.slack.turns import GAP_S
from bot.model.alert import Receipt
from bot.ports import Busy, Fault, Found, Refused, Unreachable

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from adapters.slack.turns import Turns
    from adapters.slack.workspace import Workspace, Workspaces
    from bot.card.card import Card
    from bot.model.alert import PostKey
    from bot.model.channel import ChannelId
    from bot.ports import Outcome

EVENT_TYPE: Final = "paperwire_alert"
"""The type of our posts' metadata. Every app in the workspace can read it: it holds ids only."""

PAGE_SIZE: Final = 200
PAGES_MAX: Final = 20
"""Messages of a channel read back for one lost answer: over 4,000 it is not known."""

CANNOT_READ: Final = frozenset(
    {"missing_scope", "not_in_channel", "channel_not_found", "not_allowed_token_type"}
)
"""Answers of conversations.history after which asking again will not help."""


@dataclass(frozen=True, slots=True)
class SlackPoster:
    """The Poster of platform "slack"."""

    workspaces: Workspaces
    turns: Turns
    platform: str = "slack"

    async def post(self, card: Card, channel: ChannelId, key: PostKey) -> Outcome:
        """Post once. Busy when the channel had a message less than a second ago."""
        workspace = await self.workspaces.of(channel.tenant)
        if workspace is None:
            return Refused(Fault.TENANT, "the app was removed from the workspace")
        if isinstance(workspace, NoAnswer):
            return Unreachable(workspace.reason, maybe_posted=False)
        message = render_post(card)
        turn = await self.turns.take(channel)
        if turn is None:
            return Busy(GAP_S)
        try:
            return await _send(workspace, channel, key, message.payload())
        finally:
            await self.turns.end(channel, turn)

    async def find(self, channel: ChannelId, key: PostKey, since: datetime) -> Receipt | Found:
        """The receipt of a post that carries the key; UNKNOWN where history may not be read.

        TimeoutError when it could not be read just now, so that it is asked again, not posted.
        """
        workspace = await self.workspaces.of(channel.tenant)
        if workspace is None:
            return Found.UNKNOWN
        if isinstance(workspace, NoAnswer):
            raise TimeoutError(workspace.reason)
        asked: dict[str, Any] = {
            "channel": channel.channel,
            "oldest": f"{since.timestamp():.6f}",
            "limit": PAGE_SIZE,
            "include_all_metadata": True,
            "inclusive": True,
        }
        for _ in range(PAGES_MAX):
            page = await _page(workspace, asked)
            if page is None:
                return Found.UNKNOWN
            for message in page.get("messages") or ():
                if _is_ours(message, workspace, key):
                    return Receipt(str(message["ts"]))
            cursor = (page.get("response_metadata") or {}).get("next_cursor")
            if not cursor:
                return Found.ABSENT
            asked["cursor"] = cursor
        return Found.UNKNOWN


async def _send(
    workspace: Workspace, channel: ChannelId, key: PostKey, payload: Mapping[str, Any]
) -> Outcome:
    body = {
        **payload,
        "channel": channel.channel,
        "metadata": {"event_type": EVENT_TYPE, "event_payload": {"id": key}},
    }
    answer = await call(workspace.client, "chat.postMessage", body)
    if isinstance(answer, NoAnswer):
        return Unreachable(answer.reason, maybe_posted=answer.maybe_arrived)
    return outcome_of(answer.status, answer.body, answer.headers)


async def _page(workspace: Workspace, asked: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """A page of a channel's messages; None when the app may not read them."""
    answer = await ask(workspace.client, "conversations.history", asked)
    if isinstance(answer, NoAnswer):
        raise TimeoutError(answer.reason)
    if answer.error is None and isinstance(answer.body, dict):
        page: Mapping[str, Any] = answer.body
        return page
    if answer.error in CANNOT_READ:
        return None
    raise TimeoutError(f"Slack answered {answer.error or answer.status}")


def _is_ours(message: Mapping[str, Any], workspace: Workspace, key: PostKey) -> bool:
    """Whether it is the post with that key; another app may write the same metadata."""
    metadata = message.get("metadata") or {}
    return (
        metadata.get("event_type") == EVENT_TYPE
        and (metadata.get("event_payload") or {}).get("id") == key
        and (message.get("bot_id") in {workspace.bot_id, None})
    )
