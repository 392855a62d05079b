"""What Slack's answers mean: sent, later, whose fault, or not known. Pure.

Codes: docs.slack.dev/reference/methods/chat.postMessage (2026-11). Which class each has follows
from one question: what would make the same post succeed?
"""

from __future__ import annotations

import math
import re
from datetime import UTC
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

from bot.model.alert import Receipt
from bot.ports import Busy, Fault, Posted, Refused, Unreachable

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from bot.ports import Outcome

WAIT_DEFAULT_S: Final = 30.0
"""Seconds when Slack says "later" and not when (slack_sdk waits the same)."""

WAIT_MAX_S: Final = 3600.0
"""No header silences a channel for longer than an hour."""

LIMIT_WAIT_S: Final = 60.0
"""Seconds after a code that speaks of a limit a minute."""

_NUMBER: Final = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,3})?", re.ASCII)
_HEADER_MAX: Final = 64

LATER: Final = frozenset({"ratelimited", "rate_limited", "message_limit_exceeded"})

NOT_CERTAIN: Final = frozenset(
    {
        "internal_error",
        "fatal_error",
        "service_unavailable",
        "request_timeout",
        "team_added_to_org",
    }
)
"""Slack stumbled: it may have kept the message."""

GONE: Final[Mapping[str, str]] = {
    "channel_not_found": "Slack does not know this channel, or paperwire was never let in; "
    "invite it with /invite @paperwire",
    "is_archived": "the channel is archived",
}

FORBIDDEN: Final[Mapping[str, str]] = {
    "not_in_channel": "paperwire is not in this channel; invite it with /invite @paperwire",
    "restricted_action": "the workspace does not let paperwire post here",
    "restricted_action_non_threadable_channel": "only threads may be posted to here",
    "restricted_action_read_only_channel": "the channel is read only",
    "restricted_action_thread_locked": "the thread is locked",
    "restricted_action_thread_only_channel": "only threads may be posted to here",
    "ekm_access_denied": "the workspace's administrators have suspended posting",
    "not_allowed": "the workspace does not let paperwire post here",
    "no_permission": "paperwire may not post here",
    "access_denied": "paperwire may not post here",
    "messages_tab_disabled": "paperwire takes no direct messages; use a channel",
    "cannot_reply_to_message": "nothing can be posted to this thread",
    "is_inactive": "the channel is not active",
}

TENANT: Final[Mapping[str, str]] = {
    "invalid_auth": "Slack does not accept the bot token",
    "not_authed": "no bot token is set",
    "account_inactive": "the app was removed from the workspace",
    "token_revoked": "the app was removed from the workspace",
    "token_expired": "the bot token has expired",
    "no_such_team": "the workspace is gone",
    "team_access_not_granted": "the workspace was not given to the app",
    "two_factor_setup_required": "the workspace asks for two-factor authentication first",
    "org_login_required": "the workspace is being moved to an organisation",
    "missing_scope": "the app lacks the scope chat:write",
    "not_allowed_token_type": "the token is not a bot token (xoxb-)",
    "accesslimited": "the workspace does not let the app in from this address",
}

POST: Final = frozenset(
    {
        *("invalid_blocks", "invalid_blocks_format", "msg_blocks_too_long", "msg_too_long"),
        *("no_text", "too_many_attachments", "attachment_payload_limit_exceeded"),
        *("markdown_text_conflict", "metadata_too_large", "metadata_must_be_sent_from_app"),
        *("invalid_metadata_format", "invalid_metadata_schema", "invalid_attachments"),
        *("invalid_arguments", "invalid_arg_name", "invalid_array_arg", "invalid_charset"),
        *("invalid_form_data", "invalid_json", "json_not_object", "invalid_post_type"),
        *("missing_post_type", "invalid_args", "external_channel_migrating"),
        *("slack_connect_blocked_file_type", "slack_connect_file_link_sharing_blocked"),
        *("slack_connect_canvas_sharing_blocked", "slack_connect_lists_sharing_blocked"),
        *("file_share_limit_reached", "duplicate_message_not_found"),
        *("duplicate_channel_not_found", "too_many_contact_cards"),
        *("as_user_not_supported", "cannot_unfurl_message"),
    }
)


