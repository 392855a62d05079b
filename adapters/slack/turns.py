"""Whose turn it is in a channel: Slack may drop what comes faster than one message a second.

Slack answers `ok` in a burst and gives "no guarantee that messages will be stored or displayed"
(docs.slack.dev/apis/web-api/rate-limits): the gap is a rule of delivery, not of manners.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:
    from bot.model.channel import ChannelId
    from bot.ports import Chance, Leases

GAP_S: Final = 1.0

HELD_S: Final = 30.0
"""Seconds that a sender which died in the middle of a post keeps the turn; over its deadline."""


class Turns(Protocol):
    """Turns in channels, over all processes."""

    async def take(self, channel: ChannelId) -> str | None:
        """The turn, to be given back with `end`; None when it is another's, or too soon."""
        ...

    async def end(self, channel: ChannelId, turn: str) -> None:
        """Let the gap begin: the next turn comes `GAP_S` after this."""
        ...


@dataclass(frozen=True, slots=True)
class LeaseTurns:
    """Turns as leases of the store, whose time is the one that counts."""

    leases: Leases
    chance: Chance

    async def take(self, channel: ChannelId) -> str | None:
        """As Turns.take."""
        turn = self.chance.token()
        mine = await self.leases.acquire(_name(channel), turn, HELD_S)
        return turn if mine else None

    async def end(self, channel: ChannelId, turn: str) -> None:
        """Keep the lease for the gap, from the answer on: Slack had the message before that."""
        await self.leases.acquire(_name(channel), turn, GAP_S)


def _name(channel: ChannelId) -> str:
    return f"turn:{channel}"
