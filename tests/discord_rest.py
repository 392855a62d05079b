"""What the loopback Discord's routes do: channels, messages, threads, commands, interactions.

Every function takes the server, the request's path parts and its body, and gives what is answered:
JSON, or a refusal (`Says`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from discord_faults import (
    NO_ACCESS,
    NO_PERMISSION,
    UNKNOWN_CHANNEL,
    UNKNOWN_MESSAGE,
    Says,
    bad_form,
    refused,
)
from discord_interactions import (
    Answer,
    callback,
    delete_reply,
    edit_reply,
    edited,
    follow_up,
    original,
)
from discord_limits import (
    command_problems,
    message_problems,
    thread_problems,
)
from discord_places import (
    APP_ID,
    BOT_ID,
    CATEGORY,
    FORUM,
    ME,
    PUBLIC_THREAD,
    REQUIRE_TAG,
    Json,
    Place,
    Sent,
    member,
)

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from discord_server import DiscordServer

Handler = (
    "Callable[[DiscordServer, Mapping[str, str], Json, Mapping[str, str]], Awaitable[Answer]]"
)

APPLICATION: Final[Json] = {
    "id": str(APP_ID),
    "name": "paperwire",
    "icon": None,
    "description": "",
    "summary": "",
    "bot_public": True,
    "bot_require_code_grant": False,
    "verify_key": "0" * 64,
    "flags": 0,
    "hook": True,
    "bot": ME,
    "owner": {key: ME[key] for key in ("id", "username", "discriminator", "avatar")},
    "team": None,
    "install_params": None,
    "integration_types_config": {"0": {}},
}
THREADS_MAX: Final = 1000


# ---------------------------------------------------------------- the bot itself


async def gateway_bot(server: DiscordServer, *_: Any) -> Answer:
    """GET /gateway/bot."""
    limit = {"total": 1000, "remaining": 999, "reset_after": 14_400_000, "max_concurrency": 1}
    return {
        "url": server.gateway.url,
        "shards": server.gateway.shards,
        "session_start_limit": limit,
    }


async def me(_: DiscordServer, *__: Any) -> Answer:
    """GET /users/@me."""
    return dict(ME)


async def my_guilds(server: DiscordServer, _: Any, __: Any, query: Mapping[str, str]) -> Answer:
    """GET /users/@me/guilds, by id, after one of them."""
    limit = int(query.get("limit", "200"))
    if not 1 <= limit <= 200:
        return bad_form(["limit"])
    mine = [server.guilds[one] for one in sorted(server.guilds)]
    page = [one for one in mine if one.id > int(query.get("after", "0"))][:limit]
    return [
        {"id": str(one.id), "name": one.name, "owner": False, "permissions": "0", "features": []}
        for one in page
    ]


async def application(_: DiscordServer, *__: Any) -> Answer:
    """GET /applications/@me."""
    return dict(APPLICATION)


async def leave(server: DiscordServer, path: Mapping[str, str], *_: Any) -> Answer:
    """DELETE /users/@me/guilds/{guild_id}."""
    await server.remove_guild(int(path["guild_id"]))
    return None


# ---------------------------------------------------------------- commands


async def commands(server: DiscordServer, path: Mapping[str, str], *_: Any) -> Answer:
    """GET the global commands, or a guild's."""
    return list(server.commands.get(path.get("guild_id", ""), []))


async def put_commands(
    server: DiscordServer, path: Mapping[str, str], body: Any, *_: Any
) -> Answer:
    """PUT replaces them all at once."""
    wrong = command_problems(body)
    if wrong:
        server.problems += wrong
        return bad_form(wrong)
    scope = path.get("guild_id", "")
    made = [
        {
            "id": str(server.new_id()),
            "application_id": str(APP_ID),
            "version": str(server.new_id()),
            "type": 1,
            "default_member_permissions": None,
            "dm_permission": True,
            "nsfw": False,
            "contexts": None,
            "integration_types": [0],
            "name_localizations": None,
            "description_localizations": None,
            **one,
        }
        for one in body
    ]
    server.commands[scope] = made
    server.syncs += 1
    return list(made)


