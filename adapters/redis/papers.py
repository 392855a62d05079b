"""Papers: the records of papers seen, their other names, and the stream of what changed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from adapters.redis import keys
from adapters.redis.codec import (
    PAPER,
    Unreadable,
    dump_seen,
    from_ms,
    load_seen,
)
from adapters.redis.link import BLOCK_S, Call, script
from bot.model.errors import StoreDown
from bot.model.paper import PaperId
from bot.ports import EventKind, PaperEvent, PaperRecord

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence

    from adapters.redis.link import Argument, Link
    from bot.model.paper import Paper
    from bot.ports import PaperWrite

IDLE_MS: Final = 60_000
"""An event not acknowledged for so long belongs to a dead consumer; a batch takes milliseconds."""
DELIVERIES_MAX: Final = 5
CHUNK: Final = 50
"""Papers in one script, or read at once: about 3 ms, so that it holds up nobody."""
_REVISION: Final = re.compile(rb"\[(\d{1,4000})(?!\d)")

_REMEMBER = script("remember")
_CLAIM = script("claim")
_BURY = script("bury")
_ACKNOWLEDGE = script("acknowledge")


class RedisPapers:
    """The Papers port."""

    def __init__(self, link: Link, *, idle_ms: int = IDLE_MS) -> None:
        self._link = link
        self._idle_ms = idle_ms
        self._is_ready = False

    async def known(self, ids: Sequence[PaperId]) -> Mapping[PaperId, PaperRecord]:
        """As Papers.known; one round trip, and one more for those found under another name."""
        names = {asked: keys.canonical(asked) for asked in ids}
        found = await self._records(sorted(set(names.values())))
        others = sorted({name for name in names.values() if name not in found})
        if others:
            aliases = await self._link.command("MGET", *map(keys.alias, others))
            leads = {
                name: PaperId(target.decode())
                for name, target in zip(others, aliases, strict=True)
                if target
            }
            records = await self._records(sorted(set(leads.values())))
            found |= {name: records[to] for name, to in leads.items() if to in records}
        return {asked: found[name] for asked, name in names.items() if name in found}

    async def _records(self, names: Sequence[PaperId]) -> dict[PaperId, PaperRecord]:
        found: dict[PaperId, PaperRecord] = {}
        for start in range(0, len(names), CHUNK):  # others run while the next ones are fetched
            chunk = names[start : start + CHUNK]
            papers, *seen = await self._link.many(
                [
                    ("MGET", *map(keys.record, chunk)),
                    *(("HGET", *keys.seen(name)) for name in chunk),
                ]
            )
            for name, fact, paper in zip(chunk, seen, papers, strict=True):
                if fact is not None:
                    found[name] = _seen(name, fact, paper)
        return found

    async def remember(self, writes: Sequence[PaperWrite]) -> Sequence[bool]:
        """As Papers.remember; some papers a script, so that they share one sync of the disk."""
        done: list[bool] = []
        for start in range(0, len(writes), CHUNK):
            answer = await self._link.call(_remember(writes[start : start + CHUNK]))
            done += [one == 1 for one in answer]
        return done

    async def read(self, consumer: str, count: int, wait_s: float) -> Sequence[PaperEvent]:
        """As Papers.read; waits in turns of BLOCK_S, looking for leftovers in between."""
        try:
            return await self._read(consumer, count, wait_s)
        except StoreDown:
            self._is_ready = False  # it may come back empty, without the group
            raise

    async def _read(self, consumer: str, count: int, wait_s: float) -> Sequence[PaperEvent]:
        await self._ready()
        left_s = wait_s
        while True:
            entries = await self._claimed(consumer, count)
            if not entries:
                turn_s = min(left_s, BLOCK_S)
                entries = await self._next(consumer, count, turn_s)
                left_s -= turn_s
            events = await self._events(entries)
            if events or left_s <= 0:
                return events

    async def _ready(self) -> None:
        """Make the group at the stream's beginning: what came before the first matcher counts."""
        if not self._is_ready:
            try:
                await self._link.command(
                    "XGROUP", "CREATE", keys.STREAM, keys.GROUP, "0", "MKSTREAM"
                )
            except StoreDown as error:
                if "BUSYGROUP" not in str(error.__cause__):
                    raise
            self._is_ready = True

    async def _claimed(self, consumer: str, count: int) -> list[Any]:
        args = (keys.GROUP, consumer, count, self._idle_ms, DELIVERIES_MAX, keys.POSTED_MS)
        call = Call(_CLAIM, (keys.STREAM, keys.DEAD_EVENTS), args)
        entries: list[Any] = await self._link.call(call)
        return entries

    async def _next(self, consumer: str, count: int, wait_s: float) -> list[Any]:
        group: tuple[Argument, ...] = ("XREADGROUP", "GROUP", keys.GROUP, consumer, "COUNT", count)
        if wait_s > 0:
            wait_ms = max(1, int(wait_s * 1000))  # 0 would be for ever
            answer = await self._link.wait(*group, "BLOCK", wait_ms, "STREAMS", keys.STREAM, ">")
        else:
            answer = await self._link.command(*group, "STREAMS", keys.STREAM, ">")
        return answer[0][1] if answer else []

    async def _events(self, entries: Sequence[Any]) -> list[PaperEvent]:
        events = []
        for entry in entries:
            try:
                events.append(_event(entry))
            except Unreadable as error:
                args = (keys.GROUP, entry[0], str(error), keys.POSTED_MS)
                await self._link.call(Call(_BURY, (keys.STREAM, keys.DEAD_EVENTS), args))
        return events

    async def acknowledge(self, events: Sequence[PaperEvent]) -> None:
        """As Papers.acknowledge; also thins the stream of what is acknowledged and old."""
        await self._ready()
        ids = [event.id for event in events]
        args: tuple[Argument, ...] = (keys.GROUP, keys.STREAM_MS, *ids)
        await self._link.call(Call(_ACKNOWLEDGE, (keys.STREAM, keys.TRIMMED), args))

    async def since(self, event_id: str, count: int) -> Sequence[PaperEvent] | None:
        """As Papers.since; events that cannot be read are left out."""
        entries, trimmed, newest = await self._link.many(
            [
                ("XRANGE", keys.STREAM, f"({event_id}", "+", "COUNT", count),
                ("GET", keys.TRIMMED),
                ("XREVRANGE", keys.STREAM, "+", "-", "COUNT", 1),
            ]
        )
        after = _order(event_id)
        is_ahead = not newest and trimmed is None and after > (0, 0)
        if newest and after > _order(newest[0][0].decode()):
            is_ahead = True
        is_gone = trimmed is not None and (0, 0) < after < _order(trimmed.decode())
        if is_ahead or is_gone:
            return None
        events = []
        for entry in entries:
            try:
                events.append(_event(entry))
            except Unreadable:
                continue
        return events

    async def recent(self) -> AsyncIterator[Paper]:
        """As Papers.recent; a paper that changes meanwhile may come twice."""
        last = "-inf"
        while True:
            page = await self._link.command(
                "ZRANGEBYSCORE", keys.RECENT, last, "+inf", "WITHSCORES", "LIMIT", 0, 500
            )
            if not page:
                return
            names, last = page[::2], f"({page[-1].decode()}"
            records = (keys.record(name.decode()) for name in names)
            for text in await self._link.command("MGET", *records):
                if text is not None:
                    try:
                        yield PAPER.load(text)
                    except Unreadable:
                        continue


