"""The app's manifest: what a person pastes at api.slack.com/apps to make the app."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from adapters.slack.door import PATH
from bot.card.paper import PREFIX
from bot.model.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from adapters.slack.buttons import Json

SCOPES: Final = ("commands", "chat:write")
"""The least: hear `/papers` and the buttons, and post where the bot was invited."""

OPTIONAL_SCOPES: Final[Mapping[str, str]] = {
    "channels:history": "finds a post in a public channel whose answer was lost, so that it is "
    "never posted twice",
    "groups:history": "does the same in private channels that the bot was invited to",
    "users:read": "lets PAPERWIRE_SLACK_MANAGERS=managers see who is an administrator",
    "channels:read": "lets PAPERWIRE_SLACK_MANAGERS=managers see who made a public channel",
    "groups:read": "does the same for private channels that the bot was invited to",
}
"""Scopes that the app works without, and what each is for."""

REMOVAL_EVENTS: Final = ("app_uninstalled", "tokens_revoked")

URL_MAX: Final = 3000


def manifest(url: str | None = None, extra_scopes: tuple[str, ...] = ()) -> Json:
    """The manifest for Socket Mode, or for HTTP mode at an https address of ours.

    SettingsError when the address cannot be Slack's to ask, or a scope is none of ours.
    """
    unknown = [scope for scope in extra_scopes if scope not in OPTIONAL_SCOPES]
    if unknown:
        known = ", ".join(OPTIONAL_SCOPES)
        raise SettingsError(f"paperwire has no use for the scope {unknown[0]}; it knows {known}.")
    request_url = None if url is None else _request_url(url)
    reached = {} if request_url is None else {"request_url": request_url}
    command: Json = {
        "command": PREFIX,
        "description": "Follow, search and read new papers",
        "usage_hint": "help | search QUERY | subscribe QUERY | list",
        "should_escape": True,  # so that a channel in `move` comes with its id
    }
    if request_url is not None:
        command["url"] = request_url
    return {
        "_metadata": {"major_version": 1, "minor_version": 1},
        "display_information": {
            "name": "paperwire",
            "description": "Tells this channel about the new papers it cares about",
            "background_color": "#2b3a55",
        },
        "features": {
            "bot_user": {"display_name": "paperwire", "always_online": True},
            "slash_commands": [command],
        },
        "oauth_config": {"scopes": {"bot": [*SCOPES, *extra_scopes]}},
        "settings": {
            "event_subscriptions": {**reached, "bot_events": list(REMOVAL_EVENTS)},
            "interactivity": {"is_enabled": True, **reached},
            "org_deploy_enabled": False,
            "socket_mode_enabled": request_url is None,
            "token_rotation_enabled": False,
        },
    }


def _request_url(url: str) -> str:
    base = url.strip().rstrip("/").removesuffix(PATH)
    host = base.removeprefix("https://")
    fits = len(base) <= URL_MAX - len(PATH) and base.isascii() and base.isprintable()
    if not base.startswith("https://") or not host or set(host) & set(' \\"<>?#@') or not fits:
        raise SettingsError(
            f"{url[:100]} is no address that Slack can ask: give one that begins with https://, "
            "such as https://papers.example.org"
        )
    return base + PATH
