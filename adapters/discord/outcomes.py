"""What Discord's answers to a post mean: sent, later, whose fault, or not known. Pure.

Codes: docs.discord.com, topics/opcodes-and-status-codes (2026-08). Which class each has follows
from one question: what would make the same post succeed?
"""

from __future__ import annotations

import math
import re
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

from bot.model.alert import Receipt
from bot.ports import Busy, Fault, Posted, Refused, Unreachable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from bot.ports import Outcome

WAIT_DEFAULT_S: Final = 5.0
"""Seconds when Discord says "later" and not when: most of its windows last that long."""

WAIT_MAX_S: Final = 3600.0
"""No header silences a channel for longer than an hour."""

BAN_WAIT_S: Final = 600.0
"""Seconds after a 429 without Discord's words: what stands before it counts ten minutes."""

TOKEN_WAIT_S: Final = 3600.0
"""Seconds until a token that was refused is tried again."""

NOT_ACCEPTED: Final = (
    "Discord does not accept the bot token. Nothing is posted until it does: put the token of the "
    "application's page (Bot, Reset Token) into PAPERWIRE_DISCORD_TOKEN and restart paperwire"
)

DELETED: Final = Receipt("deleted")
"""The receipt of a post that was there and that somebody has deleted since."""

UNKNOWN_CHANNEL: Final = 10003
UNKNOWN_MESSAGE: Final = 10008
UNKNOWN_TAG: Final = 10087
NO_ACCESS: Final = 50001
NOT_TEXT: Final = 50008
NO_PERMISSION: Final = 50013

NEEDS: Final = "View Channel, Send Messages and Embed Links"
NEEDS_THREAD: Final = "View Channel, Send Messages in Threads and Embed Links"
NEEDS_FORUM: Final = "View Channel, Send Messages (shown as Create Posts) and Embed Links"
"""Permissions by their names in Discord's settings."""

LATER: Final[Mapping[int, float]] = {
    20016: 30,  # slow mode
    20022: 60,  # announcement limits
    20028: 30,  # the channel takes so many writes
    20029: 60,  # the server takes so many writes
    40004: 600,  # sending messages is switched off for a while
    40006: 600,  # this feature is switched off for a while
    40062: 30,  # this resource is being rate limited
    40333: 600,  # what stands before Discord bars the request
    130000: 60,  # the API is overloaded
}
"""Codes that say "later", and the seconds where they do not say when."""

EVERYWHERE: Final = frozenset({40004, 40333, 130000})
"""Those of LATER that are not about one channel or server."""

_GONE, _FORBIDS = Fault.CHANNEL_GONE, Fault.CHANNEL_FORBIDS

REFUSALS: Final[Mapping[int, tuple[Fault, str]]] = {
    UNKNOWN_CHANNEL: (_GONE, "the channel is gone"),
    10004: (_GONE, "the server is gone, or paperwire was removed from it"),
    50083: (_GONE, "the thread is archived; open it again, then resume this channel"),
    NO_ACCESS: (_FORBIDS, "paperwire may not see this channel; it needs {needs}"),
    NO_PERMISSION: (_FORBIDS, "paperwire may not post here; it needs {needs}"),
    NOT_TEXT: (_FORBIDS, "nothing can be posted in a channel of this kind"),
    30034: (_FORBIDS, "the server has reached a limit of Discord's for today"),
    40007: (_FORBIDS, "paperwire is banned from the server"),
    40058: (_FORBIDS, "a forum takes posts, not messages"),
    40066: (_FORBIDS, "each post of this forum must have a tag that only moderators may give"),
    40067: (_FORBIDS, "each post of this forum must have a tag; give the subscription one"),
    50003: (_FORBIDS, "nothing can be posted in direct messages"),
    50007: (_FORBIDS, "nothing can be posted in direct messages"),
    50009: (_FORBIDS, "the server asks for a verification that paperwire cannot give"),
    50024: (_FORBIDS, "nothing can be posted in a channel of this kind"),
    50095: (_FORBIDS, "the server cannot be reached from where paperwire runs"),
    160005: (_FORBIDS, "the thread is locked; unlock it first"),
    160006: (_FORBIDS, "the server has as many open threads as Discord allows; close some first"),
    160007: (_FORBIDS, "the server has as many open threads as Discord allows; close some first"),
    340013: (_FORBIDS, "Discord has limited the application that paperwire runs as"),
}
"""Codes that are the channel's or the server's fault, in words for whoever set it up."""

POST: Final[Mapping[int, str]] = {
    20009: "Discord holds it to be explicit",
    40005: "it is too large",
    50006: "it is empty",
    50035: "its form is not right",
    50109: "it is not JSON",
    UNKNOWN_TAG: "a tag of the forum does not exist any more",
    200000: "the server's AutoMod blocks it",
    200001: "the server's AutoMod blocks its title",
    240000: "Discord holds one of its links to be harmful",
}
"""Codes that are the message's own fault, and why."""

_NUMBER: Final = re.compile(r"\d+(?:\.\d*)?|\.\d+", re.ASCII)
_SAID_MAX: Final = 80