def _seen(name: PaperId, fact: bytes, paper: bytes | None) -> PaperRecord:
    """What is known of a paper; what is damaged begins anew, lest one record stop its source.

    No channel is alerted twice by that: it remembers its papers by itself.
    """
    try:
        return load_seen(name, fact, paper)
    except Unreadable:
        begun = _REVISION.match(fact)  # as remember.lua reads it, which compares it
        unseen = PaperRecord(name, int(begun[1]) if begun else 0, from_ms(0), frozenset(), 0, None)
        return load_seen(name, dump_seen(unseen).encode(), paper)


def _remember(writes: Sequence[PaperWrite]) -> Call:
    names: list[str] = [keys.RECENT, keys.STREAM]
    args: list[Argument] = [keys.RECORD_MS, keys.SEEN_MS]
    for write in writes:
        record, paper = write.record, write.record.paper
        key, field = keys.seen(record.id)
        aliases = _aliases(record)
        names += [key, keys.record(record.id), *map(keys.alias, aliases)]
        args += [
            len(aliases),
            field,
            record.revision,
            _next_seen(record),
            keys.SEEN_MS if keys.is_forgotten(record.id) else 0,
            record.id,
            PAPER.dump(paper) if paper else "",
            write.event or "",
            PAPER.dump(write.before) if write.before else "",
        ]
    return Call(_REMEMBER, tuple(names), tuple(args))


def _aliases(record: PaperRecord) -> list[PaperId]:
    """The other names of a record's paper."""
    paper = record.paper
    names = {keys.canonical(paper.id)} if paper else set()
    if paper and paper.doi:
        names.add(keys.canonical(PaperId(f"doi:{paper.doi.lower()}")))
    return sorted(names - {record.id})


def _next_seen(record: PaperRecord) -> str:
    text = dump_seen(record)
    return f"[{record.revision + 1}{text[text.index(',') :]}"


def _event(entry: Any) -> PaperEvent:
    event_id = entry[0].decode()
    fields = dict(zip(entry[1][::2], entry[1][1::2], strict=True))
    try:
        kind = EventKind(fields[b"k"].decode())
        text = fields[b"p"]
    except (KeyError, ValueError) as error:
        raise Unreadable(f"The event {event_id} in the store is no event of a paper.") from error
    before = PAPER.load(fields[b"b"]) if b"b" in fields else None
    return PaperEvent(event_id, kind, PAPER.load(text), from_ms(_order(event_id)[0]), before)


def _order(event_id: str) -> tuple[int, int]:
    milliseconds, _, sequence = event_id.partition("-")
    return int(milliseconds), int(sequence or 0)