# ---------------------------------------------------------------- guilds and channels


async def guild(server: DiscordServer, path: Mapping[str, str], *_: Any) -> Answer:
    """GET /guilds/{guild_id}."""
    found = server.guilds.get(int(path["guild_id"]))
    return found.json() if found else refused(404, 10004, "Unknown Guild")


async def guild_channels(server: DiscordServer, path: Mapping[str, str], *_: Any) -> Answer:
    """GET /guilds/{guild_id}/channels: all but threads."""
    found = server.guilds.get(int(path["guild_id"]))
    if found is None:
        return refused(403, 50001, "Missing Access")
    return [one.json() for one in found.places.values() if one.type != PUBLIC_THREAD]


async def guild_roles(server: DiscordServer, path: Mapping[str, str], *_: Any) -> Answer:
    """GET /guilds/{guild_id}/roles."""
    found = server.guilds.get(int(path["guild_id"]))
    return list(found.json()["roles"]) if found else refused(404, 10004, "Unknown Guild")


async def guild_member(server: DiscordServer, path: Mapping[str, str], *_: Any) -> Answer:
    """GET /guilds/{guild_id}/members/{user_id}."""
    if int(path["guild_id"]) not in server.guilds:
        return refused(404, 10004, "Unknown Guild")
    number = int(path["user_id"])
    return member(number, ME if number == BOT_ID else None)


async def active_threads(server: DiscordServer, path: Mapping[str, str], *_: Any) -> Answer:
    """GET /guilds/{guild_id}/threads/active: those that the bot may see."""
    found = server.guilds.get(int(path["guild_id"]))
    if found is None:
        return refused(403, 50001, "Missing Access")
    shown = [
        one
        for one in found.places.values()
        if one.type == PUBLIC_THREAD and not one.is_archived and "view" in _rights(server, one)
    ]
    return {"threads": [one.json() for one in reversed(shown)], "members": []}


async def archived_threads(
    server: DiscordServer, path: Mapping[str, str], _: Any, query: Mapping[str, str]
) -> Answer:
    """GET .../threads/archived/public: the last archived first."""
    place = server.place(path["channel_id"])
    if place is None:
        return UNKNOWN_CHANNEL
    if not {"view", "history"} <= _rights(server, place):
        return NO_ACCESS
    found = [
        one
        for one in server.guilds[place.guild_id].places.values()
        if one.parent_id == place.id and one.is_archived and one.archived_at is not None
    ]
    found.sort(key=_archived_at, reverse=True)
    before, limit = query.get("before"), int(query.get("limit", "50"))
    if before is not None:
        found = [one for one in found if _archived_at(one).isoformat() < before]
    shown = found[:limit]
    return {
        "threads": [one.json() for one in shown],
        "members": [],
        "has_more": len(shown) < len(found),
    }


def _archived_at(place: Place) -> datetime:
    assert place.archived_at is not None
    return place.archived_at


async def channel(server: DiscordServer, path: Mapping[str, str], *_: Any) -> Answer:
    """GET /channels/{channel_id}."""
    place = server.place(path["channel_id"])
    if place is None:
        return UNKNOWN_CHANNEL
    return place.json() if "view" in _rights(server, place) else NO_ACCESS


# ---------------------------------------------------------------- messages


async def history(
    server: DiscordServer, path: Mapping[str, str], _: Any, query: Mapping[str, str]
) -> Answer:
    """GET .../messages: newest first; nothing at all without Read Message History."""
    place = server.place(path["channel_id"])
    if place is None:
        return UNKNOWN_CHANNEL
    rights = _rights(server, place)
    if "view" not in rights:
        return NO_ACCESS
    if "history" not in rights:
        return []
    limit = int(query.get("limit", "50"))
    if not 1 <= limit <= 100:
        return bad_form(["limit"])
    kept = sorted(place.messages, key=lambda one: one.id)
    if "after" in query:
        kept = [one for one in kept if one.id > int(query["after"])][:limit]
    elif "around" in query:
        middle = int(query["around"])
        kept = sorted(kept, key=lambda one: abs(one.id - middle))[:limit]
        kept.sort(key=lambda one: one.id)
    else:
        before = int(query.get("before", str(1 << 62)))
        kept = [one for one in kept if one.id < before][-limit:]
    return [one.json() for one in reversed(kept)]


