"""Values <-> JSON in the store. Reading checks everything: a record may have been made by hand.

Each text begins with the format's number (`{"v":1,…`), a post also with its kind. What another
number or another form has is Unreadable: a clear error, and never a guess. No pickle anywhere.
"""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar, assert_never

from pydantic import TypeAdapter, ValidationError
from pydantic_core import PydanticSerializationError

from bot.card.json import card_from_json, card_json
from bot.card.post import Notice, PaperList
from bot.model.alert import Alert, PostKey, Reason
from bot.model.channel import Ambiguous, Channel, ChannelId, Pause, UserId
from bot.model.errors import PaperwireError
from bot.model.paper import AnnounceType, Paper, PaperId
from bot.model.subscription import (
    ChangeType,
    Mention,
    MentionKind,
    Subscription,
    SubscriptionId,
)
from bot.ports import Change, FeedState, PaperRecord

if TYPE_CHECKING:
    from bot.card.card import Card
    from bot.card.post import Post

T = TypeVar("T")

VERSION: Final = 1
_HEAD: Final = re.compile(rb'\{"v":(\d{1,9}),(?:"kind":"([a-z]{1,20})",)?')
_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_US: Final = timedelta(microseconds=1)


class Unreadable(PaperwireError):  # noqa: N818 - it is a value read, not a fault of ours
    """A record of the store that this program cannot read; it says which and why."""


class _Codec(Generic[T]):
    """One type's texts."""

    def __init__(self, what: str, adapter: TypeAdapter[T]) -> None:
        self._what = what
        self._adapter = adapter

    def dump(self, value: T) -> bytes:
        return _headed(self._body(value))

    def _body(self, value: T) -> bytes:
        try:
            return self._adapter.dump_json(value)
        except PydanticSerializationError:  # a lone surrogate, which no UTF-8 text can hold
            plain = self._adapter.dump_python(value)
            return json.dumps(_mended(plain), default=_plain).encode()

    def load(self, text: bytes) -> T:
        head(self._what, text)
        try:
            return self._adapter.validate_json(text)
        except ValidationError as error:
            raise _unreadable(self._what, error) from error


class _ChannelCodec(_Codec[Channel]):
    """Channels, whose subscriptions are told apart by their ids."""

    def load(self, text: bytes) -> Channel:
        channel = super().load(text)
        ids = [one.id for one in channel.subscriptions]
        if len(set(ids)) < len(ids):
            twice = next(one for one in ids if ids.count(one) > 1)
            raise Unreadable(
                f"A channel in the store is damaged: {channel.id} has two subscriptions with the "
                f"id {twice!r}."
            )
        return channel


def _headed(body: bytes) -> bytes:
    return f'{{"v":{VERSION},'.encode() + body[1:]


def head(what: str, text: bytes) -> str:
    """The kind that a text says it is, "" for none; Unreadable when its version is not ours."""
    found = _HEAD.match(text)
    if found is None:
        raise Unreadable(f"A {what} in the store is no record of paperwire: {text[:60]!r}.")
    if int(found[1]) != VERSION:
        raise Unreadable(
            f"A {what} in the store has format {int(found[1])}; this paperwire reads format "
            f"{VERSION}. Use the version that wrote it."
        )
    return (found[2] or b"").decode()


def _unreadable(what: str, error: ValidationError) -> Unreadable:
    first = error.errors(include_input=False, include_url=False)[0]
    where = ".".join(map(str, first["loc"])) or "its whole"
    return Unreadable(f"A {what} in the store is damaged: {where}: {first['msg']}.")


def _mended(value: Any) -> Any:
    """The same with U+FFFD for each lone surrogate."""
    match value:
        case str():
            return _SURROGATE.sub("\ufffd", value)
        case dict():
            return {_mended(key): _mended(one) for key, one in value.items()}
        case list() | tuple() | set() | frozenset():
            return [_mended(one) for one in value]
        case _:
            return value


