"""Desk: everything a command may ask of the world, handed in once by the wiring."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from bot.model.channel import ChannelId

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from bot.card.card import Card
    from bot.command.request import Request
    from bot.ports import (
        Archive,
        Chance,
        Channels,
        Clock,
        Feeds,
        Leases,
        Messages,
        OutboxDesk,
        Outcome,
        Papers,
        RecentQueries,
    )

FindChannel: TypeAlias = "Callable[[Request, str], Awaitable[ChannelId | None]]"
"""The channel of the asker's tenant that a text names (`#general`, `<#C1|general>`).

None when the tenant has none, or the asker may not manage it: both are answered the same.
"""

Confirm: TypeAlias = "Callable[[ChannelId, Card], Awaitable[Outcome]]"
"""Posts a line in a channel at once, visible to all, and says what became of it."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one channel and one tenant may take, so that no one can fill the store."""

    subscriptions_per_channel: int = 50
    subscriptions_per_tenant: int = 1000
    muted_words: int = 100
    previews: int = 20
    """Forecasts one person may ask for in `previews_window_s`: each reads thousands of papers."""
    previews_window_s: float = 200
    undo_days: int = 30
    forecast_days: int = 14
    busy_per_day: float = 10
    """Papers a day from which a forecast names the part of the query that makes it broad."""


@dataclass(frozen=True, slots=True)
class Desk:
    """The ports and settings of all commands.

    `watched` says which classes of arXiv are asked now. `timezone` is told to people whose
    platform does not tell theirs. `sample` plays the built-in sample day and says how many papers
    it has; None where there is none. `find_channel` is None where nothing can be moved.
    `recent` remembers what people searched for; None where nobody is offered it again.
    `confirm` posts the line that goes before a subscription; None where no one has to be let in.
    """

    channels: Channels
    outbox: OutboxDesk
    papers: Papers
    archive: Archive
    feeds: Feeds
    leases: Leases
    clock: Clock
    chance: Chance
    limits: Limits = field(default_factory=Limits)
    alerts_per_day: int = 30
    watched: Callable[[], Sequence[str]] = tuple
    timezone: str = "UTC"
    sample: Callable[[], Awaitable[int]] | None = None
    sources: frozenset[str] = frozenset({"arxiv", "huggingface"})
    find_channel: FindChannel | None = None
    confirm: Confirm | None = None
    recent: RecentQueries | None = None


def local_channels(messages: Messages) -> FindChannel:
    """FindChannel for the local page, whose channels are known by name."""

    async def find(request: Request, text: str) -> ChannelId | None:
        name = text.strip().removeprefix("#").casefold()
        names = {known.casefold(): known for known in await messages.channels()}
        if name not in names:
            return None
        return ChannelId(request.channel.platform, request.channel.tenant, names[name])

    return find
