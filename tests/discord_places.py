"""Servers, channels and messages of the loopback Discord, as its API shows them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

Json = dict[str, Any]

TOKEN: Final = "MTAwMDAwMDAwMDAwMDAwMDAx.test.token"
BOT_ID: Final = 100000000000000001
APP_ID: Final = BOT_ID
GUILD_ID: Final = 200000000000000001
OTHER_GUILD_ID: Final = 200000000000000002
GENERAL_ID: Final = 300000000000000001
READING_ID: Final = 300000000000000002
NEWS_ID: Final = 300000000000000003
VOICE_ID: Final = 300000000000000004
THREAD_ID: Final = 300000000000000005
FORUM_ID: Final = 300000000000000006
CATEGORY_ID: Final = 300000000000000007
FOREIGN_ID: Final = 300000000000000101
ADA_ID: Final = 400000000000000001

EPOCH_MS: Final = 1_420_070_400_000
ALL_PERMISSIONS: Final = (1 << 50) - 1
RIGHTS: Final = frozenset({"view", "send", "embed", "history"})
RIGHT_BITS: Final = {
    "view": 1 << 10,
    "send": 1 << 11 | 1 << 38,
    "embed": 1 << 14,
    "history": 1 << 16,
}
ADMINISTRATOR: Final = 1 << 3
TEXT, VOICE, CATEGORY, NEWS, PUBLIC_THREAD, FORUM = 0, 2, 4, 5, 11, 15
REQUIRE_TAG: Final = 1 << 4


def snowflake(at: datetime, number: int = 0) -> int:
    """An id made at that time."""
    return ((int(at.timestamp() * 1000) - EPOCH_MS) << 22) | (number & 0x3FFFFF)


def user(number: int, name: str, *, bot: bool = False) -> Json:
    """A user object."""
    return {
        "id": str(number),
        "username": name,
        "discriminator": "0",
        "global_name": None,
        "avatar": None,
        "bot": bot,
        "public_flags": 0,
        "flags": 0,
    }


ME: Final = {**user(BOT_ID, "paperwire", bot=True), "verified": True, "mfa_enabled": False}


@dataclass
class Sent:
    """A message as it stands in its channel."""

    id: int
    channel_id: int
    author_id: int
    payload: Json
    at: datetime
    monotonic: float
    nonce: str | None = None
    interaction: str | None = None
    edits: int = 0

    @property
    def mark(self) -> str:
        """The nonce that it was made with."""
        return self.nonce or ""

    def json(self) -> Json:
        """A message object. Discord does not give the nonce back when a channel is read."""
        mine = self.author_id == BOT_ID
        author = ME if mine else user(self.author_id, f"user{self.author_id}")
        return {
            "id": str(self.id),
            "channel_id": str(self.channel_id),
            "author": {key: author[key] for key in user(0, "")},
            "content": self.payload.get("content") or "",
            "timestamp": self.at.isoformat(),
            "edited_timestamp": self.at.isoformat() if self.edits else None,
            "tts": False,
            "mention_everyone": False,
            "mentions": [],
            "mention_roles": [],
            "attachments": [],
            "embeds": list(self.payload.get("embeds") or []),
            "components": list(self.payload.get("components") or []),
            "pinned": False,
            "type": 0,
            "flags": self.payload.get("flags") or 0,
            **({"application_id": str(APP_ID)} if mine else {}),
        }


@dataclass
class Place:
    """A channel. `rights` are the bot's; who is without `history` sees an empty channel."""

    id: int
    guild_id: int
    type: int = TEXT
    name: str = "general"
    parent_id: int | None = None
    flags: int = 0
    tags: dict[str, int] = field(default_factory=dict)
    owner_id: int | None = None
    rights: set[str] = field(default_factory=lambda: set(RIGHTS))
    messages: list[Sent] = field(default_factory=list)
    last_message_id: int | None = None
    is_archived: bool = False
    is_locked: bool = False
    archived_at: datetime | None = None
    applied: list[int] = field(default_factory=list)

    def json(self) -> Json:
        """A channel object."""
        found: Json = {
            "id": str(self.id),
            "guild_id": str(self.guild_id),
            "type": self.type,
            "name": self.name,
            "parent_id": str(self.parent_id) if self.parent_id else None,
            "flags": self.flags,
            "position": 0,
            "permission_overwrites": self._denied(),
            "nsfw": False,
            "rate_limit_per_user": 0,
            "last_message_id": str(self.last_message_id) if self.last_message_id else None,
        }
        if self.type == FORUM:
            found |= {
                "available_tags": [
                    {
                        "id": str(number),
                        "name": name,
                        "moderated": False,
                        "emoji_id": None,
                        "emoji_name": None,
                    }
                    for name, number in self.tags.items()
                ],
                "default_reaction_emoji": None,
                "default_sort_order": None,
                "default_forum_layout": 0,
                "topic": None,
            }
        elif self.type == VOICE:
            found |= {"bitrate": 64000, "user_limit": 0, "rtc_region": None}
        elif self.type == PUBLIC_THREAD:
            at = self.archived_at or datetime(2026, 1, 1, tzinfo=UTC)
            found |= {
                "owner_id": str(self.owner_id or ADA_ID),
                "message_count": len(self.messages),
                "member_count": 1,
                "total_message_sent": len(self.messages),
                "applied_tags": [str(one) for one in self.applied],
                "thread_metadata": {
                    "archived": self.is_archived,
                    "auto_archive_duration": 4320,
                    "archive_timestamp": at.isoformat(),
                    "locked": self.is_locked,
                    "create_timestamp": at.isoformat(),
                },
            }
        else:
            found |= {"topic": None}
        return found

    def _denied(self) -> list[Json]:
        """What the bot may not do, as overwrites say it."""
        bits = sum(bit for name, bit in RIGHT_BITS.items() if name not in self.rights)
        return [{"id": str(BOT_ID), "type": 1, "allow": "0", "deny": str(bits)}] if bits else []


