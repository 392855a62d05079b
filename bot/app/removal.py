"""A tenant that took the app out: silence at once, erasure after a time of grace.

Only the platform's own word that the app was removed begins it; a refusal or an outage erases
nothing. A tenant is a Slack workspace, whose token ends with it, or a Discord server.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

import structlog

from adapters.redis.erase import erase
from adapters.redis.removals import (
    State,
    forget_mark,
    mark,
    reason_of,
    removal,
    removals,
    tenants,
    welcome,
)
from adapters.slack.workspace import Workspace
from bot.card.card import Action, Para, Run
from bot.card.paper import PREFIX
from bot.model.errors import SettingsError, StoreDown

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection
    from datetime import datetime

    from adapters.redis.removals import Removal
    from adapters.redis.store import Store
    from adapters.slack.workspace import OneWorkspace
    from bot.card.card import Card
    from bot.command.request import Request
    from bot.model.channel import Pause
    from bot.ports import Clock

    AnswerFn = Callable[[Request], Awaitable[Card]]

log = structlog.get_logger()

SLACK: Final = "slack"
DISCORD: Final = "discord"

PLACES: Final = {SLACK: "workspace", DISCORD: "server"}
"""What a platform's people call a tenant."""

LOOK_S: Final = 20.0
"""How soon every process knows that another one was told of a removal; the mark works at once."""

SWEEP_S: Final = 3600.0
"""How often it is looked whose time of grace is over: an hour is nothing to a day."""

LATE: Final = timedelta(minutes=1)
"""What our clock and Slack's may differ by."""

MARK_KEPT: Final = timedelta(hours=1)
"""The mark of a tenant that was erased outlives whatever a matcher still had in hand."""

SURE: Final = timedelta(hours=1)
"""After so long what Discord lists is what is so: just after a removal it may list us still."""

TRIES: Final = 60

BUTTONS_MAX: Final = 5
"""As Card says."""

RESUME: Final = f"{PREFIX} resume"