def _plain(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


_NAMES: Final = {
    one.__name__: one
    for one in (
        *(Ambiguous, AnnounceType, ChangeType, ChannelId, Channel, Pause, Subscription, datetime),
        *(Mention, MentionKind),
        *(PaperId, PostKey, SubscriptionId, UserId),
    )
}
"""The values' modules import these for the type checker only: pydantic looks for them here."""


def _adapter(kind: type[T]) -> TypeAdapter[T]:
    adapter = TypeAdapter(kind)
    adapter.rebuild(_types_namespace=_NAMES)
    return adapter


PAPER: Final = _Codec("paper", _adapter(Paper))
CHANNEL: Final = _ChannelCodec("channel", _adapter(Channel))
CHANGE: Final = _Codec("change of the audit", _adapter(Change))
FEED: Final = _Codec("feed's state", _adapter(FeedState))


# ---------------------------------------------------------------- posts
#
# Alerts are most of what waits, so theirs is a short form: k (key), p (the paper's id where the
# key is another one), t (queued, µs), r (reasons: subscription, number, label, words…). Alerts of
# the kind "alert" spell all that out, and are read as well.

_ALERT: Final = "a"
_NOWHERE: Final = ChannelId("", "", "")
_REASONS: Final = _adapter(tuple[Reason, ...])
_encoded: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def dump_post(post: Post) -> bytes:
    """A post without its channel, which its key in the store names."""
    return encoded(post_text(post))


def post_text(post: Post) -> str:
    """As `dump_post`, on one line; it may hold lone surrogates, which `encoded` mends."""
    match post:
        case Alert():
            return f"{_alert_begins(post.key, post.paper_id, post.queued_at)}{_reasons(post)}]}}"
        case PaperList():
            alerts = [_alert_json(alert) for alert in post.alerts]
            at = post.queued_at.isoformat()
            return _headed_text("list", {"key": post.key, "queued_at": at, "alerts": alerts})
        case Notice():
            at = post.queued_at.isoformat()
            return _headed_text(
                "notice", {"key": post.key, "queued_at": at, "card": card_json(post.card)}
            )
    assert_never(post)


def encoded(text: str) -> bytes:
    """The text's bytes, with U+FFFD for each lone surrogate."""
    try:
        return text.encode()
    except UnicodeEncodeError:
        return _SURROGATE.sub("\ufffd", text).encode()


def list_around(key: PostKey, queued_at: datetime) -> tuple[bytes, bytes]:
    """What stands before and after the alerts of a PaperList: a script puts them together."""
    nothing = {"key": key, "queued_at": queued_at.isoformat(), "alerts": []}
    whole = encoded(_headed_text("list", nothing))
    return whole[:-2], whole[-2:]


def load_post(text: bytes, channel: ChannelId) -> Post:
    """A post of a channel."""
    kind = head("post", text)
    try:
        found = json.loads(text)
        match kind:
            case "a" | "alert":
                return _alert(found, channel)
            case "list":
                alerts = tuple([_alert(one, channel) for one in found["alerts"]])
                at = _time(found["queued_at"])
                return PaperList(PostKey(_text(found["key"])), channel, alerts, at)
            case "notice":
                card = card_from_json(found["card"])
                at = _time(found["queued_at"])
                return Notice(PostKey(_text(found["key"])), channel, card, at)
            case _:
                raise Unreadable(f"A post in the store is of a kind not known here: {kind!r}.")
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError) as error:
        raise Unreadable(f"A post in the store is damaged: {type(error).__name__}.") from error


def _headed_text(kind: str, plain: dict[str, Any]) -> str:
    return f'{{"v":{VERSION},"kind":"{kind}",{_encoded(plain)[1:]}'


def _reasons(alert: Alert) -> str:
    """As `_alert_json` has them, put together by hand: thousands are made at once."""
    return ",".join(
        [
            f"[{_encoded(one.subscription)},{one.number},{_encoded(one.label)}{_words(one)}]"
            for one in alert.reasons
        ]
    )


def _words(reason: Reason) -> str:
    return "".join([f",{_encoded(word)}" for word in reason.words]) if reason.words else ""


@lru_cache(maxsize=64)
def _alert_begins(key: PostKey, paper_id: PaperId, queued_at: datetime) -> str:
    """What the alerts of one paper have in common."""
    return _headed_text(_ALERT, _alert_json(Alert(key, _NOWHERE, paper_id, (), queued_at)))[:-2]


