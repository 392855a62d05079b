"""Requests that Slack never sent: mutated, stale, replayed, malformed."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode

from slack_rig import command_payload

if TYPE_CHECKING:
    from collections.abc import Iterator
    from random import Random  # noqa: TID251 - the type of a seeded chance

SECRET: Final = "8f742231b10e8888abcd99yyyzzz85a5"
STAMP: Final = "X-Slack-Request-Timestamp"
SIGNATURE: Final = "X-Slack-Signature"


@dataclass(frozen=True, slots=True)
class Raw:
    """A request: its headers as they come over the wire, and its body."""

    headers: tuple[tuple[str, str], ...]
    body: bytes


def signed(body: bytes, at_s: float, secret: str = SECRET) -> Raw:
    """A request as Slack signs it."""
    stamp = str(int(at_s))
    digest = hmac.new(secret.encode(), f"v0:{stamp}:".encode() + body, hashlib.sha256).hexdigest()
    return Raw(((STAMP, stamp), (SIGNATURE, f"v0={digest}")), body)


def command_body(text: str, trigger: str, url: str = "http://127.0.0.1:9/x") -> bytes:
    """A slash command's body."""
    return urlencode(command_payload(text, trigger, url)).encode()


def with_header(raw: Raw, name: str, value: str) -> Raw:
    """The request with another value in a header."""
    kept = tuple(pair for pair in raw.headers if pair[0] != name)
    return replace(raw, headers=(*kept, (name, value)))


def without(raw: Raw, name: str) -> Raw:
    """The request without a header."""
    return replace(raw, headers=tuple(pair for pair in raw.headers if pair[0] != name))


def value(raw: Raw, name: str) -> str:
    """A header's value."""
    return dict(raw.headers)[name]


def mutations(chance: Random, right: Raw, now_s: float, count: int) -> Iterator[Raw]:
    """Requests none of which Slack sent; `right` is one that it did, some time before."""
    for _ in range(count):
        raw = chance.choice(_MAKERS)(chance, right, now_s)
        if raw != right:
            yield raw


def _flip_body(chance: Random, right: Raw, _: float) -> Raw:
    body = bytearray(right.body)
    body[chance.randrange(len(body))] ^= 1 << chance.randrange(8)
    return replace(right, body=bytes(body))


def _cut_body(chance: Random, right: Raw, _: float) -> Raw:
    return replace(right, body=right.body[: chance.randrange(len(right.body))])


def _flip_signature(chance: Random, right: Raw, _: float) -> Raw:
    old = value(right, SIGNATURE)
    at = chance.randrange(len(old))
    return with_header(
        right, SIGNATURE, old[:at] + chance.choice("0123456789abcdefXYZ \xe9=") + old[at + 1 :]
    )


def _odd_stamp(chance: Random, right: Raw, now_s: float) -> Raw:
    odd = ("abc", "", "-1", "1e9", "٣", "1.5", "0x10", "9" * 400, "+1", " 1", f"{now_s:.0f}\xa0")
    return with_header(right, STAMP, chance.choice(odd))


def _odd_signature(chance: Random, right: Raw, _: float) -> Raw:
    old = value(right, SIGNATURE)
    odd = ("", "é", "v0=", "v0=é", old.upper(), old[3:], f"v1{old[2:]}", old * 2, f" {old[:-1]}")
    return with_header(right, SIGNATURE, chance.choice(odd))


def _stale(chance: Random, right: Raw, now_s: float) -> Raw:
    return signed(right.body, now_s - chance.choice((301, 302, 600, 86_400, 1e9)))


def _ahead(chance: Random, right: Raw, now_s: float) -> Raw:
    return signed(right.body, now_s + chance.choice((62, 120, 299, 3600, 1e11)))


def _shifted(chance: Random, right: Raw, _: float) -> Raw:
    stamp = int(value(right, STAMP)) + chance.choice((-3, -2, -1, 1, 2, 3))
    return with_header(right, STAMP, str(stamp))


def _other_secret(chance: Random, right: Raw, now_s: float) -> Raw:
    return signed(
        right.body, now_s, chance.choice(("x", SECRET[:-1], SECRET + "0", SECRET.upper()))
    )


def _missing(chance: Random, right: Raw, _: float) -> Raw:
    return without(right, chance.choice((STAMP, SIGNATURE)))


def _twice(chance: Random, right: Raw, _: float) -> Raw:
    name = chance.choice((STAMP, SIGNATURE))
    return replace(right, headers=(*right.headers, (name, value(right, name))))


def _not_utf8(chance: Random, _: Raw, now_s: float) -> Raw:
    return signed(chance.choice((b"\xff\xfe", b"text=\xff&team_id=\xe9", b"{\xff}")), now_s)


def _no_object(chance: Random, _: Raw, now_s: float) -> Raw:
    bodies = (
        b"{",
        b"payload=",
        b"payload=[]",
        b"payload=%7B",
        b"{" * 100_000,
        b"&".join([b"a=b"] * 101),
    )
    return signed(chance.choice(bodies), now_s)


def _too_long(chance: Random, _: Raw, now_s: float) -> Raw:
    return signed(b"text=" + b"x" * (256 * 1024 + chance.randrange(9)), now_s)


_QUICK: Final = (
    *(_flip_body, _cut_body, _flip_signature, _odd_stamp, _odd_signature, _stale, _ahead),
    *(_shifted, _other_secret, _missing, _twice, _not_utf8),
)
_MAKERS: Final = (*_QUICK * 5, _no_object, _too_long)
"""The large ones are rarer: they take long to make."""