@dataclass(slots=True)
class Removals:
    """Removals in one process.

    `workspaces` is None where the settings have no Slack. `is_in` says whether we are in a server
    of Discord (None: not known now), and is None where the settings have no Discord.
    """

    store: Store
    clock: Clock
    owner: str
    grace: timedelta
    started_at: datetime
    workspaces: OneWorkspace | None = None
    is_settled: bool = False
    is_in: Callable[[str], Awaitable[bool | None]] | None = None

    async def removed(self, team: str, at: datetime | None = None) -> None:
        """Slack says that the app is gone: drop the token, then mark it for all processes.

        An event that comes again after a reinstall is older than we are, and our token is good.
        """
        is_old = at is not None and at < self.started_at - LATE
        if is_old and self.workspaces is not None and await self.workspaces.is_good(team):
            log.warning("slack.removal_was_before", tenant=team)
            return
        if self.workspaces is not None:
            self.workspaces.forget(team)
        await self.left(SLACK, team)

    async def left(self, platform: str, tenant: str) -> None:
        """Mark a tenant that took the app out."""
        for left in reversed(range(TRIES)):
            try:
                await mark(self.store.link, platform, tenant, self.clock.now())
                break
            except StoreDown:  # platforms take our word that we heard it, and say it once
                if not left:
                    raise
                await self.clock.sleep(1)
        if not self.grace:
            await self.sweep()

    async def back(self, platform: str, tenant: str) -> None:
        """Take the mark off a tenant that let the app in again; its channels stay paused."""
        if await welcome(self.store.link, platform, tenant, self.clock.now()):
            log.warning("tenant.back", tenant=f"{platform}:{tenant}")

    async def look(self) -> None:
        """Compare the mark with our token: newer than we are, it ends; older, we are back."""
        if self.workspaces is None:
            return
        try:
            ours = await self.workspaces.connect()
        except SettingsError:
            return
        if not isinstance(ours, Workspace):
            return
        found = await removal(self.store.link, SLACK, ours.team)
        if found is not None and found.state is State.REMOVED:
            if found.at >= self.started_at:
                self.workspaces.forget(ours.team)
                log.warning("slack.forgotten", tenant=ours.team)
                return
            await welcome(self.store.link, SLACK, ours.team, self.clock.now())
            log.warning("slack.reinstalled", tenant=ours.team)
        self.is_settled = True

    async def watch(self) -> None:
        """Look for ever."""
        while True:
            await self.look()
            await self.clock.sleep(LOOK_S)

    async def is_away(self) -> bool:
        """Whether some workspace took the app out and may come back."""
        return bool(await self.away(SLACK))

    async def away(self, platform: str) -> Collection[str]:
        """The tenants of a platform that took the app out and may come back."""
        found = await removals(self.store.link)
        return [
            one.tenant for one in found if one.platform == platform and one.state is State.REMOVED
        ]

    async def known(self, platform: str) -> Collection[str]:
        """The tenants of a platform with a setting that have no mark."""
        marked = {(one.platform, one.tenant) for one in await removals(self.store.link)}
        found = await tenants(self.store.link, platform)
        return [one for one in found if (platform, one) not in marked]

    async def sweep(self) -> None:
        """Erase what is over its time of grace, and finish what was broken off."""
        for one in await removals(self.store.link):
            if self._is_over(one) and await self._is_still_away(one):
                count = await erase(self.store.link, one.platform, one.tenant, self.clock.now())
                log.warning("tenant.erased", tenant=f"{one.platform}:{one.tenant}", keys=count)
            elif one.state is State.ERASED and self.clock.now() - one.at >= MARK_KEPT:
                await forget_mark(self.store.link, one)

    def _is_over(self, one: Removal) -> bool:
        if one.state is State.REMOVED:
            return self.clock.now() - one.at >= self.grace
        return one.state is State.ERASING

    async def _is_still_away(self, one: Removal) -> bool:
        """Not so for a server that came back while nothing ran: we are told a little later."""
        if one.platform != DISCORD or one.state is not State.REMOVED or self.is_in is None:
            return True
        is_in = await self.is_in(one.tenant)
        if is_in and self.clock.now() - one.at >= SURE:
            await self.back(DISCORD, one.tenant)
        return is_in is False

    async def sweep_for_ever(self) -> None:
        """Sweep every hour, in one process at a time."""
        while True:
            if await self.store.leases.acquire("erasure", self.owner, SWEEP_S / 2):
                await self.sweep()
            await self.clock.sleep(SWEEP_S)

    def offering(self, answer: AnswerFn) -> AnswerFn:
        """Answers that offer back what was kept, while a channel waits since the removal."""

        async def with_offer(request: Request) -> Card:
            with suppress(StoreDown):  # which the answer says better
                if not self.is_settled:
                    await self.look()
            card = await answer(request)
            pause = None
            with suppress(StoreDown):
                pause = (await self.store.channels.read(request.channel)).pause
            if pause is None or not _is_of_removal(pause, request):
                return card
            return offered(card, PLACES.get(request.channel.platform, "workspace"))

        return with_offer


@dataclass(frozen=True, slots=True)
class Servers:
    """Discord's tenants, as the adapter asks about them."""

    removals: Removals

    async def known(self) -> Collection[str]:
        """Those with a setting that are not marked."""
        return await self.removals.known(DISCORD)

    async def away(self) -> Collection[str]:
        """Those that are marked."""
        return await self.removals.away(DISCORD)

    async def left(self, tenant: str) -> None:
        """Mark one."""
        await self.removals.left(DISCORD, tenant)

    async def back(self, tenant: str) -> None:
        """Take the mark off one."""
        await self.removals.back(DISCORD, tenant)


def _is_of_removal(pause: Pause, request: Request) -> bool:
    return pause.by is None and pause.reason == reason_of(request.channel.platform)


def offered(card: Card, place: str = "workspace") -> Card:
    """The card, and under it what was kept."""
    said = (
        f"paperwire was removed from this {place} for a while. This channel's subscriptions and "
        "waiting alerts were kept, and nothing is posted before somebody says so: "
    )
    resume = Action("Resume", RESUME, primary=True)
    has_one = any(isinstance(one, Action) and one.command == RESUME for one in card.buttons)
    is_full = len(card.buttons) >= BUTTONS_MAX
    return replace(
        card,
        parts=(*card.parts, Para((Run(said), Run(RESUME)))),
        fallback=f"{card.fallback} {said}{RESUME}",
        buttons=card.buttons if has_one or is_full else (*card.buttons, resume),
    )