@dataclass
class Guild:
    """A server and its channels; threads stand among them."""

    id: int
    name: str = "Readers"
    places: dict[int, Place] = field(default_factory=dict)
    roles: dict[int, str] = field(default_factory=dict)
    is_available: bool = True

    def add(self, place: Place) -> Place:
        """A channel more."""
        self.places[place.id] = place
        return place

    def add_text(self, count: int) -> int:
        """A text channel more, one of many; its id."""
        return self.add(Place(self.id + 1_000_000 + count, self.id, TEXT, f"room {count}")).id

    def json(self) -> Json:
        """A guild object."""
        everyone = _role(self.id, "@everyone")
        return {
            "id": str(self.id),
            "name": self.name,
            "owner_id": str(ADA_ID),
            "icon": None,
            "splash": None,
            "discovery_splash": None,
            "region": "us",
            "afk_channel_id": None,
            "afk_timeout": 60,
            "verification_level": 0,
            "default_message_notifications": 0,
            "explicit_content_filter": 0,
            "roles": [everyone, *(_role(one, name) for one, name in self.roles.items())],
            "emojis": [],
            "stickers": [],
            "features": [],
            "mfa_level": 0,
            "application_id": None,
            "system_channel_id": None,
            "system_channel_flags": 0,
            "rules_channel_id": None,
            "vanity_url_code": None,
            "description": None,
            "banner": None,
            "premium_tier": 0,
            "premium_subscription_count": 0,
            "preferred_locale": "en-US",
            "public_updates_channel_id": None,
            "nsfw_level": 0,
            "nsfw": False,
            "premium_progress_bar_enabled": False,
            "max_presences": None,
            "max_members": 500000,
        }

    def create(self) -> Json:
        """What GUILD_CREATE tells."""
        channels = [one.json() for one in self.places.values() if one.type != PUBLIC_THREAD]
        threads = [one.json() for one in self.places.values() if one.type == PUBLIC_THREAD]
        return {
            **self.json(),
            "joined_at": "2026-01-01T00:00:00+00:00",
            "large": False,
            "unavailable": False,
            "member_count": 2,
            "voice_states": [],
            "members": [member(BOT_ID, ME)],
            "channels": channels,
            "threads": threads,
            "presences": [],
            "stage_instances": [],
            "guild_scheduled_events": [],
            "soundboard_sounds": [],
        }


def _role(number: int, name: str) -> Json:
    return {
        "id": str(number),
        "name": name,
        "color": 0,
        "colors": {"primary_color": 0, "secondary_color": None, "tertiary_color": None},
        "hoist": False,
        "position": 0,
        "permissions": str(ALL_PERMISSIONS & ~ADMINISTRATOR),
        "managed": False,
        "mentionable": False,
        "flags": 0,
        "icon": None,
        "unicode_emoji": None,
    }


def member(number: int, found: Json | None = None, **given: object) -> Json:
    """A member object."""
    return {
        "user": found or user(number, f"user{number}"),
        "nick": None,
        "avatar": None,
        "banner": None,
        "roles": [],
        "joined_at": "2026-01-01T00:00:00+00:00",
        "premium_since": None,
        "deaf": False,
        "mute": False,
        "flags": 0,
        "pending": False,
        "communication_disabled_until": None,
        **given,
    }


def two_guilds() -> dict[int, Guild]:
    """One server with a channel of each kind, and a second one with one channel."""
    readers, others = Guild(GUILD_ID), Guild(OTHER_GUILD_ID, "Others")
    for number, kind, name in (
        (GENERAL_ID, TEXT, "general"),
        (READING_ID, TEXT, "reading"),
        (NEWS_ID, NEWS, "news"),
        (VOICE_ID, VOICE, "voice"),
        (CATEGORY_ID, CATEGORY, "papers"),
    ):
        readers.add(Place(number, GUILD_ID, kind, name))
    readers.add(
        Place(
            THREAD_ID,
            GUILD_ID,
            PUBLIC_THREAD,
            "a thread",
            GENERAL_ID,
            owner_id=ADA_ID,
        )
    )
    readers.add(Place(FORUM_ID, GUILD_ID, FORUM, "forum", tags={"Diffusion": 501, "Graphs": 502}))
    others.add(Place(FOREIGN_ID, OTHER_GUILD_ID, TEXT, "elsewhere"))
    return {one.id: one for one in (readers, others)}
