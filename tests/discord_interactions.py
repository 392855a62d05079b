"""What people do on the loopback Discord, and how it may be answered: once, and in time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from discord_faults import Says, bad_form, refused
from discord_limits import choice_problems, form_problems, message_problems
from discord_places import Json, Place, Sent

if TYPE_CHECKING:
    from collections.abc import Mapping

    from discord_server import DiscordServer

Answer = Json | list[Any] | Says | None


def edited(server: DiscordServer, found: Sent, body: Json) -> Answer:
    """Change a message, as far as Discord would take it."""
    wrong = message_problems(body, is_edit=True, is_answer=found.interaction is not None)
    if wrong:
        server.problems += wrong
        return bad_form(wrong)
    # who sees it and what it is made of cannot be taken back
    kept = int(found.payload.get("flags") or 0) & ((1 << 6) | (1 << 15))
    changed = {"flags": int(body["flags"] or 0) | kept} if "flags" in body else {}
    found.payload = {**found.payload, **body, **changed}
    found.edits += 1
    return found.json()


async def callback(
    server: DiscordServer, path: Mapping[str, str], body: Json, query: Mapping[str, str]
) -> Answer:
    """POST /interactions/{id}/{token}/callback: once, within three seconds."""
    found = server.interactions.get(path["interaction_token"])
    late = found is not None and server.clock.monotonic() - found.at > server.answer_s
    if found is None or late:
        return refused(404, 10062, "Unknown interaction")
    if found.callback is not None:
        return refused(400, 40060, "Interaction has already been acknowledged.")
    wrong = _callback_problems(body)
    if wrong:
        server.problems += wrong
        return bad_form(wrong)
    found.callback = body
    data = body.get("data") or {}
    place = server.place(str(found.payload.get("channel_id"))) if body["type"] == 4 else None
    if body["type"] in {4, 5}:
        found.original = await server.keep(
            place or Place(0, 0), data, interaction=found.token, hidden=True
        )
        if place is not None and not int(data.get("flags") or 0) & (1 << 6):
            place.messages.append(found.original)
    elif body["type"] == 7 and found.message is not None:
        found.message.payload = {**found.message.payload, **data}
        found.message.edits += 1
    await server.tell()
    if query.get("with_response") not in {"1", "true"}:
        return None
    shown: Json = {"type": body["type"]}
    if found.original is not None:
        shown["message"] = found.original.json()
    number = str(found.original.id) if found.original else None
    return {
        "interaction": {
            "id": str(found.id),
            "type": found.payload["type"],
            "response_message_id": number,
            "response_message_loading": body["type"] == 5,
            "response_message_ephemeral": bool(int(data.get("flags") or 0) & (1 << 6)),
        },
        "resource": shown,
    }


def _callback_problems(body: Json) -> list[str]:  # noqa: PLR0911 - one a type
    data = body.get("data") or {}
    match body.get("type"):
        case 1 | 6:
            return []
        case 5:
            return [] if set(data) <= {"flags"} else [f"a deferral with {sorted(data)}"]
        case 4:
            return message_problems(data, is_answer=True)
        case 7:
            return message_problems(data, is_edit=True, is_answer=True)
        case 8:
            return choice_problems(data.get("choices") or [])
        case 9:
            return form_problems(data)
        case other:
            return [f"a callback of type {other}"]


async def follow_up(server: DiscordServer, path: Mapping[str, str], body: Json, *_: Any) -> Answer:
    """POST /webhooks/{application_id}/{interaction_token}: within 15 minutes."""
    found = server.interactions.get(path["webhook_token"])
    if found is None or server.clock.monotonic() - found.at > 900:
        return refused(401, 50027, "Invalid Webhook Token")
    wrong = message_problems(body, is_answer=True)
    if wrong:
        server.problems += wrong
        return bad_form(wrong)
    place = server.place(str(found.payload.get("channel_id"))) or Place(0, 0)
    sent = await server.keep(place, body, interaction=found.token, hidden=True)
    if not int(body.get("flags") or 0) & (1 << 6):
        place.messages.append(sent)
    found.replies.append(sent)
    await server.tell()
    return sent.json()


async def original(server: DiscordServer, path: Mapping[str, str], *_: Any) -> Answer:
    """GET .../messages/@original, or another message of the interaction."""
    found = _reply(server, path)
    return found.json() if found else refused(404, 10015, "Unknown Webhook")


async def edit_reply(
    server: DiscordServer, path: Mapping[str, str], body: Json, *_: Any
) -> Answer:
    """PATCH .../messages/@original, or another message of the interaction."""
    found = _reply(server, path)
    if found is None:
        return refused(404, 10015, "Unknown Webhook")
    answer = edited(server, found, body)
    await server.tell()
    return answer


async def delete_reply(server: DiscordServer, path: Mapping[str, str], *_: Any) -> Answer:
    """DELETE .../messages/@original, or another message of the interaction."""
    found = _reply(server, path)
    if found is None:
        return refused(404, 10015, "Unknown Webhook")
    place = server.place(str(found.channel_id))
    if place is not None and found in place.messages:
        place.messages.remove(found)
    await server.tell()
    return None


def _reply(server: DiscordServer, path: Mapping[str, str]) -> Sent | None:
    found = server.interactions.get(path["webhook_token"])
    if found is None or server.clock.monotonic() - found.at > 900:
        return None
    number = path.get("message_id", "@original")
    if number == "@original":
        return found.original or found.message
    return next((one for one in found.replies if str(one.id) == number), None)
