"""What a subscription would post, and asking first where that is very much.

The others in a channel did not ask for a flood: a click more is less work than their muting it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.command.forecast import forecast, may_forecast
from bot.command.reply import Doubted
from bot.command.values import typed_options
from bot.model.errors import ArchiveDown

if TYPE_CHECKING:
    from bot.command.desk import Desk
    from bot.command.forecast import Forecast
    from bot.command.read import Typed
    from bot.command.request import Request
    from bot.model.channel import Channel
    from bot.model.subscription import Subscription
    from bot.query.ast import Query

ANYWAY: Final = "subscribe-anyway"
"""The command that does not ask."""

BUTTON_MAX: Final = 1500
"""Characters; platforms take about 2,000 in a button."""


async def told_of(
    desk: Desk, request: Request, query: Query, one: Subscription, channel: Channel
) -> Forecast | None:
    """What it would have posted; None when that cannot be told just now."""
    if not await may_forecast(desk, request):
        return None
    try:
        return await forecast(desk, query, one.types, channel.muted)
    except ArchiveDown:
        return None  # alerts do not need the archive, so a subscription must not either


def doubted(
    typed: Typed, query: Query, told: Forecast | None, notes: tuple[str, ...]
) -> Doubted | None:
    """The question, where there is one to ask and its button can hold the answer."""
    if told is None or not told.busy or typed.command.name == ANYWAY:
        return None
    options = typed_options(typed.options)
    if len(options) + len(query.canonical) > BUTTON_MAX:
        return None
    return Doubted(query.canonical, options, told, notes)
