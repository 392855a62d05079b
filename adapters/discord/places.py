"""What kind of channel an id is: asked once, and kept until Discord refuses something there."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from bot.ports import Clock

PLACES_MAX: Final = 100_000
"""Channels kept in mind, 35 MB; the one unused longest is forgotten, and asked for again."""

FORUM_S: Final = 600.0
"""How long a forum's tags are believed: people change them."""

REQUIRE_TAG: Final = 1 << 4

USUAL_TAGS: Final = ("papers", "paper", "paperwire")
"""Names of the tag for a post without one, in a forum whose posts must have one."""


class Kind(IntEnum):
    """How a channel is posted to."""

    MESSAGES = 0
    THREAD = 1
    FORUM = 2
    NOTHING = 3


_MESSAGES: Final = frozenset({0, 2, 5, 13})  # text, voice, announcements, stage
_THREADS: Final = frozenset({10, 11, 12})
_FORUMS: Final = frozenset({15, 16})  # forum, media


@dataclass(frozen=True, slots=True)
class Tag:
    """A tag of a forum. `moderated` ones are set by whoever may manage its threads."""

    id: str
    name: str
    moderated: bool = False


@dataclass(frozen=True, slots=True)
class Place:
    """A channel as posting needs to know it. `guild` is None for direct messages."""

    kind: Kind
    guild: str | None
    tags: tuple[Tag, ...] = ()
    needs_tag: bool = False


def place_of(said: object) -> Place | None:
    """A channel object of Discord's; None where it is none."""
    if not isinstance(said, Mapping) or not isinstance(said.get("type"), int):
        return None
    guild = said.get("guild_id")
    kind = _kind(said["type"])
    found = tuple(_tags(said.get("available_tags"))) if kind is Kind.FORUM else ()
    flags = said.get("flags")
    needs = kind is Kind.FORUM and isinstance(flags, int) and bool(flags & REQUIRE_TAG)
    return Place(kind, guild if isinstance(guild, str) else None, found, needs)


def _kind(number: int) -> Kind:
    if number in _MESSAGES:
        return Kind.MESSAGES
    if number in _THREADS:
        return Kind.THREAD
    return Kind.FORUM if number in _FORUMS else Kind.NOTHING


def _tags(found: object) -> list[Tag]:
    return [
        Tag(str(one["id"]), str(one.get("name") or ""), bool(one.get("moderated")))
        for one in (found if isinstance(found, list) else ())
        if isinstance(one, Mapping) and "id" in one
    ]


@dataclass(slots=True)
class Places:
    """Channels that were asked for, the one used last at the end."""

    clock: Clock
    most: int = PLACES_MAX
    _kept: OrderedDict[str, tuple[Place, float]] = field(default_factory=OrderedDict)

    def known(self, channel: str) -> Place | None:
        """A channel that is kept in mind, a forum not for long."""
        found = self._kept.get(channel)
        if found is None:
            return None
        place, at = found
        if place.kind is Kind.FORUM and self.clock.monotonic() - at > FORUM_S:
            return None
        self._kept.move_to_end(channel)
        return place

    def keep(self, channel: str, place: Place) -> None:
        """Keep it in mind."""
        self._kept[channel] = (place, self.clock.monotonic())
        self._kept.move_to_end(channel)
        while len(self._kept) > self.most:
            self._kept.popitem(last=False)

    def forget(self, channel: str) -> None:
        """Ask again next time."""
        self._kept.pop(channel, None)


def tag_ids(place: Place, wanted: tuple[str, ...], most: int = 5) -> list[str] | None:
    """The forum's tags of those names; None when it wants one and has none that could be given.

    A forum whose posts must have a tag gives a post without one the tag called `papers` (or
    `paper`, `paperwire`), or else its first that anybody may set: an alert should not be held up
    because a subscription was made before the rule.
    """
    by_name: dict[str, Tag] = {}
    for tag in place.tags:
        by_name.setdefault(tag.name.strip().casefold(), tag)
    names = [name.strip().casefold() for name in wanted]
    found = dict.fromkeys(by_name[name].id for name in names if name in by_name)
    if found or not place.needs_tag:
        return list(found)[:most]
    usual = [by_name[name] for name in USUAL_TAGS if name in by_name]
    free = [tag for tag in (*usual, *place.tags) if not tag.moderated]
    return [free[0].id] if free else None


def asked(value: Any) -> str:
    """An id of Discord's as it may stand in a path; ValueError for anything else."""
    text = str(value)
    if not (text.isascii() and text.isdigit() and len(text) <= 20):  # noqa: PLR2004 - digits of a 64-bit number
        raise ValueError(f"{text[:30]!r} is no id of Discord's")
    return text
