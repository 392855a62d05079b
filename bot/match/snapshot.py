"""An index as bytes and back: arrays as they lie in memory, the rest as JSON, and a checksum.

A snapshot is read by the version that wrote it, or not at all: what the numbers in it mean follows
from the code, and how words fold does too.
"""

from __future__ import annotations

import json
from datetime import date
from typing import TYPE_CHECKING, Any, Final, TypeAlias, assert_never
from zlib import crc32

import numpy as np

from bot.model.errors import SnapshotUnreadable
from bot.query.ast import (
    And,
    Announced,
    Author,
    Category,
    Comparison,
    Exact,
    Feature,
    Has,
    IdIs,
    Not,
    Or,
    Prefix,
    SeenIn,
    Since,
    Slot,
    Span,
    TextField,
    TypeIs,
    Until,
    Upvotes,
    Words,
)
from bot.text.words import fold

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from bot.query.ast import Node

Part: TypeAlias = Any
"""What is kept under a name: an array, or something that JSON can say."""

VERSION: Final = 1
"""Counts the layouts, and the rules by which texts become words where _FOLDED does not show it."""

_MAGIC: Final = b"paperwire index\n"
_HERE: Final = Span(0, 0)
_SAMPLE: Final = """
GPUs LMs behaviours modelling centres analysers artefacts fibre grey matrices indices axes classes
caches sizes theories movies gas bus losses optimisation optimised Schrödinger naïve
C++ C# ﬁne Ørsted
"""
_FOLDED: Final = " ".join(map(fold, _SAMPLE.split()))


def packed(parts: Mapping[str, Part]) -> Iterator[bytes]:
    """A snapshot, in pieces to be written one after the other."""
    arrays = {name: part for name, part in parts.items() if isinstance(part, np.ndarray)}
    said = {name: part for name, part in parts.items() if name not in arrays}
    shapes = [(name, array.dtype.str, array.shape) for name, array in arrays.items()]
    texts = json.dumps({"arrays": shapes, "said": said}, separators=(",", ":")).encode()
    head = json.dumps({"version": VERSION, "folded": _FOLDED, "size": len(texts)}).encode()
    checked = 0
    for piece in (_MAGIC, head, b"\n", texts, *(array.tobytes() for array in arrays.values())):
        checked = crc32(piece, checked)
        yield piece
    yield checked.to_bytes(4, "little")


def unpacked(data: bytes | bytearray | memoryview) -> dict[str, Part]:
    """What `packed` was given; SnapshotUnreadable for anything else."""
    view = memoryview(data).cast("B")
    begun = bytes(view[: len(_MAGIC) + 1024])
    line, end, _ = begun.removeprefix(_MAGIC).partition(b"\n")
    if not begun.startswith(_MAGIC) or not end:
        raise SnapshotUnreadable("This is no copy of the matcher: it is made anew.")
    if crc32(view[:-4]) != int.from_bytes(view[-4:], "little"):
        raise SnapshotUnreadable("The copy of the matcher is damaged: it is made anew.")
    head = json.loads(line)
    if (head["version"], head["folded"]) != (VERSION, _FOLDED):
        raise SnapshotUnreadable("The copy of the matcher is another version's: it is made anew.")
    at = len(_MAGIC) + len(line) + 1
    texts = json.loads(bytes(view[at : at + head["size"]]))
    at += head["size"]
    parts: dict[str, Part] = texts["said"]
    for name, dtype, shape in texts["arrays"]:
        kind = np.dtype(dtype)
        count = int(np.prod(shape, dtype=np.int64))
        array = np.frombuffer(view, kind, count, at).reshape(shape)
        parts[name] = array.astype(kind.newbyteorder("="))  # a copy: the bytes may go
        at += count * kind.itemsize
    return parts


def under(name: str, parts: Mapping[str, Part]) -> dict[str, Part]:
    """The parts with this before their names."""
    return {f"{name}.{key}": part for key, part in parts.items()}


def those_under(name: str, parts: Mapping[str, Part]) -> dict[str, Part]:
    """The parts that `under` named."""
    start = f"{name}."
    return {key.removeprefix(start): part for key, part in parts.items() if key.startswith(start)}


def said(node: Node) -> list[Any]:  # noqa: PLR0911  # a line a kind of node
    """A tree for JSON, without what was typed and where."""
    match node:
        case And(parts=parts) | Or(parts=parts):
            return [type(node).__name__, *map(said, parts)]
        case Not(part=part):
            return ["Not", said(part)]
        case Words(field=field, slots=slots):
            return ["Words", field, *([slot.parts, slot.joined] for slot in slots)]
        case Prefix(field=field, head=head, stem=stem, joined=joined):
            return ["Prefix", field, head, stem, joined]
        case Exact(field=field, words=words, hyphens=hyphens):
            return ["Exact", field, words, hyphens]
        case Category(code=code, primary=primary):
            return ["Category", code, primary]
        case Upvotes(comparison=comparison, count=count):
            return ["Upvotes", comparison, count]
        case Author() | SeenIn() | TypeIs() | Has() | IdIs():
            return [type(node).__name__, getattr(node, type(node).__slots__[0])]
        case Since(day=day, days_ago=days_ago) | Until(day=day, days_ago=days_ago):
            return [type(node).__name__, day and day.isoformat(), days_ago]
        case _ as never:
            assert_never(never)


def heard(said: list[Any]) -> Node:  # noqa: C901, PLR0911, PLR0912  # as above
    """The tree that `said` wrote."""
    match said:
        case ["And", *parts]:
            return And(tuple(map(heard, parts)), _HERE)
        case ["Or", *parts]:
            return Or(tuple(map(heard, parts)), _HERE)
        case ["Not", part]:
            return Not(heard(part), _HERE)
        case ["Words", field, *slots]:
            found = tuple(Slot(tuple(parts), joined) for parts, joined in slots)
            return Words(TextField(field), found, "", _HERE)
        case ["Prefix", field, head, stem, joined]:
            return Prefix(TextField(field), tuple(head), stem, joined, "", _HERE)
        case ["Exact", field, words, hyphens]:
            return Exact(TextField(field), tuple(words), tuple(hyphens), "", _HERE)
        case ["Category", code, primary]:
            return Category(code, primary, code, _HERE)
        case ["Upvotes", comparison, count]:
            return Upvotes(Comparison(comparison), count, _HERE)
        case ["Author", name]:
            return Author(name, _HERE)
        case ["SeenIn", source]:
            return SeenIn(source, _HERE)
        case ["TypeIs", announced]:
            return TypeIs(Announced(announced), _HERE)
        case ["Has", feature]:
            return Has(Feature(feature), _HERE)
        case ["IdIs", paper_id]:
            return IdIs(paper_id, _HERE)
        case ["Since", day, days_ago]:
            return Since(day and date.fromisoformat(day), days_ago, _HERE)
        case ["Until", day, days_ago]:
            return Until(day and date.fromisoformat(day), days_ago, _HERE)
        case _:
            raise SnapshotUnreadable(f"The copy of the matcher holds {said[:1]}: it is made anew.")
