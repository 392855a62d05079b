"""Every subscription in memory, kept in step with the store.

`refresh` brings it up to now; `follow` does so twice a second, so that a burst of papers finds
little left to catch up with. What is taken in of a long list goes in parts, between which others
get their turn; who matches holds `still`, so that nothing moves under him.

The first refresh begins with the snapshot of a run before, where there is one, and then takes in
what the log of changes says since. Where the log no longer reaches back so far, revisions tell
what differs.
"""

from __future__ import annotations

import asyncio
import gc
from contextlib import contextmanager
from itertools import compress
from operator import not_
from typing import TYPE_CHECKING, Final

import structlog

from bot.flow.nap import nap
from bot.flow.snapshot import packed, unpacked
from bot.flow.table import Table
from bot.model.channel import Channel
from bot.model.errors import SnapshotUnreadable

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence

    from bot.match.views import Loops
    from bot.model.channel import ChannelId
    from bot.ports import ChannelFeed, Clock, Snapshots

    Sleep = Callable[[float], Awaitable[None]]
    """Clock.sleep, or what else lets others run."""

log = structlog.get_logger()

PART: Final = 50
"""Channels taken in before others get their turn: some 10 ms at ten subscriptions each."""

READ: Final = 1_000
"""Channels and subscriptions read before others get their turn: some 15 ms."""

LONG: Final = 32
"""Characters from which a query counts as several: the longest takes half a millisecond."""

_TURNS: Final = 2
"""Of the loop, beside the one after each part, until he runs whose time to wait is over."""

FOLLOW_S: Final = 0.5
"""How often the log of changes is looked at: a change counts within a second."""

LOOKED_AT: Final = 5_000
"""Channels compared before others get their turn: about 5 ms."""

TELL: Final = 10_000
"""Channels between two lines of progress: a second or two."""

SNAPSHOT_FROM: Final = 20_000
"""Subscriptions from which a snapshot is worth a file: reading fewer takes half a second."""

SNAPSHOT_S: Final = 600.0
"""How often a snapshot is written while subscriptions change."""