def outcome_of(status: int, body: object, headers: Mapping[str, str]) -> Outcome:
    """What an answer means. `body` is the JSON it held, or None where that could not be read."""
    said: Mapping[str, Any] = body if isinstance(body, dict) else {}
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return Busy(wait_s(headers))
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return Unreachable(f"Slack answered {status}", maybe_posted=True)
    if said.get("ok") is True:
        return _posted(said)
    error = said.get("error")
    if isinstance(error, str) and said.get("ok") is False:
        return refusal(error, headers)
    return _wordless(status)


def refusal(error: str, headers: Mapping[str, str]) -> Outcome:
    """What an error code of chat.postMessage means."""
    if error in LATER:
        asked = {name.lower() for name in headers}
        return Busy(wait_s(headers) if "retry-after" in asked else LIMIT_WAIT_S)
    if error in NOT_CERTAIN:
        return Unreachable(f"Slack answered {error}", maybe_posted=True)
    for fault, reasons in (
        (Fault.CHANNEL_GONE, GONE),
        (Fault.CHANNEL_FORBIDS, FORBIDDEN),
        (Fault.TENANT, TENANT),
    ):
        if error in reasons:
            return Refused(fault, reasons[error])
    if error in POST:
        return Refused(Fault.POST, f"Slack refused the message ({error})")
    # a code nobody told us of: three tries, then a pause that a person sees; nothing is lost
    return Refused(Fault.CHANNEL_FORBIDS, f"Slack answered {error[:80]}")


def _posted(said: Mapping[str, Any]) -> Outcome:
    ts = said.get("ts")
    if isinstance(ts, str) and ts:
        return Posted(Receipt(ts))
    return Unreachable("Slack took the message and gave no receipt", maybe_posted=True)


def _wordless(status: int) -> Outcome:
    """An answer without Slack's words: something between us and Slack gave it, or cut it."""
    match status:
        case HTTPStatus.UNAUTHORIZED:
            return Refused(Fault.TENANT, "the way to Slack asks for a login (401)")
        case HTTPStatus.FORBIDDEN:
            return Refused(Fault.CHANNEL_FORBIDS, "the way to Slack is forbidden (403)")
        case HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
            return Refused(Fault.POST, "the message is too large (413)")
        case _:
            # a readable refusal would have had words: below 400 the answer may be Slack's own
            certain = HTTPStatus.BAD_REQUEST <= status != HTTPStatus.REQUEST_TIMEOUT
            reason = f"Slack's answer could not be read ({status})"
            return Unreachable(reason, maybe_posted=not certain)


def wait_s(headers: Mapping[str, str]) -> float:
    """The seconds that `Retry-After` asks for, in whatever form it comes, within an hour.

    A date counts from the answer's own `Date`, so that no clock of ours can be wrong.
    """
    named = {name.lower(): value for name, value in headers.items()}
    asked = named.get("retry-after", "").strip()
    if _NUMBER.fullmatch(asked):
        return _clamped(float(asked))
    until, now = _date(asked), _date(named.get("date", ""))
    if until is None or now is None:
        return WAIT_DEFAULT_S
    return _clamped((until - now).total_seconds())


def _clamped(seconds: float) -> float:
    return WAIT_MAX_S if math.isnan(seconds) else min(max(seconds, 1.0), WAIT_MAX_S)


def _date(text: str) -> datetime | None:
    if not text or len(text) > _HEADER_MAX:
        return None
    try:
        at = parsedate_to_datetime(text)
        return at if at.tzinfo else at.replace(tzinfo=UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
