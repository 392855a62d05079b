"""The table of subscriptions as bytes, so that a restart need not read them all again.

A line of JSON says what follows: the cursor of the log of changes, and the sizes of the blocks of
each part, which lie one behind the other. Whether the bytes are whole, and of this store and this
program, is for who keeps them to say (adapters.archive.snapshot).
"""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Final, TypeAlias

import numpy as np

from bot.flow.table import Table
from bot.match.index import Index
from bot.model.channel import ChannelId

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    Sleep = Callable[[float], Awaitable[None]]

Piece: TypeAlias = bytes | bytearray | memoryview

AT_ONCE: Final = 5_000
"""Channels of one block; others get their turn between blocks, some 10 ms each."""

_HEAD_MAX: Final = 1 << 20
_END: Final = "\2"
"""Between the packed texts of two channels; none of them has it."""


async def packed(table: Table, cursor: str, sleep: Sleep) -> list[Piece]:
    """The table in pieces to be written one after the other. Nothing may change meanwhile."""
    made = table.numbers_made
    blocks = range(0, len(table.ids), AT_ONCE)
    parts: dict[str, list[Piece]] = {
        "channel_of": [table.channel_of[:made].tobytes()],
        "row_at": [table.row_at[:made].tobytes()],
        "types": [table.types[:made].tobytes()],
        "revisions": [np.array(table.revisions, np.uint64).tobytes()],
        "free_numbers": [np.array(table.free_numbers, np.uint32).tobytes()],
        "free_places": [np.array(table.free_places, np.uint32).tobytes()],
        "muted": [json.dumps(list(table.muted.items())).encode()],
        "classes": [json.dumps(table.classes.counts).encode()],
        "ids": [],
        "texts": [],
        "index": [],
    }
    await sleep(0)
    for start in blocks:
        names = [str(one or "") for one in table.ids[start : start + AT_ONCE]]
        parts["ids"].append(json.dumps(names).encode())
        text = _END.join(table.packed[start : start + AT_ONCE])
        parts["texts"].append(text.encode("utf-8", "surrogatepass"))
        await sleep(0)
    if table.index is not None:
        for piece in table.index.save():
            parts["index"].append(piece)
            await sleep(0)
    sizes = {name: [memoryview(one).nbytes for one in part] for name, part in parts.items()}
    sizes["index"] = [sum(sizes["index"])]
    head = {"cursor": cursor, "made": made, "matching": table.index is not None, "sizes": sizes}
    line = json.dumps(head).encode() + b"\n"
    return [line, *(piece for part in parts.values() for piece in part)]


async def unpacked(data: Piece, sleep: Sleep) -> tuple[Table, str]:
    """The table and the cursor; for other bytes ValueError and the like, or SnapshotUnreadable."""
    view = memoryview(data)
    line, end, _ = bytes(view[:_HEAD_MAX]).partition(b"\n")
    if not end:
        raise ValueError("it has no first line")
    head = json.loads(line)
    parts = _parts(view[len(line) + 1 :], head["sizes"])
    table = Table(matching=False)
    made = table.numbers_made = int(head["made"])
    table.channel_of = np.frombuffer(parts["channel_of"][0], np.uint32).copy()
    table.row_at = np.frombuffer(parts["row_at"][0], np.uint32).copy()
    table.types = np.frombuffer(parts["types"][0], np.uint8).copy()
    table.revisions = np.frombuffer(parts["revisions"][0], np.uint64).tolist()
    table.free_numbers = np.frombuffer(parts["free_numbers"][0], np.uint32).tolist()
    table.free_places = np.frombuffer(parts["free_places"][0], np.uint32).tolist()
    table.muted = {int(at): tuple(words) for at, words in json.loads(bytes(parts["muted"][0]))}
    table.classes.counts = Counter(json.loads(bytes(parts["classes"][0])))
    for ids, texts in zip(parts["ids"], parts["texts"], strict=True):
        _take_in(table, json.loads(bytes(ids)), str(texts, "utf-8", "surrogatepass"))
        await sleep(0)
    if head["matching"]:
        table.index = Index.load(parts["index"][0])
        await sleep(0)
    if not len(table.ids) == len(table.packed) == len(table.revisions):
        raise ValueError("its channels are incomplete")
    if not made == len(table.channel_of) == len(table.row_at) == len(table.types):
        raise ValueError("its subscriptions are incomplete")
    return table, str(head["cursor"])


def _take_in(table: Table, names: list[str], texts: str) -> None:
    known: dict[str, str] = {}  # platforms and tenants: one text for all their channels
    for name in names:
        one = None
        if name:
            platform, tenant, channel = name.split(":", 2)
            one = ChannelId(
                known.setdefault(platform, platform), known.setdefault(tenant, tenant), channel
            )
            table.places[one] = len(table.ids)
        table.ids.append(one)
    table.packed += texts.split(_END)


def _parts(view: memoryview, sizes: dict[str, list[int]]) -> dict[str, list[memoryview]]:
    parts: dict[str, list[memoryview]] = {}
    at = 0
    for name, blocks in sizes.items():
        parts[name] = []
        for size in blocks:
            parts[name].append(view[at : at + size])
            at += size
    if at != len(view):
        raise ValueError("it is not as long as it says")
    return parts
