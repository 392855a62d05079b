"""What every handler needs, kept in the application under one key."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aiohttp import web

from adapters.web.names import NAME_RULE, channel_id, is_channel_name

if TYPE_CHECKING:
    from adapters.web.events import Tails
    from adapters.web.facts import AnswerFn, Facts
    from adapters.web.options import WebOptions
    from bot.model.channel import ChannelId
    from bot.ports import Clock, Messages


@dataclass(frozen=True, slots=True)
class WebDesk:
    """The ports and callables that handlers use."""

    answer: AnswerFn
    messages: Messages
    clock: Clock
    options: WebOptions
    facts: Facts
    tails: Tails


DESK: web.AppKey[WebDesk] = web.AppKey("desk")


class Declined(Exception):  # noqa: N818  it is an answer on its way out, not an error of ours
    """A request that cannot be answered: status and sentence. The middleware turns it to JSON."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status
        self.sentence = sentence


def reply(body: object, status: int = 200) -> web.Response:
    """JSON in ASCII, so that nothing in it depends on how bytes are read; never cached."""
    return web.Response(
        body=json.dumps(body, separators=(",", ":")).encode("ascii"),
        status=status,
        content_type="application/json",
        charset="utf-8",
        headers={"Cache-Control": "no-store"},
    )


async def ensured(desk: WebDesk, name: str) -> tuple[ChannelId, bool]:
    """The channel of that name, made when it was not there, and whether it was made."""
    if not is_channel_name(name):
        raise Declined(400, NAME_RULE)
    names = await desk.messages.channels()
    if name in names:
        return channel_id(name), False
    if len(names) >= desk.options.channels_max:
        raise Declined(409, f"There are {len(names)} channels already, which is the most.")
    return channel_id(name), await desk.messages.create(name)
