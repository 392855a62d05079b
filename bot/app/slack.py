"""Slack, put together: the settings' tokens, the poster, the listener and the ways in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from adapters.slack.client import web_client
from adapters.slack.door import slack_http
from adapters.slack.link import Link
from adapters.slack.listen import Listener, bolt_app
from adapters.slack.managers import Managers
from adapters.slack.poster import SlackPoster
from adapters.slack.turns import LeaseTurns
from adapters.slack.who import full_members
from adapters.slack.workspace import OneWorkspace
from bot.app.confirming import confirming
from bot.model.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from aiohttp import web

    from adapters.redis.store import Store
    from adapters.slack.listen import AnswerFn
    from bot.app.removal import Removals
    from bot.command.desk import Confirm
    from bot.ports import Chance, Clock
    from bot.settings import Settings


@dataclass(frozen=True, slots=True)
class Slack:
    """What a process runs for Slack. `link` in Socket Mode, `http` in HTTP mode."""

    workspaces: OneWorkspace
    poster: SlackPoster
    listener: Listener
    link: Link | None
    http: Callable[[web.Request], Awaitable[web.Response]] | None


def slack(
    settings: Settings,
    store: Store,
    answer: Callable[[Confirm], AnswerFn],
    clock: Clock,
    chance: Chance,
    removals: Removals,
) -> Slack | None:
    """Slack as the settings ask for it; None without a token. SettingsError without a way in.

    `answer` answers commands with what posts the line that goes before a subscription.
    """
    if settings.slack_bot_token is None:
        return None
    if settings.slack_app_token is None and settings.slack_signing_secret is None:
        raise SettingsError(
            "PAPERWIRE_SLACK_BOT_TOKEN is set, and Slack has no way in: set also "
            "PAPERWIRE_SLACK_APP_TOKEN for Socket Mode, or PAPERWIRE_SLACK_SIGNING_SECRET for "
            "HTTP mode."
        )
    api_url = settings.slack_api_url
    workspaces = OneWorkspace(web_client(settings.slack_bot_token.get_secret_value(), api_url))
    removals.workspaces = workspaces
    poster = SlackPoster(workspaces, LeaseTurns(store.leases, chance))
    listener = Listener(
        removals.offering(answer(confirming(poster, clock, chance))),
        workspaces,
        removals.removed,
        Managers(workspaces) if settings.slack_managers == "managers" else full_members,
    )
    app = bolt_app(listener)
    token, secret = settings.slack_app_token, settings.slack_signing_secret
    opener = None if token is None else web_client(token.get_secret_value(), api_url)
    return Slack(
        workspaces,
        poster,
        listener,
        None if opener is None else Link(app, opener, clock),
        None
        if secret is None
        else slack_http(app, secret.get_secret_value(), store.leases.once, clock),
    )
