"""A channel: a place on a platform, and what people have set there."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final, NewType

if TYPE_CHECKING:
    from datetime import datetime

    from bot.model.subscription import Subscription

UserId = NewType("UserId", str)
"""The platform's own id of a person; the local page's one person is `local`."""


WHOLE: Final = "*"
"""The place of what is set for a whole tenant; no platform gives a channel this id."""


@dataclass(frozen=True, slots=True, order=True)
class ChannelId:
    """Platform, tenant (workspace or guild) and the platform's own id of the channel.

    Platform and tenant contain no colon. Names of channels are never stored.
    """

    platform: str
    tenant: str
    channel: str

    def __str__(self) -> str:
        """`web:local:general`, the form used in keys and logs."""
        return f"{self.platform}:{self.tenant}:{self.channel}"

    @classmethod
    def parse(cls, text: str) -> ChannelId:
        """Read what `str` wrote; ValueError when a part is missing."""
        platform, tenant, channel = text.split(":", 2)
        return cls(platform, tenant, channel)

    @property
    def whole(self) -> ChannelId:
        """Where what is set for the whole tenant of this channel stands."""
        return ChannelId(self.platform, self.tenant, WHOLE)

    @property
    def is_whole(self) -> bool:
        """Whether this is no channel, but the place of a tenant's own settings."""
        return self.channel == WHOLE


@dataclass(frozen=True, slots=True)
class Pause:
    """Why nothing is posted. `by` is a person, or None when the platform refused the posts.

    `everywhere`: it refused the whole tenant, all of whose channels are paused.
    """

    at: datetime
    reason: str
    by: UserId | None = None
    everywhere: bool = False


class Ambiguous(StrEnum):
    """What becomes of a post whose answer was lost and that cannot be looked for."""

    RESEND = "resend"
    """It is posted again: it is there once or twice."""
    HOLD = "hold"
    """It is put aside: it is there once or not at all."""


@dataclass(frozen=True, slots=True)
class Channel:
    """What is set in one channel; `revision` counts its changes (0: nothing was ever set).

    `next_number` is the number the next subscription gets; numbers are not used twice. `managers`
    are the roles that may manage all channels of the tenant: set only where `id.is_whole`.
    """

    id: ChannelId
    revision: int = 0
    next_number: int = 1
    subscriptions: tuple[Subscription, ...] = ()
    muted: tuple[str, ...] = ()
    pause: Pause | None = None
    ambiguous: Ambiguous = Ambiguous.RESEND
    managers: tuple[str, ...] = ()
