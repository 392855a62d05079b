"""The chat platforms of a process, as the settings ask for them: set up, let in, stopped."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Final

import structlog

from adapters.slack.client import NoAnswer
from adapters.slack.door import PATH as SLACK_PATH
from bot.app.application import note_application, other_application
from bot.app.discord import Discord, discord
from bot.app.slack import Slack, slack
from bot.command.handle import answer
from bot.model.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from contextlib import AsyncExitStack

    from aiohttp import web

    from adapters.redis.store import Store
    from bot.app.removal import Removals
    from bot.command.desk import Desk
    from bot.flow.watch import Metrics
    from bot.ports import Chance, Clock, Poster
    from bot.settings import Settings

    Door = Callable[[web.Request], Awaitable[web.Response]]
    Loop = Callable[[], Awaitable[None]]

log = structlog.get_logger()

IDLE_S: Final = 10
"""For answers that are under way when the loops have ended."""


@dataclass(frozen=True, slots=True)
class Platforms:
    """Those that are set up."""

    slack: Slack | None = None
    discord: Discord | None = None

    def posters(self) -> dict[str, Poster]:
        """What posts, by platform."""
        found: list[Poster] = []
        if self.slack is not None:
            found.append(self.slack.poster)
        if self.discord is not None:
            found.append(self.discord.poster)
        return {one.platform: one for one in found}

    def loops(self, stop: asyncio.Event) -> dict[str, Loop]:
        """What listens."""
        loops: dict[str, Loop] = {}
        if self.slack is not None and self.slack.link is not None:
            loops["slack"] = partial(self.slack.link.run, stop)
        return loops if self.discord is None else loops | self.discord.loops(stop)

    def measured_by(self, metrics: Metrics) -> None:
        """Let the metrics show what the platforms count themselves."""
        if self.discord is not None:
            invalid = metrics.invalid_requests.labels(self.discord.poster.platform)
            invalid.set_function(self.discord.poster.gate.counted)

    def doors(self) -> dict[str, Door]:
        """Paths of the page's port that platforms post to, and who hears them."""
        if self.slack is None or self.slack.http is None:
            return {}
        return {SLACK_PATH: self.slack.http}

    async def idle(self) -> None:
        """Wait for the answers that are under way."""
        async with asyncio.timeout(IDLE_S):
            if self.slack is not None:
                await self.slack.listener.underway.idle()


async def platforms(
    settings: Settings,
    store: Store,
    desk: Desk,
    clock: Clock,
    chance: Chance,
    removals: Removals,
    stack: AsyncExitStack,
) -> Platforms:
    """Set up what the settings ask for. `stack` closes it. SettingsError for a refused token."""
    one = slack(
        settings,
        store,
        lambda confirm: partial(answer, replace(desk, confirm=confirm)),
        clock,
        chance,
        removals,
    )
    if one is not None and not await _slack_connected(one, removals):
        one = None
    other = discord(
        settings,
        store,
        lambda confirm, find: partial(answer, replace(desk, confirm=confirm, find_channel=find)),
        clock,
        chance,
        removals,
    )
    if other is not None:
        stack.push_async_callback(other.close)
        await _discord_connected(other, settings, store)
    return Platforms(one, other)


async def _discord_connected(chat: Discord, settings: Settings, store: Store) -> None:
    """Ask Discord who we are. SettingsError for a token that is refused, or not this store's."""
    wrong = await other_application(settings, store)
    if wrong is not None:
        raise SettingsError(wrong)
    reason = await chat.connected()
    if reason is not None:
        log.warning("discord.no_answer", reason=reason)
        return
    await note_application(settings, store)


async def _slack_connected(chat: Slack, removals: Removals) -> bool:
    """Whether Slack may be spoken to. SettingsError for a token that Slack refuses.

    After a removal that is no mistake: the rest goes on without Slack until it is installed again.
    """
    try:
        found = await chat.workspaces.connect()
    except SettingsError as error:
        if not await removals.is_away():
            raise
        log.warning("slack.removed", reason=str(error))
        return False
    if isinstance(found, NoAnswer):
        log.warning("slack.no_answer", reason=found.reason)
    await removals.look()
    return True
