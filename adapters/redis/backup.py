"""A store as lines of JSON, made while it is used: all that could not be had again, no secrets.

The order matters: what says that something was done comes before what is still to be done. A paper
is seen, then on the stream, then in an outbox; a line taken later shows a later moment, so nothing
falls between two lines. What is taken twice does no harm, as every step is free to repeat.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from adapters.redis import keys
from adapters.redis.link import BATCH, Call, script

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence
    from datetime import datetime

    from adapters.redis.link import Argument, Link
    from adapters.redis.store import Store

FORMAT: Final = 1
EXPORT: Final = script("export", "box")
_PAGE: Final = 500


async def dump(store: Store, now: datetime) -> AsyncIterator[str]:
    """The lines of a backup, without line ends; the first names the format, the last counts."""
    count = 0
    head = {"t": "paperwire-backup", "format": FORMAT, "at": now.isoformat()}
    yield _line(head)
    for part in (_papers, _feeds, _events, _boxes, _posts, _channels, _messages):
        async for found in part(store.link):
            count += 1
            yield _line(found)
    yield _line({"t": "end", "lines": count})


def _line(found: dict[str, Any]) -> str:
    return json.dumps(found, separators=(",", ":"))


def text(raw: bytes) -> str:
    """Bytes of the store as text, and back by `raw`: also those that are no UTF-8."""
    return raw.decode("utf-8", "surrogateescape")


def raw(found: str) -> bytes:
    """What `text` was given."""
    return found.encode("utf-8", "surrogateescape")


def pairs(flat: Sequence[bytes]) -> dict[str, str]:
    """A hash as the server gives it."""
    return {text(name): text(value) for name, value in zip(flat[::2], flat[1::2], strict=True)}


async def _names(link: Link, pattern: str) -> AsyncIterator[list[str]]:
    """Keys by a glob, a batch at a time; some may come twice."""
    cursor = b"0"
    while True:
        cursor, found = await link.command("SCAN", cursor, "MATCH", pattern, "COUNT", 1_000)
        for start in range(0, len(found), BATCH):
            yield [text(name) for name in found[start : start + BATCH]]
        if cursor == b"0":
            return


async def _papers(link: Link) -> AsyncIterator[dict[str, Any]]:
    async for names in _names(link, "pw:1:{papers}:seen:*"):
        asked: list[tuple[Argument, ...]] = [("HGETALL", name) for name in names]
        asked += [("PTTL", name) for name in names]
        answers = await link.many(asked)
        found = zip(names, answers[: len(names)], answers[len(names) :], strict=True)
        for name, fields, ttl_ms in found:
            yield {"t": "seen", "key": name, "fields": pairs(fields), "ttl_ms": ttl_ms}
    for pattern, kind in (("rec", "record"), ("alias", "alias")):
        async for names in _names(link, f"pw:1:{{papers}}:{pattern}:*"):
            asked = [("GET", name) for name in names]
            asked += [("PTTL", name) for name in names]
            answers = await link.many(asked)
            found = zip(names, answers[: len(names)], answers[len(names) :], strict=True)
            for name, value, ttl_ms in found:
                if value is not None:
                    yield {"t": kind, "key": name, "value": text(value), "ttl_ms": ttl_ms}
    last = "-inf"
    while page := await link.command(
        "ZRANGEBYSCORE", keys.RECENT, last, "+inf", "WITHSCORES", "LIMIT", 0, _PAGE
    ):
        last = f"({text(page[-1])}"
        yield {"t": "recent", "scores": pairs(page)}


async def _feeds(link: Link) -> AsyncIterator[dict[str, Any]]:
    for name, state in pairs(await link.command("HGETALL", keys.FEEDS)).items():
        yield {"t": "feed", "name": name, "state": state}


async def _events(link: Link) -> AsyncIterator[dict[str, Any]]:
    """Events that no matcher has acknowledged, and those that none has taken."""
    for group in await link.many([("EXISTS", keys.STREAM)]):
        if not group:
            return
    delivered = "0-0"
    for flat in await link.command("XINFO", "GROUPS", keys.STREAM):
        delivered = text(dict(zip(flat[::2], flat[1::2], strict=True))[b"last-delivered-id"])
        pending = "-"
        while page := await link.command("XPENDING", keys.STREAM, keys.GROUP, pending, "+", _PAGE):
            for entry in page:
                event_id = text(entry[0])
                pending = f"({event_id}"
                for event in await link.command("XRANGE", keys.STREAM, event_id, event_id):
                    yield {"t": "event", "fields": pairs(event[1])}
    while page := await link.command("XRANGE", keys.STREAM, f"({delivered}", "+", "COUNT", _PAGE):
        delivered = text(page[-1][0])
        for event in page:
            yield {"t": "event", "fields": pairs(event[1])}


async def _boxes(link: Link) -> AsyncIterator[dict[str, Any]]:
    """Each channel's outbox, taken at one moment."""
    async for partition, member in _members(link):
        call = Call(EXPORT, (f"{partition}books",), (partition, member))
        posts, state, memory = await link.call(call)
        yield {
            "t": "box",
            "channel": member,
            "posts": [{"key": text(key), "post": pairs(post)} for key, post in posts],
            "state": pairs(state),
            "memory": {text(bucket): sorted(map(text, found)) for bucket, found in memory},
        }


