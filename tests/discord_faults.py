"""What the loopback Discord may do wrong: answers of its own choice, and answers that are lost."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

MESSAGES: Final = "POST /channels/{channel_id}/messages"
HISTORY: Final = "GET /channels/{channel_id}/messages"
CHANNEL: Final = "GET /channels/{channel_id}"
THREADS: Final = "POST /channels/{channel_id}/threads"
ACTIVE: Final = "GET /guilds/{guild_id}/threads/active"
ARCHIVED: Final = "GET /channels/{channel_id}/threads/archived/public"
STARTER: Final = "GET /channels/{channel_id}/messages/{message_id}"
CALLBACK: Final = "POST /interactions/{interaction_id}/{interaction_token}/callback"
"""Routes as the OpenAPI description names them."""


class Lost(StrEnum):
    """The seven ways to lose an answer; in the last five the request was carried out."""

    REFUSED = "refused before it was sent"
    RESET = "reset before it was read"
    TAKEN_RESET = "taken, then reset"
    TAKEN_502 = "taken, then 502"
    TAKEN_500 = "taken, then 500"
    TAKEN_SILENCE = "taken, then silence"
    TAKEN_HALF = "taken, then half an answer"


class Raw(str):
    """Text that is sent as JSON, whatever it is."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Says:
    """An answer instead of the right one: nothing is done. `body`: JSON, or text as HTML."""

    body: object
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Drips:
    """The right answer, a byte at a time with so many seconds between."""

    gap_s: float


Fault = Lost | Says | Drips


def refused(status: int, code: int, message: str = "Refused", **more: Any) -> Says:
    """One of Discord's own refusals."""
    return Says({"code": code, "message": message, **more}, status)


def limited(retry_after_s: float, *, scope: str = "user", via: bool = True) -> Says:
    """One request too many: `user` (this bot, this route), `shared`, or `global`."""
    headers = {
        "Retry-After": str(int(-(-retry_after_s // 1))),
        "X-RateLimit-Scope": scope,
        **({"X-RateLimit-Global": "true"} if scope == "global" else {}),
        **({"Via": "1.1 google"} if via else {}),
    }
    body = {
        "message": "You are being rate limited.",
        "retry_after": retry_after_s,
        "global": scope == "global",
    }
    return Says(body, 429, headers)


def banned(retry_after_s: int = 900) -> Says:
    """What stands before Discord bars the address: no JSON, no Via."""
    return Says("<html>error 1015</html>", 429, {"Retry-After": str(retry_after_s)})


UNAUTHORIZED: Final = refused(401, 0, "401: Unauthorized")
NO_ACCESS: Final = refused(403, 50001, "Missing Access")
NO_PERMISSION: Final = refused(403, 50013, "Missing Permissions")
UNKNOWN_CHANNEL: Final = refused(404, 10003, "Unknown Channel")
UNKNOWN_MESSAGE: Final = refused(404, 10008, "Unknown Message")
AUTOMOD: Final = refused(400, 200000, "Message was blocked by automatic moderation")


def bad_form(problems: list[str]) -> Says:
    """50035 with the tree of errors, one leaf a problem."""
    errors = {
        f"{place}": {"_errors": [{"code": "BASE_TYPE_BAD", "message": one}]}
        for place, one in enumerate(problems)
    }
    return refused(400, 50035, "Invalid Form Body", errors=errors)
