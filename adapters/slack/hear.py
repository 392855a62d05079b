"""Letting the Bolt app hear one payload: whatever is wrong with it, only that one is lost."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import structlog
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse

if TYPE_CHECKING:
    from slack_bolt.async_app import AsyncApp

log = structlog.get_logger()


async def hear(app: AsyncApp, payload: dict[str, Any]) -> BoltResponse:
    """What the app answers to a payload that is known to be Slack's; 400 to one it cannot read.

    `socket_mode` for both ways in: the payload is parsed, and its sender verified, before.
    """
    try:
        return await app.async_dispatch(AsyncBoltRequest(body=payload, mode="socket_mode"))
    except Exception as error:  # noqa: BLE001  Bolt raises KeyError and others on odd payloads
        log.warning("slack.unreadable", kind=payload.get("type"), error=type(error).__name__)
        return BoltResponse(status=400)