def outcome_of(
    status: int, body: object, headers: Mapping[str, str], needs: str = NEEDS
) -> Outcome:
    """What an answer means. `body` is the JSON it held, or None where that could not be read.

    `needs` names the permissions that a post takes there, for whom it concerns.
    """
    said: Mapping[str, Any] = body if isinstance(body, dict) else {}
    code = said.get("code")
    if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
        return _posted(said)
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return _limited(said, headers)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return Unreachable(f"Discord answered {status}", maybe_posted=True)
    if status == HTTPStatus.UNAUTHORIZED:
        return Busy(TOKEN_WAIT_S, platform_wide=True)
    if isinstance(code, int) and code:
        return _coded(code, said, headers, needs)
    return _wordless(status, said, needs)


def is_token_refused(status: int) -> bool:
    """Whether the answer says that the token is worth nothing: for all servers, not for one."""
    return status == HTTPStatus.UNAUTHORIZED


def is_invalid(status: int, headers: Mapping[str, str]) -> bool:
    """Whether Discord counts the request as invalid: 10,000 in ten minutes end in a ban.

    A limit that all bots share (`shared`) is nobody's fault (topics/rate-limits, 2026-08).
    """
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return _named(headers, "x-ratelimit-scope") != "shared"
    return status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}


def _posted(said: Mapping[str, Any]) -> Outcome:
    receipt = said.get("id")
    if isinstance(receipt, str) and receipt:
        return Posted(Receipt(receipt))
    return Unreachable("Discord took the post and gave no receipt", maybe_posted=True)


def _limited(said: Mapping[str, Any], headers: Mapping[str, str]) -> Busy:
    """Discord's own 429 is JSON; one without words bars our address, whatever was asked."""
    everywhere = (
        said.get("global") is True
        or _named(headers, "x-ratelimit-global").lower() == "true"
        or _named(headers, "x-ratelimit-scope") == "global"
    )
    if not said:
        return Busy(wait_s({}, headers, BAN_WAIT_S), platform_wide=True)
    return Busy(wait_s(said, headers, WAIT_DEFAULT_S), platform_wide=everywhere)


def _coded(code: int, said: Mapping[str, Any], headers: Mapping[str, str], needs: str) -> Outcome:
    """What one of Discord's codes means."""
    if code == UNKNOWN_MESSAGE:
        # only a nonce that was seen leads to a message here, and somebody has deleted that
        return Posted(DELETED)
    if code in LATER:
        return Busy(wait_s(said, headers, LATER[code]), platform_wide=code in EVERYWHERE)
    if code in REFUSALS:
        fault, words = REFUSALS[code]
        return Refused(fault, words.format(needs=needs))
    if code in POST:
        where = "; ".join(list(faults_in(said.get("errors")))[:3])
        why = POST[code] + (f" ({where})" if where else "")
        return Refused(Fault.POST, f"Discord refused the message: {why}")
    # a code nobody told us of: three tries, then a pause that a person sees; nothing is lost
    words = str(said.get("message") or "")[:_SAID_MAX]
    return Refused(Fault.CHANNEL_FORBIDS, f"Discord answered {code} {words}".strip())


def _wordless(status: int, said: Mapping[str, Any], needs: str) -> Outcome:
    """An answer without a code of Discord's: something between us gave it, or cut it."""
    match status:
        case HTTPStatus.FORBIDDEN:
            words = f"Discord forbids it (403); it needs {needs}"
            return Refused(
                Fault.CHANNEL_FORBIDS, words if said else "the way to Discord is forbidden (403)"
            )
        case HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
            return Refused(Fault.POST, "Discord refused the message: it is too large (413)")
        case _:
            # a readable refusal would have had words: below 400 the answer may be Discord's own
            certain = HTTPStatus.BAD_REQUEST <= status != HTTPStatus.REQUEST_TIMEOUT
            reason = f"Discord's answer could not be read ({status})"
            return Unreachable(reason, maybe_posted=not certain)


def faults_in(errors: object, at: str = "") -> Iterator[str]:
    """The leaves of an error tree of Discord's, such as `embeds.0.title: too long`."""
    if not isinstance(errors, dict):
        return
    leaves = errors.get("_errors")
    for found in leaves if isinstance(leaves, list) else ():
        if isinstance(found, dict):
            words = str(found.get("message") or found.get("code") or "")
            yield f"{at}: {words}"[: 2 * _SAID_MAX]
    if at.count(".") > 10:  # noqa: PLR2004 - deeper than any message; a tree may be hostile
        return
    for name, inner in errors.items():
        if name != "_errors":
            yield from faults_in(inner, f"{at}.{name}" if at else str(name))


def wait_s(said: Mapping[str, Any], headers: Mapping[str, str], default_s: float) -> float:
    """The seconds that an answer asks for, in its body or its header, between a tenth and an hour.

    The body's number has the fractions that the header's lacks.
    """
    asked = said.get("retry_after")
    if isinstance(asked, int | float) and not isinstance(asked, bool):
        return _clamped(float(min(asked, WAIT_MAX_S)))  # a number of JSON's may be any size
    for name in ("retry-after", "x-ratelimit-reset-after"):
        found = _named(headers, name).strip()
        if len(found) <= _SAID_MAX and _NUMBER.fullmatch(found):
            return _clamped(float(found))
    return default_s


def _clamped(seconds: float) -> float:
    return WAIT_MAX_S if math.isnan(seconds) else min(max(seconds, 0.1), WAIT_MAX_S)


def _named(headers: Mapping[str, str], wanted: str) -> str:
    for name, value in headers.items():
        if name.lower() == wanted:
            return str(value)
    return ""
