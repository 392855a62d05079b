"""The JSON interface: commands, messages, channels, completion, status."""

from __future__ import annotations

import asyncio
import json
import re
from typing import TYPE_CHECKING, cast
from zoneinfo import ZoneInfo

from adapters.web.desk import DESK, Declined, ensured, reply
from adapters.web.names import GENERAL, USER, channel_id, is_channel_name, is_message_id
from adapters.web.wire import messages_json, utc_text
from bot.card.json import card_json
from bot.command.request import Request

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from aiohttp import web

    from adapters.web.facts import SourceFacts

TEXT_MAX_BYTES = 8_000
"""A command's longest text in UTF-8; queries have a smaller bound of their own."""

MESSAGES_MAX = 1_000
"""Messages given at once, and by default: a reader who asks once gets all of a calm channel."""

TURN = 100
"""Messages made to JSON before others get their turn."""

COMPLETE_MAX = 500
"""Characters looked at for completion; nobody completes beyond."""

_COUNT = re.compile(r"[1-9][0-9]{0,8}", re.ASCII)

READ_MAX_S = 10.0
"""Seconds in which a request's body must be there."""

ID_MAX = 100
"""Characters of a request id."""


async def run_command(request: web.Request) -> web.Response:
    """POST /api/channels/{channel}/commands: the answer's card."""
    desk = request.app[DESK]
    body = _object(await _body(request))
    text = _text(body, "text")
    asked = Request(
        channel=(await ensured(desk, request.match_info["channel"]))[0],
        user=USER,
        text=text,
        may_manage=True,
        id=_optional(body, "id"),
        timezone=_zone(_optional(body, "timezone")),
    )
    return reply(card_json(await desk.answer(asked)))


async def list_messages(request: web.Request) -> web.Response:
    """GET /api/channels/{channel}/messages: an array, oldest first.

    `after=ID` begins behind a message, `limit=N` gives at most so many; `newest=N` instead gives
    the last N.
    """
    desk = request.app[DESK]
    after = start_of(request.query.get("after"))
    limit = _number(request, "limit", MESSAGES_MAX)
    newest = _number(request, "newest", 0)
    channel, _ = await ensured(desk, request.match_info["channel"])
    if newest:
        found = await desk.messages.newest(channel, newest)
    else:
        found = await desk.messages.after(channel, after, limit)
    shown = []
    for start in range(0, len(found), TURN):
        shown += await messages_json(found[start : start + TURN], desk.facts.listed)
        await desk.clock.sleep(0)
    return reply(shown)


async def list_channels(request: web.Request) -> web.Response:
    """GET /api/channels: name and newest message's id of each, the oldest channel first."""
    desk = request.app[DESK]
    await ensured(desk, GENERAL)
    found = []
    for name in await desk.messages.channels():
        newest = await desk.messages.newest(channel_id(name), 1)
        found.append({"name": name, "newest": newest[-1].id if newest else None})
    return reply(found)


async def create_channel(request: web.Request) -> web.Response:
    """POST /api/channels {"name"}: 201 when it was made, 200 when it was there."""
    name = _text(_object(await _body(request)), "name")
    _, created = await ensured(request.app[DESK], name)
    return reply({"name": name, "created": created}, status=201 if created else 200)


async def complete(request: web.Request) -> web.Response:
    """GET /api/complete?text=&channel=: an array of what could be typed."""
    text = request.query.get("text", "")
    name = request.query.get("channel", GENERAL)
    if len(text) > COMPLETE_MAX or not is_channel_name(name):
        return reply([])
    found = await request.app[DESK].facts.complete(channel_id(name), text)
    return reply([{"text": suggestion.text, "hint": suggestion.hint} for suggestion in found])


async def status(request: web.Request) -> web.Response:
    """GET /api/status: how each source is doing, and whether any can be reached."""
    desk = request.app[DESK]
    sources = await desk.facts.sources()
    return reply(
        {
            "now": utc_text(desk.clock.now()),
            "sources": list(sources),
            "reachable": is_reachable(sources),
            "trouble": await desk.facts.ready(),
        }
    )


def is_reachable(sources: Sequence[SourceFacts]) -> bool:
    """Some source answers, or none has been asked in vain yet."""
    states = {source["state"] for source in sources}
    return "up" in states or "down" not in states


def start_of(after: str | None) -> str | None:
    """The message to begin behind; None (also for nothing and "0") is the beginning."""
    if not after or after == "0":
        return None
    if not is_message_id(after):
        raise Declined(400, "`after` must be the id of a message.")
    return after


async def _body(request: web.Request) -> bytes:
    """The whole body, which must not take its time: connections are few."""
    try:
        async with asyncio.timeout(READ_MAX_S):
            return await request.read()
    except TimeoutError:
        raise Declined(408, "The request took too long to arrive.") from None


def _object(body: bytes) -> Mapping[str, object]:
    try:
        found = json.loads(body.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise Declined(400, "The body is not JSON.") from error
    if not isinstance(found, dict):
        raise Declined(400, 'The body must be a JSON object such as {"text": "/papers help"}.')
    return cast("dict[str, object]", found)


def _text(body: Mapping[str, object], name: str) -> str:
    text = body.get(name)
    if not isinstance(text, str) or not text.strip():
        raise Declined(400, f'"{name}" must be a text that is not empty.')
    text = _whole(text)
    if len(text.encode()) > TEXT_MAX_BYTES:
        raise Declined(413, f'"{name}" is too long: at most {TEXT_MAX_BYTES} bytes.')
    return text


def _optional(body: Mapping[str, object], name: str) -> str | None:
    text = body.get(name)
    if text is None:
        return None
    if not isinstance(text, str) or not 0 < len(text) <= ID_MAX:
        raise Declined(400, f'"{name}" must be a text of at most {ID_MAX} characters.')
    return _whole(text)


def _whole(text: str) -> str:
    """The text without lone halves of surrogate pairs, which JSON can say and UTF-8 cannot."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _zone(name: str | None) -> str | None:
    """The name when it is a time zone; a browser's odd zone is no reason to refuse a command."""
    try:
        return ZoneInfo(name).key if name else None
    except (KeyError, ValueError, OSError):  # not found, not a name, a folder's name
        return None


def _number(request: web.Request, name: str, default: int) -> int:
    text = request.query.get(name)
    if text is None:
        return default
    if not _COUNT.fullmatch(text):
        raise Declined(400, f"`{name}` must be a number from 1.")
    return min(int(text), MESSAGES_MAX)
