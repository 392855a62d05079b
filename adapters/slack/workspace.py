"""The workspaces that the app is installed in, and their tokens, behind one port."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Protocol

from adapters.slack.client import NoAnswer, ask, web_client
from bot.model.errors import SettingsError

if TYPE_CHECKING:
    from slack_sdk.web.async_client import AsyncWebClient

PASSING: Final = frozenset({"ratelimited", "internal_error", "fatal_error", "service_unavailable"})
ERRORS_FROM: Final = 429
"""Codes, and HTTP statuses from here on, that say nothing of the token."""


@dataclass(frozen=True, slots=True)
class Workspace:
    """One installation. `team` is the tenant in every key; the token shows in no repr."""

    team: str
    bot_user: str
    bot_id: str
    client: AsyncWebClient = field(repr=False, compare=False)


class Workspaces(Protocol):
    """Where the app is installed."""

    async def of(self, team: str) -> Workspace | NoAnswer | None:
        """The installation in a workspace; None where the app is not installed, or no longer.

        NoAnswer while Slack has not yet told which workspace a token belongs to.
        """
        ...


class OneWorkspace:
    """The one workspace that a bot token of the settings belongs to.

    Slack is asked for it once, by whoever needs it first.
    """

    def __init__(self, client: AsyncWebClient) -> None:
        self._client = client
        self._workspace: Workspace | None = None
        self._forgotten = False

    async def of(self, team: str) -> Workspace | NoAnswer | None:
        """As Workspaces.of; a token that Slack refuses belongs to no workspace."""
        try:
            found = await self.connect()
        except SettingsError:
            return None
        return found if isinstance(found, NoAnswer) or found.team == team else None

    async def connect(self) -> Workspace | NoAnswer:
        """The workspace. SettingsError when Slack refuses the token, or took it back."""
        if self._forgotten:
            raise SettingsError("The app was removed from its Slack workspace: install it again.")
        if self._workspace is None:
            found = await _asked(self._client)
            if isinstance(found, NoAnswer):
                return found
            self._workspace = found
        return self._workspace

    async def is_good(self, team: str) -> bool:
        """Whether Slack says now that the token is this workspace's; asked anew."""
        try:
            found = await _asked(self._client)
        except SettingsError:
            return False
        return isinstance(found, Workspace) and found.team == team

    def forget(self, team: str) -> bool:
        """Slack took the app out of the workspace: its token is dropped. False for another one."""
        if self._workspace is None or self._workspace.team != team:
            return False
        self._workspace, self._forgotten = None, True
        self._client = web_client(None)
        return True


async def _asked(client: AsyncWebClient) -> Workspace | NoAnswer:
    answer = await ask(client, "auth.test", {})
    if isinstance(answer, NoAnswer):
        return answer
    said = answer.body
    if answer.error is None and isinstance(said, dict) and said.get("is_enterprise_install"):
        raise SettingsError(
            "The Slack app is installed for a whole organisation, which paperwire does not "
            "support: install it in one workspace."
        )
    if answer.error is None and isinstance(said, dict) and said.get("team_id"):
        bot_user, bot_id = str(said.get("user_id", "")), str(said.get("bot_id", ""))
        return Workspace(str(said["team_id"]), bot_user, bot_id, client)
    if answer.error is None or answer.error in PASSING or answer.status >= ERRORS_FROM:
        return NoAnswer(f"Slack answered {answer.error or answer.status}", maybe_arrived=False)
    raise SettingsError(
        f"Slack does not accept PAPERWIRE_SLACK_BOT_TOKEN ({answer.error}): copy the Bot User "
        "OAuth Token (xoxb-) from the page OAuth & Permissions of the app."
    )