async def _members(link: Link) -> AsyncIterator[tuple[str, str]]:
    """Each channel that was ever sent to, has a waiting post or remembers one; and its root."""
    begins = len(keys.root(0))
    known: set[str] = set()
    for part in ("box", "q", "a"):
        async for names in _names(link, f"pw:1:{{p[0-9][0-9]}}:*:{part}:*"):
            for name in names:
                platform, tenant, kind, *rest = name[begins:].split(":")
                if kind == part and rest:
                    member = f"{platform}:{tenant}:{rest[0]}"
                    if member not in known:
                        known.add(member)
                        yield name[:begins], member


async def _posts(link: Link) -> AsyncIterator[dict[str, Any]]:
    """What is out, and what lists hold: all posts that have an end."""
    async for names in _names(link, "pw:1:{p[0-9][0-9]}:*:post:*"):
        asked: list[tuple[Argument, ...]] = [("HGETALL", name) for name in names]
        asked += [("PTTL", name) for name in names]
        answers = await link.many(asked)
        found = zip(names, answers[: len(names)], answers[len(names) :], strict=True)
        for name, post, ttl_ms in found:
            if ttl_ms > 0:
                yield {"t": "post", "key": name, "post": pairs(post), "ttl_ms": ttl_ms}


async def _channels(link: Link) -> AsyncIterator[dict[str, Any]]:
    async for names in _names(link, "pw:1:{p[0-9][0-9]}:*:channels"):
        for name in names:
            for value in await link.command("HVALS", name):
                yield {"t": "channel", "value": text(value).split(" ", 2)[2]}
    for kind in ("audit", "dead"):
        async for names in _names(link, f"pw:1:{{p[0-9][0-9]}}:*:{kind}"):
            for name in names:
                async for entry in _entries(link, name):
                    yield {"t": kind, "key": name, **entry}


async def _messages(link: Link) -> AsyncIterator[dict[str, Any]]:
    async for names in _names(link, "pw:1:{p[0-9][0-9]}:*:shown"):
        for name in names:
            scores = pairs(await link.command("ZRANGE", name, 0, -1, "WITHSCORES"))
            yield {"t": "shown", "key": name, "scores": scores}
    async for names in _names(link, "pw:1:{p[0-9][0-9]}:*:messages:*"):
        for name in names:
            async for entry in _entries(link, name):
                yield {"t": "message", "key": name, **entry}


async def _entries(link: Link, stream: str) -> AsyncIterator[dict[str, Any]]:
    last = "-"
    while page := await link.command("XRANGE", stream, last, "+", "COUNT", _PAGE):
        last = f"({text(page[-1][0])}"
        for entry in page:
            yield {"id": text(entry[0]), "fields": pairs(entry[1])}
