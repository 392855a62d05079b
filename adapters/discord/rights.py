"""What paperwire may do in a channel, from Discord's roles and overwrites. Pure.

Order as Discord's (topics/permissions): everyone, roles, then the channel's overwrites for
everyone, for roles, for the member. A thread has its parent's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeAlias

from discord import Permissions

from adapters.discord.invite import TITLES

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    Json: TypeAlias = Mapping[str, Any]

THREADS: Final = frozenset({10, 11, 12})

_ROLE: Final = 0


def allowed(
    guild: str, roles: Sequence[Json], own: Collection[str], me: str, channel: Json
) -> Permissions:
    """The permissions of the member `me` with the roles `own` in a channel of a server."""
    granted = 0
    for role in roles:
        if role.get("id") == guild or role.get("id") in own:
            granted |= _bits(role.get("permissions"))
    if Permissions(granted).administrator:
        return Permissions.all()
    said = channel.get("permission_overwrites")
    overwrites = [one for one in said if isinstance(one, dict)] if isinstance(said, list) else []
    of_roles = [one for one in overwrites if one.get("type") == _ROLE]
    steps = (
        [one for one in of_roles if one.get("id") == guild],
        [one for one in of_roles if one.get("id") != guild and one.get("id") in own],
        [one for one in overwrites if one.get("type") != _ROLE and one.get("id") == me],
    )
    for step in steps:
        for one in step:
            granted &= ~_bits(one.get("deny"))
        for one in step:
            granted |= _bits(one.get("allow"))
    return Permissions(granted)


def lacking(permissions: Permissions, kind: object) -> list[str]:
    """What posting in a channel of this type lacks, as Discord's settings call it."""
    speak = "send_messages_in_threads" if kind in THREADS else "send_messages"
    needed = ("view_channel", speak, "embed_links", "read_message_history")
    return [TITLES[name] for name in needed if not getattr(permissions, name)]


def _bits(value: object) -> int:
    try:
        return int(str(value or 0))
    except ValueError:
        return 0