class Subscribers:
    """The table of all subscriptions, and how far it has followed the store."""

    def __init__(
        self,
        *,
        matching: bool = True,
        snapshots: Snapshots | None = None,
        snapshot_from: int = SNAPSHOT_FROM,
    ) -> None:
        """Without `matching` no query is indexed: only `named` is of use then."""
        self.table = Table(matching=matching)
        self.still: Final = asyncio.Lock()
        """Held while subscriptions change, and by those who match."""
        self._turn: Final = asyncio.Lock()
        self._cursor: str | None = None
        self._snapshots: Final = snapshots
        self._snapshot_from: Final = snapshot_from
        self._saved: str | None = None
        self._is_gap = False
        self._loops: Loops | None = None

    def __len__(self) -> int:
        return len(self.table)

    @property
    def named(self) -> frozenset[str]:
        """Classes and archives that subscriptions ask for by `cat:`, in lower case."""
        return self.table.classes.named()

    @property
    def is_read(self) -> bool:
        """Whether all subscriptions are there."""
        return self._cursor is not None

    def match_by(self, loops: Loops) -> None:
        """Match by compiled loops from now on: they read the index as it is."""
        self._loops = loops
        self.table.match_by(loops)

    async def refresh(self, port: ChannelFeed, sleep: Sleep | None = None) -> None:
        """Bring everything in step with the store; `sleep` lets others run in between."""
        async with self._turn:
            if self._cursor is None:
                await self._start(sleep or _at_once)
            if self._cursor is None:
                await self._read_all(port, sleep or _at_once)
                return
            cursor, changed = await port.changed(self._cursor)
            if changed is None:
                log.info("subscriptions.gap", channels=len(self.table.places))
                await self._heal(port, sleep or _at_once)
            elif changed:
                await self._take_in(await port.several(changed), sleep or _at_once)
            self._cursor = cursor

    async def save(self, sleep: Sleep) -> None:
        """Write a snapshot if anything changed since the last one; none of a few subscriptions."""
        if self._snapshots is None or self._cursor == self._saved:
            return
        async with self._turn:  # so that nothing changes meanwhile; papers may be matched
            if self._cursor is None:
                return
            if len(self) < self._snapshot_from:
                await self._snapshots.drop()
            else:
                await self._snapshots.save(await packed(self.table, self._cursor, sleep))
                log.info("subscriptions.saved", subscriptions=len(self))
            self._saved = self._cursor
            self._is_gap = False

    @property
    def is_to_save(self) -> bool:
        """Whether the snapshot must not wait: a gap may be the erasing of a tenant."""
        return self._is_gap or (self._cursor is not None and self._saved is None)

    def _is_large(self) -> bool:
        return len(self) >= self._snapshot_from

    async def _start(self, sleep: Sleep) -> None:
        """Begin with the snapshot, where there is one that can be used."""
        data = await self._snapshots.load() if self._snapshots is not None else None
        if data is None:
            return
        try:
            with _no_collecting(lambda: True):
                table, cursor = await unpacked(data, sleep)
        except (ValueError, KeyError, TypeError, IndexError, SnapshotUnreadable) as error:
            log.warning("subscriptions.snapshot_unusable", reason=str(error)[:200])
            return
        if (table.index is None) is not (self.table.index is None):
            return
        self.table, self._cursor, self._saved = table, cursor, cursor
        table.match_by(self._loops)
        log.info("subscriptions.restored", subscriptions=len(self))

    async def _read_all(self, port: ChannelFeed, sleep: Sleep) -> None:
        # The cursor first: what changes while all are read is read again, never missed.
        cursor, _ = await port.changed(None)
        self.table = Table(
            matching=self.table.index is not None
        )  # an attempt before may have failed
        self.table.match_by(self._loops)
        part: list[Channel] = []
        count = size = 0
        with _no_collecting(self._is_large):
            async for channel in port.all():
                part.append(channel)
                count += 1
                size += 1 + sum(1 + len(one.query) // LONG for one in channel.subscriptions)
                if size >= READ:
                    await self._put(part, sleep)
                    part, size = [], 0
                    for _ in range(_TURNS):
                        await sleep(0)
                if count % TELL == 0:
                    log.info("subscriptions.reading", channels=count, subscriptions=len(self))
            await self._put(part, sleep)
        self._cursor = cursor
        log.info("subscriptions.read", channels=count, subscriptions=len(self))

    async def _heal(self, port: ChannelFeed, sleep: Sleep) -> None:
        """Read what differs in its revision, and forget what is no longer there."""
        other: list[ChannelId] = []
        there: set[ChannelId] = set()
        async for part in port.revisions():
            for channel, revision in part:
                there.add(channel)
                if self.table.revision(channel) != revision:
                    other.append(channel)
            await sleep(0)
        gone: list[Channel] = []
        for count, one in enumerate(tuple(self.table.places), 1):
            if one not in there:
                gone.append(Channel(one))
            if count % LOOKED_AT == 0:
                await sleep(0)
        await self._take_in([*await port.several(other), *gone], sleep)
        self._is_gap = True

    async def _take_in(self, news: Sequence[Channel], sleep: Sleep) -> None:
        """Who gains before who loses: a subscription that moves is never nowhere."""
        table = self.table
        losing: list[Channel] = []
        for start in range(0, len(news), PART):
            part = news[start : start + PART]
            other = [one for one in part if table.revision(one.id) != one.revision]
            lost = [table.loses(one) for one in other]
            losing += compress(other, lost)
            await self._put(compress(other, map(not_, lost)), sleep)
        for start in range(0, len(losing), PART):
            await self._put(losing[start : start + PART], sleep)

    async def _put(self, part: Iterable[Channel], sleep: Sleep) -> None:
        async with self.still:
            self.table.put_many(part)
        await sleep(0)


async def follow(
    subscribers: Subscribers, channels: ChannelFeed, clock: Clock, stop: asyncio.Event
) -> None:
    """Stay in step with the store until told to stop, and keep a snapshot for the next start."""
    saved_at = clock.monotonic()
    while not stop.is_set():
        await subscribers.refresh(channels, clock.sleep)
        if subscribers.is_to_save or clock.monotonic() - saved_at >= SNAPSHOT_S:
            await subscribers.save(clock.sleep)
            saved_at = clock.monotonic()
        await nap(clock, FOLLOW_S, stop)
    await subscribers.save(clock.sleep)


async def _at_once(seconds: float) -> None:
    """No turn for others: for those who have none."""


@contextmanager
def _no_collecting(is_large: Callable[[], bool]) -> Iterator[None]:
    """Objects come and none is garbage: to look through them all again and again takes a second.

    Of many subscriptions, what stands at the end is never looked through: it would hold the loop.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if is_large():
            gc.freeze()
        if was_on:
            gc.enable()