async def message(server: DiscordServer, path: Mapping[str, str], *_: Any) -> Answer:
    """GET .../messages/{message_id}."""
    place = server.place(path["channel_id"])
    if place is None:
        return UNKNOWN_CHANNEL
    if not {"view", "history"} <= _rights(server, place):
        return NO_ACCESS
    found = _found(place, path["message_id"])
    return found.json() if found else UNKNOWN_MESSAGE


async def post(server: DiscordServer, path: Mapping[str, str], body: Json, *_: Any) -> Answer:
    """POST .../messages, with Discord's rules for nonces."""
    place = server.place(path["channel_id"])
    if place is None:
        return UNKNOWN_CHANNEL
    barred = _barred(server, place, body)
    if barred is not None:
        return barred
    wrong = message_problems(body)
    if wrong:
        server.problems += wrong
        return bad_form(wrong)
    earlier = server.earlier(place.id, body) if body.get("enforce_nonce") else None
    if earlier is not None:
        return earlier.json() if earlier in place.messages else UNKNOWN_MESSAGE
    sent = await server.keep(place, body)
    return {**sent.json(), **({"nonce": sent.nonce} if sent.nonce else {})}


async def edit(server: DiscordServer, path: Mapping[str, str], body: Json, *_: Any) -> Answer:
    """PATCH .../messages/{message_id}: one's own."""
    place = server.place(path["channel_id"])
    found = _found(place, path["message_id"]) if place else None
    if place is None or found is None:
        return UNKNOWN_CHANNEL if place is None else UNKNOWN_MESSAGE
    if found.author_id != BOT_ID:
        return refused(403, 50005, "Cannot edit a message authored by another user")
    return edited(server, found, body)


async def delete(server: DiscordServer, path: Mapping[str, str], *_: Any) -> Answer:
    """DELETE .../messages/{message_id}."""
    place = server.place(path["channel_id"])
    found = _found(place, path["message_id"]) if place else None
    if place is None or found is None:
        return UNKNOWN_MESSAGE
    place.messages.remove(found)
    return None


async def crosspost(server: DiscordServer, path: Mapping[str, str], *_: Any) -> Answer:
    """POST .../messages/{message_id}/crosspost."""
    place = server.place(path["channel_id"])
    found = _found(place, path["message_id"]) if place else None
    return found.json() if found else UNKNOWN_MESSAGE


def _found(place: Place, number: str) -> Sent | None:
    return next((one for one in place.messages if one.id == int(number)), None)


def _rights(server: DiscordServer, place: Place) -> set[str]:
    """A thread has its parent's, less what was taken from itself."""
    parent = server.place(str(place.parent_id)) if place.type == PUBLIC_THREAD else None
    return place.rights & parent.rights if parent else place.rights


def _barred(server: DiscordServer, place: Place, body: Json) -> Says | None:
    """Why nothing can be posted there, as Discord says it."""
    rights = _rights(server, place)
    if "view" not in rights:
        return NO_ACCESS
    if place.type == CATEGORY:
        return refused(400, 50008, "Cannot send messages in a non-text channel")
    if place.type == FORUM:
        return refused(400, 40058, "Cannot send messages in a forum channel")
    if place.is_locked:
        return refused(400, 160005, "This thread is locked")
    if "send" not in rights or (body.get("embeds") and "embed" not in rights):
        return NO_PERMISSION
    place.is_archived = False  # a message opens the thread again
    return None


# ---------------------------------------------------------------- forum posts


