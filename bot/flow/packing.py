"""What is kept of a channel's subscriptions, as one text: some sixty bytes each.

A row says a subscription's number, id, the number that people call it by, label and query.
"""

from __future__ import annotations

from itertools import accumulate
from typing import TYPE_CHECKING, Final, NamedTuple

from bot.model.alert import Reason
from bot.model.subscription import SubscriptionId

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from bot.model.subscription import Subscription

# Between fields, rows and (in a snapshot) channels stand characters that no query has; a name that
# has one loses it.
_FIELD: Final = "\0"
_ROW: Final = "\1"
_END: Final = "\2"
_BETWEEN: Final = str.maketrans({_FIELD: None, _ROW: None, _END: None})
_FIELDS: Final = 4
"""Separators in a row."""


class Row(NamedTuple):
    """What is kept of a subscription: `number` is ours, `shown` the one that people call it by."""

    number: int
    id: str
    shown: int
    name: str
    query: str


def plain(text: str) -> str:
    """The text without the characters that stand between others."""
    return text if text.isprintable() else text.translate(_BETWEEN)


def row_of(one: Subscription, number: int) -> Row:
    """What is kept of a subscription that has this number."""
    return Row(number, plain(one.id), one.number, plain(one.name or ""), plain(one.query))


def pack(rows: Iterable[Row]) -> str:
    """The rows of a channel as its text."""
    return _ROW.join(
        [f"{n}{_FIELD}{i}{_FIELD}{s}{_FIELD}{name}{_FIELD}{q}" for n, i, s, name, q in rows]
    )


def pack_anew(subscriptions: Sequence[Subscription], numbers: Sequence[int]) -> str:
    """What `pack` gives for subscriptions that get these numbers, in half the time."""
    numbered = zip(numbers, subscriptions, strict=True)
    text = _ROW.join(
        [
            f"{n}{_FIELD}{one.id}{_FIELD}{one.number}{_FIELD}{one.name or ''}{_FIELD}{one.query}"
            for n, one in numbered
        ]
    )
    count = len(numbers)
    if (text.count(_FIELD), text.count(_ROW)) == (_FIELDS * count, count - 1) and _END not in text:
        return text
    return pack(map(row_of, subscriptions, numbers))


def unpacked(text: str) -> list[Row]:
    """The rows of a channel's text."""
    return [_row(one) for one in text.split(_ROW)] if text else []


def _row(text: str) -> Row:
    number, name, shown, label, query = text.split(_FIELD)
    return Row(int(number), name, int(shown), label, query)


def begins(text: str) -> list[int]:
    """Where each row of a channel's text begins."""
    sizes = [len(row) + 1 for row in text.split(_ROW)] if text else []
    return [end - size for end, size in zip(accumulate(sizes), sizes, strict=True)]


def reason(text: str, start: int) -> Reason:
    """What is said of one of a channel's subscriptions; the others' rows are not taken apart."""
    end = text.find(_ROW, start)
    row = text[start:end] if end >= 0 else text[start:]
    _, name, shown, label, query = row.split(_FIELD)
    return Reason(SubscriptionId(name), int(shown), label or query, ())


def shown_number(reason: Reason) -> int:
    """By what reasons are ordered."""
    return reason.number
