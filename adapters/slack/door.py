"""HTTP mode: what Slack posts to an address of ours, let in only when Slack itself sent it, once.

slack_sdk's verifier raises on a timestamp that is no number, on a body that is no UTF-8 and on a
signature that is no ASCII, takes the future for the past, and the same request again for five
minutes. So the check stands here.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import re
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, Final, TypeAlias
from urllib.parse import parse_qsl

import structlog
from aiohttp import web

from adapters.slack.hear import hear
from bot.model.errors import StoreDown

if TYPE_CHECKING:
    from collections.abc import Mapping

    from slack_bolt.async_app import AsyncApp
    from slack_bolt.response import BoltResponse

    from bot.ports import Clock

log = structlog.get_logger()

Once: TypeAlias = Callable[[str, float], Awaitable[bool]]
"""Leases.once."""

PATH: Final = "/slack/events"

BODY_MAX_BYTES: Final = 256 * 1024
"""Slack's largest payload holds a message of blocks several times over."""

READ_MAX_S: Final = 5.0
OLD_MAX_S: Final = 300
AHEAD_MAX_S: Final = 60
"""Five minutes as Slack advises; a clock may be a minute behind Slack's, not five."""

SEEN_S: Final = 600.0
"""How long a signature is remembered: longer than it could be used again."""

_TIMESTAMP: Final = re.compile(r"[0-9]{1,12}", re.ASCII)
_SIGNATURE: Final = re.compile(r"v0=[0-9a-f]{64}", re.ASCII)


def slack_http(
    app: AsyncApp, signing_secret: str, once: Once, clock: Clock
) -> Callable[[web.Request], Awaitable[web.Response]]:
    """The handler of POST requests at PATH; 401 for whatever Slack did not send just now."""
    secret = signing_secret.encode()

    async def handle(request: web.Request) -> web.Response:
        body = await _body(request)
        now_s = clock.now().timestamp()
        stamp, signature = _header(request, "Timestamp"), _header(request, "Signature")
        if body is None or not is_signed(secret, body, stamp, signature, now_s):
            return _refused()
        payload = payload_of(body)
        if payload is None:
            return _refused()
        try:
            if not await once(_name(stamp, signature), SEEN_S):
                log.warning("slack.replayed")
                return _refused()
        except StoreDown:
            # Slack sends an event again later; letting it in unseen would let it in twice
            return web.Response(status=503)
        return _response(await hear(app, payload))

    return handle


def is_signed(secret: bytes, body: bytes, stamp: str, signature: str, now_s: float) -> bool:
    """Whether Slack signed the body, not over five minutes ago. Raises for no input."""
    if not _TIMESTAMP.fullmatch(stamp) or not _SIGNATURE.fullmatch(signature):
        return False
    if not -AHEAD_MAX_S <= now_s - int(stamp) <= OLD_MAX_S:
        return False
    right = hmac.digest(secret, b"v0:%b:%b" % (stamp.encode(), body), "sha256").hex()
    return hmac.compare_digest(f"v0={right}".encode(), signature.encode())


def payload_of(body: bytes) -> dict[str, Any] | None:
    """The object in a body: JSON, a form with `payload`, or a slash command's form."""
    try:
        text = body.decode()
        if text.startswith("{"):
            return _object(json.loads(text))
        fields = dict(parse_qsl(text, keep_blank_values=True, max_num_fields=100))
        return _object(json.loads(fields["payload"])) if "payload" in fields else dict(fields)
    except (ValueError, RecursionError):
        return None


def _object(found: object) -> dict[str, Any] | None:
    return found if isinstance(found, dict) else None


def _name(stamp: str, signature: str) -> str:
    return f"slack-http:{hashlib.sha256(f'{stamp}{signature}'.encode()).hexdigest()}"


def _header(request: web.Request, name: str) -> str:
    """A header of Slack's; empty where there is none, or more than one."""
    full = {"Timestamp": "X-Slack-Request-Timestamp", "Signature": "X-Slack-Signature"}[name]
    found = request.headers.getall(full, [])
    return found[0] if len(found) == 1 else ""


async def _body(request: web.Request) -> bytes | None:
    """The raw body; None when it is too long, too slow, or breaks off."""
    chunks, size = [], 0
    try:
        async with asyncio.timeout(READ_MAX_S):
            async for chunk in request.content.iter_any():
                size += len(chunk)
                if size > BODY_MAX_BYTES:
                    return None
                chunks.append(chunk)
    except (TimeoutError, web.HTTPException, OSError, ValueError):
        return None
    return b"".join(chunks)


def _refused() -> web.Response:
    return web.Response(status=401, text="Not signed by Slack, or not just now.")


def _response(answer: BoltResponse) -> web.Response:
    headers: Mapping[str, str] = {
        name: value[0]
        for name, value in answer.headers.items()
        if value and name.lower() == "content-type"
    }
    return web.Response(status=answer.status, body=(answer.body or "").encode(), headers=headers)
