"""A backup's lines into an empty store, where nothing is posted before a person says so.

Every channel that has subscriptions or waiting posts comes back paused. A restore that was cut off
is taken up by running it again with the same lines.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from adapters.redis import keys
from adapters.redis.backup import FORMAT, raw
from adapters.redis.codec import CHANNEL, Unreadable
from adapters.redis.kinds import kind_of
from adapters.redis.link import Call, script
from bot.model.channel import Pause
from bot.model.errors import PaperwireError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from adapters.redis.link import Argument, Link
    from adapters.redis.store import Store
    from bot.model.channel import Channel, ChannelId

RESTORED: Final = "restored from a backup"
"""What the reason of every pause that a restore made begins with."""
_MARKED_MS: Final = 30 * keys.DAY_MS
_CHUNK: Final = 500

_QUEUE = script("queue", "box")
_BOX = script("restore_box", "box")
_CHANNEL = script("restore_channel")


class RestoreError(PaperwireError):
    """The lines are no whole backup, or the store is not empty; the sentence says which."""


@dataclass(slots=True)
class Restored:
    """What came back."""

    lines: int = 0
    papers: int = 0
    channels: int = 0
    waiting: int = 0


def reason(waiting: int) -> str:
    """Why a restored channel posts nothing, and what to do."""
    what = f"{waiting} waiting alert{'' if waiting == 1 else 's'}" if waiting else "again"
    return f"{RESTORED}: /papers resume to post {what}"


async def restore(store: Store, lines: Iterable[str], now: datetime) -> Restored:
    """Take in the lines of `dump`; RestoreError before anything is written when they are none."""
    link = store.link
    found = _read(lines)
    head = next(found, {})
    if head.get("t") != "paperwire-backup":
        raise RestoreError("This is no backup of paperwire: its first line does not say so.")
    if head.get("format") != FORMAT:
        raise RestoreError(
            f"This backup has format {head.get('format')!r}; this paperwire reads format "
            f"{FORMAT}. Use the version that made it."
        )
    await _claim(link, str(head.get("at")))
    restored = Restored()
    waiting: dict[str, int] = {}
    for line in found:
        if line.get("t") == "end":
            if line.get("lines") != restored.lines:
                raise RestoreError("This backup is damaged: lines are missing in its middle.")
            await link.command("DEL", keys.RESTORING)
            return restored
        restored.lines += 1
        try:
            await _take(link, line, now, restored, waiting)
        except (AttributeError, KeyError, TypeError, ValueError, Unreadable) as error:
            raise RestoreError(
                f"Line {restored.lines + 1} of the backup cannot be read: {error}"
            ) from error
    raise RestoreError(
        "This backup is cut off: its last line is missing. What there is came back."
    )


async def release(store: Store, now: datetime) -> int:
    """Resume every channel that a restore paused; how many posts wait in them."""
    total = 0
    for channel, why in (await store.outbox.held()).items():
        if not why.startswith(RESTORED):
            continue
        settings = await store.channels.read(channel)
        if settings.pause is not None and settings.pause.reason.startswith(RESTORED):
            await store.channels.write([replace(settings, pause=None)], None, 0)
        total += await store.outbox.resume(channel, now)
    return total


def _read(lines: Iterable[str]) -> Iterator[dict[str, Any]]:
    for number, line in enumerate(lines, 1):
        try:
            found = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise RestoreError(f"Line {number} of the backup is no JSON.") from error
        if not isinstance(found, dict):
            raise RestoreError(f"Line {number} of the backup is no object.")
        yield found


async def _claim(link: Link, at: str) -> None:
    """Mark the store as being restored from this backup; refuse one that has something already."""
    marked = await link.command("GET", keys.RESTORING)
    if marked is None:
        tenants = [("EXISTS", f"{keys.root(n)}tenants") for n in range(keys.PARTITIONS)]
        tenants += [("EXISTS", f"{keys.root(n)}platforms") for n in range(keys.PARTITIONS)]
        if any(await link.many([*tenants, ("EXISTS", keys.RECENT), ("EXISTS", keys.FEEDS)])):
            raise RestoreError(
                f"The store at {link.where} is not empty: restore into a fresh data folder or an "
                "empty Redis, so that nothing is mixed."
            )
    elif marked != at.encode():
        raise RestoreError(
            f"The store at {link.where} is being restored from another backup "
            f"({marked.decode()}): finish that one, or empty the store."
        )
    await link.command("SET", keys.RESTORING, at, "PX", _MARKED_MS)


async def _take(
    link: Link, line: dict[str, Any], now: datetime, restored: Restored, waiting: dict[str, int]
) -> None:
    match line["t"]:
        case "seen" | "record" | "alias" | "recent" | "feed" | "event":
            restored.papers += await _paper(link, line)
        case "box":
            waiting[line["channel"]] = await _box(link, line)
            restored.waiting += waiting[line["channel"]]
        case "post":
            key = _key(line, "post")
            await link.many([("HSET", key, *_flat(line["post"])), *_end(line)])
        case "channel":
            restored.channels += await _channel(link, line, now, waiting)
        case "audit" | "dead" | "message":
            await _entry(link, line)
        case "shown":
            for name, score in line["scores"].items():
                await link.command("ZADD", _key(line, "shown"), "NX", score, raw(name))
        case other:
            raise ValueError(f"a line of a kind not known here: {other!r}")


async def _paper(link: Link, line: dict[str, Any]) -> int:
    """What is known of papers and feeds; how many papers were seen."""
    match line["t"]:
        case "seen":
            key = _key(line, "seen")
            commands: list[tuple[Argument, ...]] = [
                ("HSETNX", key, raw(name), raw(value)) for name, value in line["fields"].items()
            ]
            await link.many([*commands, *_end(line)])
            return len(commands)
        case "record" | "alias":
            key = _key(line, "rec" if line["t"] == "record" else "alias")
            ttl_ms = int(line["ttl_ms"])
            await link.command("SET", key, raw(line["value"]), "NX", "PX", ttl_ms)
        case "recent":
            for name, score in line["scores"].items():
                await link.command("ZADD", keys.RECENT, "NX", score, raw(name))
        case "feed":
            await link.command("HSETNX", keys.FEEDS, line["name"], raw(line["state"]))
        case "event":
            await link.command("XADD", keys.STREAM, "*", *_flat(line["fields"]))
    return 0


def _key(line: dict[str, Any], part: str) -> str:
    """The key that a line names, if it is one of ours and of this sort."""
    key = str(line["key"])
    if kind_of(key) is None or part not in key.split(":"):
        raise ValueError(f"{key[:60]!r} is no key of this sort")
    return key


def _flat(fields: dict[str, str]) -> list[Argument]:
    return [raw(part) for pair in fields.items() for part in pair]


def _end(line: dict[str, Any]) -> list[tuple[Argument, ...]]:
    ttl_ms = int(line["ttl_ms"])
    return [("PEXPIRE", line["key"], ttl_ms)] if ttl_ms > 0 else []


def _call(which: Any, channel: ChannelId, *args: Argument) -> Call:
    root = keys.root_of(channel)
    return Call(which, (f"{root}books",), (root, *args))


async def _box(link: Link, line: dict[str, Any]) -> int:
    """Held first, then the posts, then the memory that would refuse them; how many wait."""
    channel = keys.channel_of(line["channel"])
    member, posts = keys.member(channel), line["posts"]
    state = {name: value for name, value in line["state"].items() if name not in _FLEETING}
    why = reason(len(posts)) if posts else ""
    await link.call(_call(_BOX, channel, member, why, len(state), *_flat(state)))
    for start in range(0, len(posts), _CHUNK):
        args: list[Argument] = [keys.POSTED_MS]
        for one in posts[start : start + _CHUNK]:
            post = one["post"]
            named = (post["k"], post["w"], post["t"], post["s"], post["m"])
            args += [raw(one["key"]), *map(raw, named), "", "", raw(post.get("c", ""))]
            # a body is one line: in JSON the end of a line is as good as a space
            body = post["b"].replace("\n", " ")
            lines = raw(f"{keys.quoted(channel.channel)}\n{body}\n")
            args += [1, f"{channel.platform}:{channel.tenant}", lines]
        await link.call(_call(_QUEUE, channel, *args))
    memory = [
        part
        for bucket, found in line["memory"].items()
        for name in found
        for part in (raw(bucket), raw(name))
    ]
    for start in range(0, len(memory), 2 * _CHUNK):
        some = memory[start : start + 2 * _CHUNK]
        await link.call(_call(_BOX, channel, member, "", 0, *some))
    return len(posts)


_FLEETING: Final = frozenset({"owner", "crashes", "queued_at"})


async def _channel(
    link: Link, line: dict[str, Any], now: datetime, waiting: dict[str, int]
) -> int:
    """The settings, paused; a channel that a person had paused stays paused for that reason."""
    found: Channel = CHANNEL.load(raw(line["value"]))
    member = keys.member(found.id)
    count = waiting.get(member, 0)
    if found.subscriptions or count:
        if found.pause is None:
            found = replace(found, pause=Pause(now, reason(count)))
        await link.call(_call(_BOX, found.id, member, reason(count), 0))
    root, tenant = keys.root_of(found.id), keys.tenant_of(found.id)
    names = (
        f"{tenant}channels",
        f"{tenant}subscriptions",
        f"{root}tenants",
        f"{root}changes",
        f"{root}changed",
    )
    args: tuple[Argument, ...] = (
        f"{found.id.platform}:{found.id.tenant}",
        keys.quoted(found.id.channel),
        member,
        found.revision,
        len(found.subscriptions),
        CHANNEL.dump(found),
        keys.CHANGES_MAX,
    )
    return int(await link.call(Call(_CHANNEL, names, args)))


async def _entry(link: Link, line: dict[str, Any]) -> None:
    """An entry of a stream, unless it is there already; a message also under its key."""
    key = _key(line, "messages" if line["t"] == "message" else line["t"])
    last = await link.command("XREVRANGE", key, "+", "-", "COUNT", 1)
    if last and _order(last[0][0].decode()) >= _order(line["id"]):
        return
    await link.command("XADD", key, line["id"], *_flat(line["fields"]))
    if line["t"] == "message":
        under = key.replace(":messages:", ":keys:", 1)
        await link.command("HSET", under, raw(line["fields"]["k"]), line["id"].partition("-")[0])
    else:
        life_ms = keys.AUDIT_MS if line["t"] == "audit" else keys.POSTED_MS
        await link.command("PEXPIRE", key, life_ms)


def _order(entry_id: str) -> tuple[int, int]:
    first, _, second = entry_id.partition("-")
    return int(first), int(second or 0)
