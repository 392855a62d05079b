"""The policy `managers`: only administrators and a channel's maker may change what is posted.

It is opt-in, because Slack tells neither without the scopes users:read, channels:read and
groups:read. What Slack does not tell is a no: a missing scope never lets anyone in.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import structlog

from adapters.slack.client import NoAnswer, ask
from adapters.slack.workspace import Workspace

if TYPE_CHECKING:
    from adapters.slack.who import Asker
    from adapters.slack.workspace import Workspaces

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Managers:
    """A MayManage that asks Slack."""

    workspaces: Workspaces

    async def __call__(self, asker: Asker) -> bool:
        """Whether the person administrates the workspace, or made the channel."""
        if asker.is_guest:
            return False
        workspace = await self.workspaces.of(asker.team)
        if not isinstance(workspace, Workspace):
            return False
        person = await _told(workspace, "users.info", "user", {"user": asker.user})
        if person.get("is_admin") is True or person.get("is_owner") is True:
            return True
        if person.get("is_restricted") is True or person.get("is_ultra_restricted") is True:
            return False
        about = {"channel": asker.channel}
        channel = await _told(workspace, "conversations.info", "channel", about)
        return channel.get("creator") == asker.user


async def _told(
    workspace: Workspace, method: str, what: str, params: dict[str, str]
) -> dict[str, Any]:
    """The object that Slack describes; empty when it does not."""
    answer = await ask(workspace.client, method, params)
    if isinstance(answer, NoAnswer) or answer.error is not None:
        reason = answer.reason if isinstance(answer, NoAnswer) else answer.error
        log.warning("slack.not_told", method=method, error=reason)
        return {}
    found = answer.body.get(what) if isinstance(answer.body, dict) else None
    return found if isinstance(found, dict) else {}
