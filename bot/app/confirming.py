"""Posts the line that goes before a subscription, on platforms that have to let us in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.model.alert import PostKey
from bot.ports import Busy, Repeats, Unreachable

if TYPE_CHECKING:
    from bot.card.card import Card
    from bot.command.desk import Confirm
    from bot.model.channel import ChannelId
    from bot.ports import Chance, Clock, Outcome, Poster

CONFIRM_TRIES: Final = 4
"""A channel takes a message a second; a person waits that long, not for a limit of minutes."""

CONFIRM_WAIT_MAX_S: Final = 2.0

REPEAT_WAIT_S: Final = 1.0
"""Until a line whose answer was lost is posted again, where that gives the first one back."""


def confirming(poster: Poster, clock: Clock, chance: Chance) -> Confirm:
    """Posts the line that goes before a subscription; waits for the channel's turn, no longer."""

    async def confirm(channel: ChannelId, card: Card) -> Outcome:
        key = PostKey(f"confirm:{chance.token()}")
        for _ in range(CONFIRM_TRIES - 1):
            outcome = await poster.post(card, channel, key)
            wait_s = _wait_s(outcome, poster, channel, key)
            if wait_s is None:
                return outcome
            await clock.sleep(wait_s)
        return await poster.post(card, channel, key)

    return confirm


def _wait_s(outcome: Outcome, poster: Poster, channel: ChannelId, key: PostKey) -> float | None:
    """Seconds until it is worth another try; None when it is not."""
    match outcome:
        case Busy(retry_after_s) if retry_after_s <= CONFIRM_WAIT_MAX_S:
            return retry_after_s
        case Unreachable(maybe_posted=True) if isinstance(poster, Repeats):
            return REPEAT_WAIT_S if poster.may_repeat(channel, key) else None
        case _:
            return None
