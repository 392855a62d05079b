"""For `paperwire doctor`: whether tokens, scopes and the way to Slack are right, in sentences."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from adapters.slack.client import NoAnswer, ask, call, web_client
from adapters.slack.manifest import OPTIONAL_SCOPES, SCOPES

if TYPE_CHECKING:
    from adapters.slack.client import Answer

TIMEOUT_S: Final = 10.0

_SECRET: Final = re.compile(r"[0-9a-f]{32}")


@dataclass(slots=True)
class Checked:
    """What was found, line by line, and what is to be put right. No token is in either."""

    lines: list[tuple[str, str]] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


async def check(
    bot_token: str | None,
    app_token: str | None,
    signing_secret: str | None,
    api_url: str,
    timeout_s: float = TIMEOUT_S,
) -> Checked:
    """Ask Slack who we are, what we may do, and whether a connection could be opened."""
    found = Checked()
    if bot_token is None:
        found.problems.append(
            "PAPERWIRE_SLACK_BOT_TOKEN is not set: copy the Bot User OAuth Token (xoxb-) from the "
            "page OAuth & Permissions of the app."
        )
    else:
        await _bot(bot_token, api_url, timeout_s, found)
    if app_token is None and signing_secret is None:
        found.problems.append(
            "Slack has no way to reach paperwire: set PAPERWIRE_SLACK_APP_TOKEN (xapp-) for "
            "Socket Mode, or PAPERWIRE_SLACK_SIGNING_SECRET for HTTP mode."
        )
    if app_token is not None:
        await _socket(app_token, api_url, timeout_s, found)
    if signing_secret is not None:
        _secret(signing_secret, found)
    return found


async def _bot(token: str, api_url: str, timeout_s: float, found: Checked) -> None:
    if not token.startswith("xoxb-"):
        found.problems.append(
            "PAPERWIRE_SLACK_BOT_TOKEN is not a bot token: those begin with xoxb-."
        )
        return
    answer = await ask(web_client(token, api_url, timeout_s), "auth.test", {})
    if isinstance(answer, NoAnswer):
        found.problems.append(f"{answer.reason} at {api_url}: check the network or the proxy.")
        return
    if answer.error is not None or not isinstance(answer.body, dict):
        found.problems.append(
            f"Slack does not accept PAPERWIRE_SLACK_BOT_TOKEN ({answer.error or answer.status}): "
            "install the app again and copy its token."
        )
        return
    found.lines.append(("workspace", f"{answer.body.get('team')} ({answer.body.get('team_id')})"))
    if answer.body.get("is_enterprise_install"):
        found.problems.append(
            "The app is installed for a whole organisation: install it in one workspace."
        )
    _scopes(answer, found)


def _scopes(answer: Answer, found: Checked) -> None:
    named = {name.lower(): value for name, value in answer.headers.items()}
    granted = {one.strip() for one in named.get("x-oauth-scopes", "").split(",")} - {""}
    if not granted:
        found.lines.append(("scopes", "Slack does not say"))
        return
    found.lines.append(("scopes", ", ".join(sorted(granted))))
    missing = [scope for scope in SCOPES if scope not in granted]
    if missing:
        found.problems.append(
            f"The app lacks the scope {' and '.join(missing)}: add it on the page OAuth & "
            "Permissions, then install the app again."
        )
    for scope, what_for in OPTIONAL_SCOPES.items():
        if scope not in granted:
            found.lines.append((f"without {scope}", f"it {what_for}"))
    more = sorted(granted - set(SCOPES) - set(OPTIONAL_SCOPES))
    if more:
        found.lines.append(("scopes that paperwire does not use", ", ".join(more)))


async def _socket(token: str, api_url: str, timeout_s: float, found: Checked) -> None:
    if not token.startswith("xapp-"):
        found.problems.append(
            "PAPERWIRE_SLACK_APP_TOKEN is not an app-level token: those begin with xapp-."
        )
        return
    answer = await call(web_client(token, api_url, timeout_s), "apps.connections.open", {})
    if isinstance(answer, NoAnswer):
        found.problems.append(f"{answer.reason} at {api_url}: check the network or the proxy.")
    elif answer.error is not None:
        found.problems.append(
            f"Socket Mode does not open ({answer.error}): turn it on in the app's settings, and "
            "make an app-level token with the scope connections:write."
        )
    else:
        found.lines.append(("Socket Mode", "opens"))


def _secret(secret: str, found: Checked) -> None:
    if _SECRET.fullmatch(secret):
        found.lines.append(("signing secret", "has the right form"))
    else:
        found.problems.append(
            "PAPERWIRE_SLACK_SIGNING_SECRET does not look like one: it has 32 characters 0-9a-f. "
            "Copy it from the page Basic Information of the app."
        )
