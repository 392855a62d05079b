"""All subscriptions in memory, packed: about a hundred bytes each beside the index.

A subscription is a number, a channel a place; both are used again once they are free. What an
alert says of a subscription (its id, number and label) lies in one text a channel, and is taken
apart when a paper matches.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np
import structlog

from bot.flow.classes import Classes
from bot.match.index import Index
from bot.model.alert import Reason
from bot.model.subscription import ChangeType, SubscriptionId
from bot.query.quick import tree_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from bot.model.channel import Channel, ChannelId
    from bot.model.paper import Paper
    from bot.model.subscription import Subscription

    Numbers = NDArray[np.uint32]

log = structlog.get_logger()

BITS: Final = {ChangeType.NEW: 1, ChangeType.CROSS: 2, ChangeType.REPLACE: 4}
_FIRST: Final = 1024
_GROWTH: Final = 1.5

# Between fields, rows and (in a snapshot) channels stand characters that no query has; a name that
# has one loses it.
_FIELD: Final = "\0"
_ROW: Final = "\1"
_BETWEEN: Final = str.maketrans({_FIELD: None, _ROW: None, "\2": None})


class Row(NamedTuple):
    """What is kept of a subscription: `number` is ours, `shown` the one that people call it by."""

    number: int
    id: str
    shown: int
    name: str
    query: str


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
        self.row_of = np.zeros(_FIRST, np.uint32)
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
        return _unpacked(self.packed[place]) if place is not None else []

    def put(self, channel: Channel) -> None:
        """Know the channel as it is now; one without settings is forgotten."""
        place = self.places.get(channel.id)
        if place is None:
            if not (channel.subscriptions or channel.muted):
                return
            place = self._place(channel.id)
        known = {row.id: row for row in _unpacked(self.packed[place])}
        before = [known.pop(one.id, None) for one in channel.subscriptions]
        fresh = iter(self._numbers(before.count(None)))
        rows = [
            _row_of(one, was.number if was is not None else next(fresh))
            for one, was in zip(channel.subscriptions, before, strict=True)
        ]
        self._lay(place, channel.subscriptions, rows)
        for one, was, row in zip(channel.subscriptions, before, rows, strict=True):
            is_paused = one.pause is not None
            if was is None or was.query != row.query:
                self.classes.change(was.query if was is not None else "", row.query)
                self._match(row, is_paused=is_paused)
            elif self.index is not None and is_paused == (row.number in self.index):
                self._match(row, is_paused=is_paused)
        for row in known.values():
            self._drop(row)
        self.packed[place] = _pack(rows)
        self.revisions[place] = channel.revision
        if channel.muted:
            self.muted[place] = channel.muted
        else:
            self.muted.pop(place, None)
            if not rows:
                self._leave(channel.id, place)

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
    ) -> Iterator[tuple[int, Numbers]]:
        """The subscriptions among those found that want such changes, a channel's together."""
        bits = _bits(types)
        asked = found[(self.types[found] & bits) != 0]
        if not len(asked):
            return
        channels = self.channel_of[asked]
        order = np.argsort(channels, kind="stable")
        asked, channels = asked[order], channels[order]
        starts = np.flatnonzero(np.diff(channels, prepend=channels[0] ^ 1))
        ends = [*starts[1:].tolist(), len(asked)]
        firsts = starts.tolist()
        for place, start, end in zip(channels[starts].tolist(), firsts, ends, strict=True):
            yield place, asked[start:end]

    def reasons(self, place: int, numbers: Numbers) -> tuple[Reason, ...]:
        """What an alert says of these subscriptions of a channel; the words are found later."""
        fields = self.packed[place].split(_ROW)
        rows = [_row(fields[at]) for at in self.row_of[numbers].tolist()]
        rows.sort(key=_shown)
        return tuple([Reason(SubscriptionId(r.id), r.shown, r.name or r.query, ()) for r in rows])

    # ------------------------------------------------------------ one subscription

    def _lay(self, place: int, subscriptions: Sequence[Subscription], rows: list[Row]) -> None:
        """Where each number belongs, and what it wants; a paused one wants nothing."""
        numbers = [row.number for row in rows]
        self.channel_of[numbers] = place
        self.row_of[numbers] = range(len(rows))
        self.types[numbers] = [
            _bits(one.types) if one.pause is None else 0 for one in subscriptions
        ]

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
            log.error("subscription.unreadable", subscription=row.id)

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
            self.row_of = _grown(self.row_of, size)
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


def _plain(text: str) -> str:
    return text if text.isprintable() else text.translate(_BETWEEN)


@lru_cache(maxsize=64)
def _bits(types: frozenset[ChangeType]) -> int:
    return sum(BITS[one] for one in types)


def _row_of(one: Subscription, number: int) -> Row:
    return Row(number, _plain(one.id), one.number, _plain(one.name or ""), _plain(one.query))


def _pack(rows: list[Row]) -> str:
    return _ROW.join(
        [f"{n}{_FIELD}{i}{_FIELD}{s}{_FIELD}{name}{_FIELD}{q}" for n, i, s, name, q in rows]
    )


def _unpacked(text: str) -> list[Row]:
    return [_row(one) for one in text.split(_ROW)] if text else []


def _row(text: str) -> Row:
    number, name, shown, label, query = text.split(_FIELD)
    return Row(int(number), name, int(shown), label, query)


def _shown(row: Row) -> int:
    return row.shown


def _grown(array: NDArray[Any], size: int) -> NDArray[Any]:
    grown = np.zeros(size, array.dtype)
    grown[: len(array)] = array
    return grown