def _alert_json(alert: Alert) -> dict[str, Any]:
    found: dict[str, Any] = {"k": alert.key}
    paper_id: str = alert.paper_id
    if paper_id != alert.key:
        found["p"] = paper_id
    found["t"] = us(alert.queued_at)
    found["r"] = [
        (reason.subscription, reason.number, reason.label, *reason.words)
        for reason in alert.reasons
    ]
    return found


def _alert(found: dict[str, Any], channel: ChannelId) -> Alert:
    if "k" not in found:
        return _spelled_alert(found, channel)
    key = _text(found["k"])
    return Alert(
        key=PostKey(key),
        channel=channel,
        paper_id=PaperId(_text(found.get("p", key))),
        reasons=tuple([_reason(*one) for one in found["r"]]),
        queued_at=from_us(_whole(found["t"])),
    )


def _reason(subscription: object, number: object, label: object, *words: object) -> Reason:
    return Reason(
        SubscriptionId(_text(subscription)),
        _whole(number),
        _text(label),
        tuple([_text(word) for word in words]),
    )


def _spelled_alert(found: dict[str, Any], channel: ChannelId) -> Alert:
    return Alert(
        key=PostKey(_text(found["key"])),
        channel=channel,
        paper_id=PaperId(_text(found["paper_id"])),
        reasons=_REASONS.validate_python(found["reasons"]),
        queued_at=_time(found["queued_at"]),
    )


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"a text was expected, not {type(value).__name__}")
    return value


def _whole(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(f"a whole number was expected, not {type(value).__name__}")
    return value


def _time(value: object) -> datetime:
    at = datetime.fromisoformat(_text(value))
    if at.tzinfo is None:
        raise ValueError("a time without its zone")
    return at.astimezone(UTC)


# ---------------------------------------------------------------- cards


def dump_card(card: Card) -> bytes:
    """A card's text."""
    return _headed(json.dumps(card_json(card), separators=(",", ":")).encode())


def load_card(text: bytes) -> Card:
    """The card of a text."""
    head("card", text)
    try:
        return card_from_json(json.loads(text))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise Unreadable(f"A card in the store is damaged: {type(error).__name__}.") from error


# ---------------------------------------------------------------- the fact that a paper was seen


def dump_seen(record: PaperRecord) -> str:
    """A record without its paper in about 50 bytes: [revision, first seen µs, alerted, feeds…]."""
    facts = [record.revision, us(record.first_seen_at), record.alerted_version]
    return json.dumps([*facts, *sorted(record.shown_in)], separators=(",", ":"))


def load_seen(paper_id: PaperId, text: bytes, paper: bytes | None) -> PaperRecord:
    """The record of a paper; without the paper where its text is gone or cannot be read."""
    try:
        revision, first_seen_us, alerted, *feeds = json.loads(text)
        record = PaperRecord(
            id=paper_id,
            revision=int(revision),
            first_seen_at=from_us(int(first_seen_us)),
            shown_in=frozenset(map(_text, feeds)),
            alerted_version=int(alerted),
            paper=None,
        )
    except (ValueError, TypeError, OverflowError, RecursionError) as error:
        raise Unreadable(f"What is known of {paper_id} in the store is damaged.") from error
    if record.revision < 0:  # which remember.lua would not find again
        raise Unreadable(f"What is known of {paper_id} in the store has no revision.")
    if paper is None:
        return record
    try:
        return replace(record, paper=PAPER.load(paper))
    except Unreadable:
        return record


# ---------------------------------------------------------------- times


def us(at: datetime) -> int:
    """Microseconds since 1970, exactly."""
    return (at - _EPOCH) // _US


def from_us(count: int) -> datetime:
    """The time of so many microseconds since 1970."""
    return _EPOCH + timedelta(microseconds=count)


def ms(at: datetime) -> int:
    """Milliseconds since 1970, rounded down."""
    return us(at) // 1000


def ms_after(at: datetime) -> int:
    """Milliseconds since 1970, rounded up: what is due then is never due too early."""
    return -(-us(at) // 1000)


def from_ms(count: int) -> datetime:
    """The time of so many milliseconds since 1970."""
    return from_us(count * 1000)
