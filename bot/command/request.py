"""Request: what a person asked, free of any platform."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.model.channel import ChannelId, UserId


@dataclass(frozen=True, slots=True)
class Request:
    """One slash command or one pressed button.

    `text` is what follows the command's name, or all of it ("/papers subscribe x"): both read the
    same. `id` is the platform's own id of the event, for "seen before"; None where there is none.
    `may_manage` says whether the platform lets this person manage the channel.
    `timezone` is an IANA name where the platform tells it. `roles` are the person's roles in the
    tenant by id, where the platform has such: the tenant may have given one the right to manage.
    `may_manage_all` says whether the platform lets this person manage the whole tenant; None where
    it does not tell that apart from the channel.
    """

    channel: ChannelId
    user: UserId
    text: str
    may_manage: bool
    id: str | None = None
    timezone: str | None = None
    roles: frozenset[str] = frozenset()
    may_manage_all: bool | None = None

    @property
    def manages_tenant(self) -> bool:
        """Whether this person may change what counts in all channels of the tenant."""
        return self.may_manage if self.may_manage_all is None else self.may_manage_all
