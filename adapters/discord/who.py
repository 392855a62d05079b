"""Who asks, where, and what Discord lets them do there: read from the interaction alone."""

from __future__ import annotations

import re
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import discord

from adapters.discord.tree import CHANNEL_TYPES
from bot.command.request import Request
from bot.model.channel import ChannelId, UserId

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Mapping

    Found: TypeAlias = discord.abc.GuildChannel | discord.Thread
    Managers: TypeAlias = Callable[[ChannelId], Awaitable[frozenset[str]]]

PLATFORM: Final = "discord"

_CHANNEL: Final = re.compile(r"<#([0-9]{1,20})>")


@dataclass(frozen=True, slots=True)
class Place:
    """A channel of a server, and what the asker may do in it. The name is for showing alone."""

    id: ChannelId
    permissions: discord.Permissions
    name: str = ""
    is_thread: bool = False

    @property
    def may_manage(self) -> bool:
        """Whether Discord lets the asker manage the channel, or all of them."""
        return self.permissions.manage_channels or self.may_manage_all

    @property
    def may_manage_all(self) -> bool:
        """Whether Discord lets the asker manage the server."""
        return self.permissions.manage_guild or self.permissions.administrator

    @property
    def may_speak(self) -> bool:
        """Whether the asker could say in it themselves what they let paperwire say."""
        said = self.permissions
        here = said.send_messages_in_threads if self.is_thread else said.send_messages
        return here or said.administrator


def place_of(interaction: discord.Interaction) -> Place | None:
    """Where the asker is; None outside of servers that paperwire was let into."""
    if interaction.guild_id is None or interaction.channel_id is None:
        return None
    if interaction.is_user_integration() and not interaction.is_guild_integration():
        return None
    here = _place(interaction, interaction.channel_id, interaction.permissions)
    return replace(here, is_thread=isinstance(interaction.channel, discord.Thread))


def other_place(interaction: discord.Interaction, channel: str) -> Place | None:
    """Another channel of the asker's server, that they can see and posts can go to.

    What Discord says of it in the interaction is taken first; else what is known of the server.
    """
    said = _resolved(interaction).get(channel)
    if said is not None:
        permissions = discord.Permissions(int(said.get("permissions") or 0))
        fits = said.get("type") in CHANNEL_TYPES and permissions.view_channel
        name = str(said.get("name") or "")
        return _place(interaction, int(channel), permissions, name) if fits else None
    found = interaction.guild.get_channel_or_thread(int(channel)) if interaction.guild else None
    return None if found is None else _seen(interaction, found)


def forum_of(interaction: discord.Interaction) -> str | None:
    """The forum, where something is said or pressed in a post that paperwire made there.

    Such a post is a thread of its own, whose first message has the thread's id; what is followed
    and muted is set for the forum.
    """
    thread, message, me = interaction.channel, interaction.message, interaction.client.user
    if not isinstance(thread, discord.Thread):
        return None
    is_first = message is not None and message.id == thread.id
    is_ours = is_first or (me is not None and thread.owner_id == me.id)
    is_post = is_ours and isinstance(thread.parent, discord.ForumChannel)
    return str(thread.parent_id) if is_post else None


def request_of(interaction: discord.Interaction, place: Place, text: str) -> Request:
    """The request, free of Discord."""
    person = interaction.user
    roles = person.roles if isinstance(person, discord.Member) else ()
    return Request(
        place.id,
        UserId(str(person.id)),
        text,
        place.may_manage,
        str(interaction.id),
        roles=frozenset(str(role.id) for role in roles),
        may_manage_all=place.may_manage_all,
    )


def tags_of(interaction: discord.Interaction, place: Place) -> tuple[str, ...]:
    """The names of the tags that a forum has; no other channel has any."""
    guild = interaction.guild
    found = guild.get_channel_or_thread(int(place.id.channel)) if guild is not None else None
    forum = found.parent if isinstance(found, discord.Thread) else found
    if not isinstance(forum, discord.ForumChannel):
        return ()
    return tuple(tag.name for tag in forum.available_tags)


async def _nobody(_: ChannelId) -> frozenset[str]:
    return frozenset()


@dataclass(frozen=True, slots=True)
class Askers:
    """The interactions that are being answered: what a command names is looked up by its asker.

    `managers` gives the roles that a tenant chose to manage all channels that they can see.
    """

    managers: Managers = _nobody
    underway: dict[str, discord.Interaction] = field(default_factory=dict)

    @contextmanager
    def asking(self, interaction: discord.Interaction) -> Iterator[None]:
        """While this lasts, the interaction is being answered."""
        kept = self.underway.setdefault(str(interaction.id), interaction)
        try:
            yield
        finally:
            if kept is interaction:  # not that of another event about the same
                self.underway.pop(str(interaction.id), None)

    async def find_channel(self, request: Request, text: str) -> ChannelId | None:
        """FindChannel for Discord: `<#123>`, or `#name` where one alone has it."""
        interaction = self.underway.get(request.id or "")
        if interaction is None:
            return None
        by_role = bool(request.roles & await self.managers(request.channel))
        written = _CHANNEL.fullmatch(text.strip())
        if written is not None:
            places = [other_place(interaction, written[1])]
        else:
            places = [_seen(interaction, one) for one in _named(interaction, text)]
        fits = [one for one in places if one is not None and (one.may_manage or by_role)]
        return fits[0].id if len(fits) == 1 else None


def _place(
    interaction: discord.Interaction,
    channel: int,
    permissions: discord.Permissions,
    name: str = "",
) -> Place:
    return Place(ChannelId(PLATFORM, str(interaction.guild_id), str(channel)), permissions, name)


def _resolved(interaction: discord.Interaction) -> Mapping[str, Any]:
    """What Discord says of the channels among an interaction's options, the asker's rights too."""
    data: Mapping[str, Any] = interaction.data or {}
    return (data.get("resolved") or {}).get("channels") or {}


def _seen(interaction: discord.Interaction, found: Found) -> Place | None:
    """The asker's place in a channel that is known; None when they cannot see it."""
    person = interaction.user
    if not isinstance(person, discord.Member) or found.type.value not in CHANNEL_TYPES:
        return None
    if isinstance(found, discord.Thread) and found.parent is None:
        return None
    permissions = found.permissions_for(person)
    if isinstance(found, discord.Thread) and found.is_private() and not permissions.manage_threads:
        return None  # who is in it is not known
    if not permissions.view_channel:
        return None
    return _place(interaction, found.id, permissions, found.name)


def _named(interaction: discord.Interaction, text: str) -> list[Found]:
    name = text.strip().removeprefix("#").casefold()
    guild = interaction.guild
    if guild is None or not name:
        return []
    return [one for one in (*guild.channels, *guild.threads) if one.name.casefold() == name]