async def start_thread(  # noqa: PLR0911 - one a refusal
    server: DiscordServer, path: Mapping[str, str], body: Json, *_: Any
) -> Answer:
    """POST .../threads in a forum: a thread and its first message. No nonce is looked at."""
    forum = server.place(path["channel_id"])
    if forum is None:
        return UNKNOWN_CHANNEL
    rights = _rights(server, forum)
    if "view" not in rights:
        return NO_ACCESS
    if not {"send", "embed"} <= rights:
        return NO_PERMISSION
    if forum.type != FORUM:
        return refused(400, 50024, "Cannot execute action on this channel type")
    wrong = thread_problems(body)
    if wrong:
        server.problems += wrong
        return bad_form(wrong)
    tags = [int(one) for one in body.get("applied_tags") or []]
    if set(tags) - set(forum.tags.values()):
        return refused(400, 10087, "Unknown Tag")
    if forum.flags & REQUIRE_TAG and not tags:
        return refused(400, 40067, "A tag is required to create a forum post in this channel")
    places = server.guilds[forum.guild_id].places
    if sum(one.parent_id == forum.id and not one.is_archived for one in places.values()) > (
        THREADS_MAX
    ):
        return refused(400, 160006, "Maximum number of active threads reached")
    number = server.new_id()
    thread = Place(
        number,
        forum.guild_id,
        PUBLIC_THREAD,
        str(body["name"]),
        forum.id,
        owner_id=BOT_ID,
        applied=tags,
    )
    thread.archived_at = server.clock.now()
    places[number] = thread
    # a forum post's first message has the thread's own id
    sent = await server.keep(thread, body["message"], number=number)
    await server.gateway.dispatch("THREAD_CREATE", {**thread.json(), "newly_created": True})
    return {**thread.json(), "message": sent.json()}


ROUTES: Final[dict[str, Any]] = {
    "GET /gateway": gateway_bot,
    "GET /gateway/bot": gateway_bot,
    "GET /users/@me": me,
    "GET /users/@me/guilds": my_guilds,
    "DELETE /users/@me/guilds/{guild_id}": leave,
    "GET /oauth2/applications/@me": application,
    "GET /applications/@me": application,
    "GET /applications/{application_id}/commands": commands,
    "PUT /applications/{application_id}/commands": put_commands,
    "GET /applications/{application_id}/guilds/{guild_id}/commands": commands,
    "PUT /applications/{application_id}/guilds/{guild_id}/commands": put_commands,
    "GET /guilds/{guild_id}": guild,
    "GET /guilds/{guild_id}/channels": guild_channels,
    "GET /guilds/{guild_id}/roles": guild_roles,
    "GET /guilds/{guild_id}/members/{user_id}": guild_member,
    "GET /guilds/{guild_id}/threads/active": active_threads,
    "GET /channels/{channel_id}": channel,
    "GET /channels/{channel_id}/messages": history,
    "POST /channels/{channel_id}/messages": post,
    "GET /channels/{channel_id}/messages/{message_id}": message,
    "PATCH /channels/{channel_id}/messages/{message_id}": edit,
    "DELETE /channels/{channel_id}/messages/{message_id}": delete,
    "POST /channels/{channel_id}/messages/{message_id}/crosspost": crosspost,
    "POST /channels/{channel_id}/threads": start_thread,
    "GET /channels/{channel_id}/threads/archived/public": archived_threads,
    "POST /interactions/{interaction_id}/{interaction_token}/callback": callback,
    "POST /webhooks/{webhook_id}/{webhook_token}": follow_up,
    "GET /webhooks/{webhook_id}/{webhook_token}/messages/@original": original,
    "PATCH /webhooks/{webhook_id}/{webhook_token}/messages/@original": edit_reply,
    "DELETE /webhooks/{webhook_id}/{webhook_token}/messages/@original": delete_reply,
    "PATCH /webhooks/{webhook_id}/{webhook_token}/messages/{message_id}": edit_reply,
    "DELETE /webhooks/{webhook_id}/{webhook_token}/messages/{message_id}": delete_reply,
}
"""Every route by its name in the OpenAPI description."""

NO_TOKEN: Final = frozenset(
    {name for name in ROUTES if "/webhooks/" in name or "/interactions/" in name}
    | {"GET /gateway"}
)
"""Routes that need no bot token: the address is the secret."""
