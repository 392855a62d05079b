"""Channels: what is set in each channel, the tenant's audit, and the feed that matchers follow."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from adapters.redis import keys
from adapters.redis.codec import CHANGE, CHANNEL, Unreadable
from adapters.redis.link import BATCH, Call, script
from bot.model.channel import Channel
from bot.model.errors import StoreNewer
from bot.ports import Written

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from adapters.redis.link import Argument, Link
    from bot.model.channel import ChannelId
    from bot.ports import Change

TENANT_AT_ONCE: Final = 500
"""Channels of a tenant that are read in one answer, 2 MB at ten subscriptions each."""
TENANTS_AT_ONCE: Final = 10
SCANNED: Final = 500
"""Channels of a larger one in one answer."""

_WRITE = script("write")
_REVISIONS = script("revisions")
_FEEDS: Final = tuple(f"{keys.root(number)}changes" for number in range(keys.PARTITIONS))


class RedisChannels:
    """The Channels and ChannelFeed ports."""

    def __init__(self, link: Link) -> None:
        self._link = link

    async def read(self, channel: ChannelId) -> Channel:
        """As Channels.read; StoreNewer when it cannot be read, so that nothing is set over it."""
        found = await self._link.command(
            "HGET", f"{keys.tenant_of(channel)}channels", keys.quoted(channel.channel)
        )
        return _channel(found) if found is not None else Channel(channel)

    async def write(
        self, channels: Sequence[Channel], change: Change | None, tenant_max: int
    ) -> Written:
        """As Channels.write."""
        ids = [one.id for one in channels] + list(change.channels if change else ())
        if len({(one.platform, one.tenant) for one in ids}) != 1:
            raise ValueError("a write is for channels of one tenant")
        root, tenant = keys.root_of(ids[0]), keys.tenant_of(ids[0])
        args: list[Argument] = [
            f"{ids[0].platform}:{ids[0].tenant}",
            tenant_max,
            keys.AUDIT_MS,
            keys.CHANGES_MAX,
            CHANGE.dump(change) if change else "",
            (change.undoes or "") if change else "",
        ]
        for one in channels:
            stored = CHANNEL.dump(replace(one, revision=one.revision + 1))
            field, member = keys.quoted(one.id.channel), keys.member(one.id)
            args += [field, member, one.revision, len(one.subscriptions), stored]
        names = (
            f"{tenant}channels",
            f"{tenant}subscriptions",
            f"{tenant}audit",
            f"{root}tenants",
            f"{root}changes",
            f"{root}changed",
            f"{root}removed",
        )
        answer = await self._link.call(Call(_WRITE, names, tuple(args)))
        return Written(answer.decode())

    async def all(self) -> AsyncIterator[Channel]:
        """As Channels.all, some thousand channels a round trip."""
        async for names in self._tenants():
            sizes = await self._link.many([("HLEN", name) for name in names])
            small = [n for n, size in zip(names, sizes, strict=True) if size <= TENANT_AT_ONCE]
            for start in range(0, len(small), TENANTS_AT_ONCE):
                part = small[start : start + TENANTS_AT_ONCE]
                for values in await self._link.many([("HVALS", name) for name in part]):
                    for value in values:
                        yield _channel(value)
            for name in set(names) - set(small):
                async for value in self._values(name):
                    yield _channel(value)

    async def _tenants(self) -> AsyncIterator[list[str]]:
        """The keys of tenants' channels, up to BATCH of one partition."""
        for number in range(keys.PARTITIONS):
            root = keys.root(number)
            tenants = sorted(await self._link.command("SMEMBERS", f"{root}tenants"))
            names = [f"{root}{name.decode()}:channels" for name in tenants]
            for start in range(0, len(names), BATCH):
                yield names[start : start + BATCH]

    async def _values(self, name: str) -> AsyncIterator[bytes]:
        """A large tenant's channels in parts; what changes meanwhile may come twice."""
        cursor = b"0"
        while True:
            cursor, found = await self._link.command("HSCAN", name, cursor, "COUNT", SCANNED)
            for value in found[1::2]:
                yield value
            if cursor == b"0":
                return

    async def several(self, channels: Sequence[ChannelId]) -> Sequence[Channel]:
        """As ChannelFeed.several."""
        found: list[Channel] = []
        for start in range(0, len(channels), BATCH):
            part = channels[start : start + BATCH]
            asked = [
                ("HGET", f"{keys.tenant_of(one)}channels", keys.quoted(one.channel))
                for one in part
            ]
            for one, value in zip(part, await self._link.many(asked), strict=True):
                found.append(_channel(value) if value is not None else Channel(one))
        return found

    async def revisions(self) -> AsyncIterator[Sequence[tuple[ChannelId, int]]]:
        """As ChannelFeed.revisions."""
        async for names in self._tenants():
            waiting = [(name, b"0") for name in names]
            while waiting:
                part, waiting = await self._revisions(waiting)
                yield part

    async def _revisions(
        self, waiting: Sequence[tuple[str, bytes]]
    ) -> tuple[list[tuple[ChannelId, int]], list[tuple[str, bytes]]]:
        """Channels of the first of these tenants, and what is to be asked after them."""
        now, later = waiting[:TENANTS_AT_ONCE], [*waiting[TENANTS_AT_ONCE:]]
        asked = [Call(_REVISIONS, (name,), (at, SCANNED)) for name, at in now]
        part: list[tuple[ChannelId, int]] = []
        for (name, _), answer in zip(now, await self._link.many(asked), strict=True):
            tenant = name.split(":", 3)[3].removesuffix("channels")
            part += [
                (keys.channel_of(f"{tenant}{field.decode()}"), int(revision or 0))
                for field, revision in zip(answer[1::2], answer[2::2], strict=True)
            ]
            if answer[0] != b"0":
                later.append((name, answer[0]))
        return part, later

    async def of_tenant(self, tenant: ChannelId) -> Sequence[Channel]:
        """As Channels.of_tenant."""
        found = await self._link.command("HVALS", f"{keys.tenant_of(tenant)}channels")
        return [_channel(value) for value in found]

    async def changed(self, cursor: str | None) -> tuple[str, Sequence[ChannelId] | None]:
        """As Channels.changed. The cursor is the number of the last change in each partition."""
        now = await self._now()
        if cursor is None:
            return now, ()
        seen, last = _numbers(cursor), _numbers(now)
        if any(one < was for one, was in zip(last, seen, strict=True)):
            return now, None  # the store was set back: what it lost is not in any log
        behind = [n for n in range(keys.PARTITIONS) if last[n] != seen[n]]
        asked = [("XRANGE", _FEEDS[number], f"({seen[number]}-0", "+") for number in behind]
        changed: dict[ChannelId, None] = {}
        for number, entries in zip(behind, await self._link.many(asked), strict=True):
            if not entries or _number(entries[0]) != seen[number] + 1:
                return now, None
            seen[number] = _number(entries[-1])
            for entry in entries:
                try:
                    changed[keys.channel_of(entry[1][1].decode())] = None
                except ValueError:  # none that we wrote: which channel it means is not known
                    return now, None
        return ",".join(map(str, seen)), tuple(changed)

    async def _now(self) -> str:
        asked = [("GET", f"{keys.root(number)}changed") for number in range(keys.PARTITIONS)]
        return ",".join(str(int(found or 0)) for found in await self._link.many(asked))

    async def changes(self, tenant: ChannelId, count: int) -> Sequence[Change]:
        """As Channels.changes; an undoing stands before what it undid, so one look is enough."""
        audit = f"{keys.tenant_of(tenant)}audit"
        changes: list[Change] = []
        undone: dict[str, str] = {}
        for entry in await self._link.command("XREVRANGE", audit, "+", "-", "COUNT", count):
            change_id = entry[0].decode()
            fields = dict(zip(entry[1][::2], entry[1][1::2], strict=True))
            if b"u" in fields:
                undone[fields[b"u"].decode()] = change_id
            try:
                change = CHANGE.load(fields[b"c"])
            except (Unreadable, KeyError):
                continue
            changes.append(replace(change, id=change_id, undone_by=undone.get(change_id)))
        return changes


def _channel(value: bytes) -> Channel:
    try:
        return CHANNEL.load(value.split(b" ", 2)[2])
    except (Unreadable, IndexError) as error:
        raise StoreNewer(f"A channel's settings cannot be read. {error}") from error


def _numbers(cursor: str) -> list[int]:
    return [int(part) for part in cursor.split(",")]


def _number(entry: Any) -> int:
    return int(entry[0].partition(b"-")[0])
