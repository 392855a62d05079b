"""A workspace that took the app out: silence at once, erasure after a time of grace.

Only Slack's own word that the app was removed begins it; a refusal or an outage erases nothing.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

import structlog

from adapters.redis.erase import erase
from adapters.redis.removals import (
    REASON,
    State,
    forget_mark,
    mark,
    removal,
    removals,
    welcome,
)
from adapters.slack.workspace import Workspace
from bot.card.card import Action, Para, Run
from bot.card.paper import PREFIX
from bot.model.errors import SettingsError, StoreDown

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from datetime import datetime

    from adapters.redis.removals import Removal
    from adapters.redis.store import Store
    from adapters.slack.workspace import OneWorkspace
    from bot.card.card import Card
    from bot.command.request import Request
    from bot.ports import Clock

    AnswerFn = Callable[[Request], Awaitable[Card]]

log = structlog.get_logger()

PLATFORM: Final = "slack"

LOOK_S: Final = 20.0
"""How soon every process knows that another one was told of a removal; the mark works at once."""

SWEEP_S: Final = 3600.0
"""How often it is looked whose time of grace is over: an hour is nothing to a day."""

LATE: Final = timedelta(minutes=1)
"""What our clock and Slack's may differ by."""

MARK_KEPT: Final = timedelta(hours=1)
"""The mark of a tenant that was erased outlives whatever a matcher still had in hand."""

TRIES: Final = 60

BUTTONS_MAX: Final = 5
"""As Card says."""

RESUME: Final = f"{PREFIX} resume"


@dataclass(slots=True)
class Removals:
    """Removals in one process. `workspaces` is None where the settings have no Slack."""

    store: Store
    clock: Clock
    owner: str
    grace: timedelta
    started_at: datetime
    workspaces: OneWorkspace | None = None
    is_settled: bool = False

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
        for left in reversed(range(TRIES)):
            try:
                await mark(self.store.link, PLATFORM, team, self.clock.now())
                break
            except StoreDown:  # Slack takes our word that we heard it, and does not say it again
                if not left:
                    raise
                await self.clock.sleep(1)
        if not self.grace:
            await self.sweep()

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
        found = await removal(self.store.link, PLATFORM, ours.team)
        if found is not None and found.state is State.REMOVED:
            if found.at >= self.started_at:
                self.workspaces.forget(ours.team)
                log.warning("slack.forgotten", tenant=ours.team)
                return
            await welcome(self.store.link, PLATFORM, ours.team, self.clock.now())
            log.warning("slack.reinstalled", tenant=ours.team)
        self.is_settled = True

    async def watch(self) -> None:
        """Look for ever."""
        while True:
            await self.look()
            await self.clock.sleep(LOOK_S)

    async def is_away(self) -> bool:
        """Whether some workspace took the app out and may come back."""
        return any(one.state is State.REMOVED for one in await removals(self.store.link))

    async def sweep(self) -> None:
        """Erase what is over its time of grace, and finish what was broken off."""
        for one in await removals(self.store.link):
            if self._is_over(one):
                count = await erase(self.store.link, one.platform, one.tenant, self.clock.now())
                log.warning("tenant.erased", tenant=f"{one.platform}:{one.tenant}", keys=count)
            elif one.state is State.ERASED and self.clock.now() - one.at >= MARK_KEPT:
                await forget_mark(self.store.link, one)

    def _is_over(self, one: Removal) -> bool:
        if one.state is State.REMOVED:
            return self.clock.now() - one.at >= self.grace
        return one.state is State.ERASING

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
            if pause is None or pause.by is not None or pause.reason != REASON:
                return card
            return offered(card)

        return with_offer


def offered(card: Card) -> Card:
    """The card, and under it what was kept."""
    said = (
        "paperwire was removed from this workspace for a while. This channel's subscriptions and "
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
