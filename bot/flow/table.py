"""All subscriptions in memory, packed: about a hundred bytes each beside the index.

A subscription is a number, a channel a place; both are used again once they are free. What an
alert says of a subscription (its id, number and label) lies in one text a channel, and is taken
apart when a paper matches.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import structlog

from bot.flow.classes import Classes
from bot.flow.packing import (
    begins,
    pack,
    pack_anew,
    plain,
    reason,
    row_of,
    shown_number,
    unpacked,
)
from bot.match.index import Index
from bot.model.subscription import ChangeType
from bot.query.quick import tree_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from numpy.typing import NDArray

    from bot.flow.packing import Row
    from bot.match.views import Loops
    from bot.model.alert import Reason
    from bot.model.channel import Channel, ChannelId
    from bot.model.paper import Paper
    from bot.model.subscription import Subscription

    Numbers = NDArray[np.uint32]

log = structlog.get_logger()

BITS: Final = {ChangeType.NEW: 1, ChangeType.CROSS: 2, ChangeType.REPLACE: 4}
_FIRST: Final = 1024
_GROWTH: Final = 1.5


class Table:
    """Channels and their subscriptions; without an index where nothing is matched."""

    def __init__(self, *, matching: bool = True) -> None:
        self.index: Index | None = Index() if matching else None
        self.classes = Classes()
        self.places: dict[ChannelId, int] = {}
        self.ids: list[ChannelId | None] = []
        self.packed: list[str] = []
        self.revisions: list[int] = []
        self.muted: dict[int, tuple[str, ...]] = {}
        self.channel_of = np.zeros(_FIRST, np.uint32)
        self.row_at = np.zeros(_FIRST, np.uint32)
        self.types = np.zeros(_FIRST, np.uint8)
        self.numbers_made = 0
        self.free_numbers: list[int] = []
        self.free_places: list[int] = []

    def __len__(self) -> int:
        """Subscriptions, paused ones too."""
        return self.numbers_made - len(self.free_numbers)

    def revision(self, channel: ChannelId) -> int:
        """The revision at which the channel is known; 0 for one that is not."""
        place = self.places.get(channel)
        return self.revisions[place] if place is not None else 0

    def loses(self, channel: Channel) -> bool:
        """Whether putting the channel would take one of its subscriptions away."""
        kept = {one.id for one in channel.subscriptions}
        return any(row.id not in kept for row in self.rows(channel.id))

    def rows(self, channel: ChannelId) -> list[Row]:
        """The subscriptions that are known of a channel."""
        place = self.places.get(channel)
        return unpacked(self.packed[place]) if place is not None else []

    def put(self, channel: Channel) -> None:
        """Know the channel as it is now; one without settings is forgotten."""
        place = self.places.get(channel.id)
        if place is None:
            if not (channel.subscriptions or channel.muted):
                return
            place = self._place(channel.id)
        known = {row.id: row for row in unpacked(self.packed[place])}
        before = [known.pop(one.id, None) for one in channel.subscriptions]
        fresh = iter(self._numbers(before.count(None)))
        rows = [
            row_of(one, was.number if was is not None else next(fresh))
            for one, was in zip(channel.subscriptions, before, strict=True)
        ]
        text = pack(rows)
        self._lay(place, channel.subscriptions, rows, text)
        for one, was, row in zip(channel.subscriptions, before, rows, strict=True):
            is_paused = one.pause is not None
            if was is None or was.query != row.query:
                self.classes.change(was.query if was is not None else "", row.query)
                self._match(row, is_paused=is_paused)
            elif self.index is not None and is_paused == (row.number in self.index):
                self._match(row, is_paused=is_paused)
        for row in known.values():
            self._drop(row)
        self.packed[place] = text
        self.revisions[place] = channel.revision
        if channel.muted:
            self.muted[place] = channel.muted
        else:
            self.muted.pop(place, None)
            if not rows:
                self._leave(channel.id, place)

    def match_by(self, loops: Loops | None) -> None:
        """Match by these compiled loops, or by numpy without."""
        if self.index is not None:
            self.index.loops = loops

    def put_many(self, channels: Iterable[Channel]) -> None:
        """As `put` for each, in a third of the time for those that are not known yet."""
        fresh: dict[ChannelId, Channel] = {}
        known: list[Channel] = []
        for channel in channels:
            if channel.id in self.places or channel.id in fresh:
                known.append(channel)
            else:
                fresh[channel.id] = channel
        self._put_fresh([one for one in fresh.values() if one.subscriptions or one.muted])
        for channel in known:
            self.put(channel)

    def match(self, papers: Sequence[Paper]) -> list[Numbers]:
        """The numbers of the subscriptions whose queries hold for each paper, in no order."""
        index = self.index
        if index is None:
            raise ValueError("these subscriptions are not indexed")
        return index.match_many(papers)

    def channel(self, place: int) -> ChannelId:
        """The channel at a place that is in use."""
        channel = self.ids[place]
        if channel is None:
            raise ValueError(f"no channel is at {place}")
        return channel

    def wanted(
        self, found: Numbers, types: frozenset[ChangeType]
    ) -> Iterator[tuple[int, list[int]]]:
        """The subscriptions among those found that want such changes, a channel's together."""
        bits = _bits(types)
        asked = found[(self.types[found] & bits) != 0]
        if not len(asked):
            return
        channels = self.channel_of[asked]
        order = np.argsort(channels, kind="stable")
        channels = channels[order]
        starts = np.flatnonzero(np.diff(channels, prepend=channels[0] ^ 1))
        ends = [*starts[1:].tolist(), len(asked)]
        firsts = starts.tolist()
        numbers = asked[order].tolist()
        for place, start, end in zip(channels[starts].tolist(), firsts, ends, strict=True):
            yield place, numbers[start:end]

    def reasons(self, place: int, numbers: Sequence[int]) -> tuple[Reason, ...]:
        """What an alert says of these subscriptions of a channel; the words are found later."""
        text, row_at = self.packed[place], self.row_at
        if len(numbers) == 1:
            return (reason(text, row_at.item(numbers[0])),)
        found = [reason(text, row_at.item(number)) for number in numbers]
        return tuple(sorted(found, key=shown_number))

    # ------------------------------------------------------------ many channels

    def _put_fresh(self, channels: Sequence[Channel]) -> None:
        """Put channels that are not known, each once."""
        counts = [len(one.subscriptions) for one in channels]
        numbers = self._numbers(sum(counts))
        places: list[int] = []
        first = 0
        for channel, count in zip(channels, counts, strict=True):
            place = self._place(channel.id)
            places.append(place)
            self.packed[place] = pack_anew(channel.subscriptions, numbers[first : first + count])
            if channel.muted:
                self.muted[place] = channel.muted
            first += count
        every = [one for channel in channels for one in channel.subscriptions]
        self.channel_of[numbers] = np.repeat(np.array(places, np.uint32), counts)
        self.row_at[numbers] = [at for place in places for at in begins(self.packed[place])]
        self.types[numbers] = [_wants(one) for one in every]
        queries = [plain(one.query) for one in every]
        self.classes.add(queries)
        if self.index is not None:
            wanted = zip(numbers, queries, every, strict=True)
            unread = self.index.add_many({n: q for n, q, one in wanted if one.pause is None})
            known = dict(zip(numbers, every, strict=True)) if unread else {}
            for number in unread:
                _tell_unreadable(known[number].id)
        for channel, place in zip(channels, places, strict=True):
            self.revisions[place] = channel.revision  # known by now, not before

    # ------------------------------------------------------------ one subscription

    def _lay(
        self, place: int, subscriptions: Sequence[Subscription], rows: list[Row], text: str
    ) -> None:
        """Where each number belongs, and what it wants; a paused one wants nothing."""
        numbers = [row.number for row in rows]
        self.channel_of[numbers] = place
        self.row_at[numbers] = begins(text)
        self.types[numbers] = [_wants(one) for one in subscriptions]

    def _match(self, row: Row, *, is_paused: bool) -> None:
        index = self.index
        if index is None:
            return
        tree = tree_of(row.query) if not is_paused else None
        if tree is not None:
            index.add(row.number, tree)
            return
        index.remove(row.number)
        if not is_paused:
            _tell_unreadable(row.id)

    def _drop(self, row: Row) -> None:
        self.classes.change(row.query, "")
        if self.index is not None:
            self.index.remove(row.number)
        self.types[row.number] = 0
        self.free_numbers.append(row.number)

    def _numbers(self, count: int) -> list[int]:
        """So many numbers that are free."""
        numbers = [self.free_numbers.pop() for _ in range(min(count, len(self.free_numbers)))]
        first = self.numbers_made
        self.numbers_made += count - len(numbers)
        if self.numbers_made > len(self.types):
            size = max(self.numbers_made, int(len(self.types) * _GROWTH))
            self.channel_of = _grown(self.channel_of, size)
            self.row_at = _grown(self.row_at, size)
            self.types = _grown(self.types, size)
        return [*numbers, *range(first, self.numbers_made)]

    # ------------------------------------------------------------ one channel

    def _place(self, channel: ChannelId) -> int:
        if self.free_places:
            place = self.free_places.pop()
            self.ids[place] = channel
        else:
            place = len(self.ids)
            self.ids.append(channel)
            self.packed.append("")
            self.revisions.append(0)
        self.places[channel] = place
        return place

    def _leave(self, channel: ChannelId, place: int) -> None:
        del self.places[channel]
        self.ids[place] = None
        self.revisions[place] = 0
        self.free_places.append(place)


@lru_cache(maxsize=64)
def _bits(types: frozenset[ChangeType]) -> int:
    return sum(BITS[one] for one in types)


def _wants(one: Subscription) -> int:
    """What a subscription wants, as bits; a paused one wants nothing."""
    return _bits(one.types) if one.pause is None else 0


def _tell_unreadable(name: str) -> None:
    log.error("subscription.unreadable", subscription=name)


def _grown(array: NDArray[Any], size: int) -> NDArray[Any]:
    grown = np.zeros(size, array.dtype)
    grown[: len(array)] = array
    return grown
