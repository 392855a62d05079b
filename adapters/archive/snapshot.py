"""A file beside the archive that a restart begins with; losing it costs a slower start.

`paperwire snapshot 1 <tie> <bytes> <crc32>` and a line's end, then the bytes. The tie names the
store's life and the program: what another one wrote is no snapshot here. Written under another
name first, so that what is found is whole, or from before.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import re
import zlib
from contextlib import suppress
from importlib.resources import files
from typing import TYPE_CHECKING, Final

import structlog

if TYPE_CHECKING:
    from collections.abc import Sequence
    from importlib.resources.abc import Traversable
    from pathlib import Path

    Piece = bytes | bytearray | memoryview

log = structlog.get_logger()

FILE: Final = "subscriptions.snapshot"
_MAGIC: Final = "paperwire snapshot 1"
_HEAD: Final = re.compile(rb"paperwire snapshot 1 ([0-9a-f]{32}) (\d{1,12}) (\d{1,10})\n")
_HEAD_MAX: Final = 100
_MEANING: Final = (
    "text",
    "query",
    "match",
    "flow/table.py",
    "flow/classes.py",
    "flow/snapshot.py",
)
"""What decides what the stored bytes of a matcher mean: packages and files of bot."""


class SnapshotFile:
    """The Snapshots port: one file of a data folder, for one store."""

    def __init__(self, folder: Path, epoch: str) -> None:
        self._path = folder / FILE
        self._tie = hashlib.sha256(f"{epoch} {_program()}".encode()).hexdigest()[:32]

    async def load(self) -> bytes | None:
        """As Snapshots.load; told in the log when there is one that cannot be used."""
        return await asyncio.to_thread(self._load)

    async def save(self, pieces: Sequence[Piece]) -> None:
        """As Snapshots.save; told in the log when it cannot be written, as nothing needs it."""
        await asyncio.to_thread(self._save, pieces)

    async def drop(self) -> None:
        """As Snapshots.drop."""
        await asyncio.to_thread(drop, self._path.parent)

    def _load(self) -> bytes | None:
        try:
            with self._path.open("rb") as file:
                head = _HEAD.match(file.readline(_HEAD_MAX))
                if head is None or head[1].decode() != self._tie:
                    log.info("snapshot.foreign", file=str(self._path))
                    return None
                data = file.read()
        except FileNotFoundError:
            return None
        except OSError as error:
            log.warning("snapshot.unreadable", file=str(self._path), reason=error.strerror)
            return None
        if len(data) != int(head[2]) or zlib.crc32(data) != int(head[3]):
            log.warning("snapshot.damaged", file=str(self._path))
            return None
        return data

    def _save(self, pieces: Sequence[Piece]) -> None:
        crc = 0
        for piece in pieces:
            crc = zlib.crc32(piece, crc)
        size = sum(memoryview(piece).nbytes for piece in pieces)
        scratch = self._path.with_name(f"{FILE}.{os.getpid()}.new")
        try:
            with scratch.open("wb") as file:
                file.write(f"{_MAGIC} {self._tie} {size} {crc}\n".encode())
                file.writelines(pieces)
            scratch.replace(self._path)
        except OSError as error:
            log.warning("snapshot.unwritable", file=str(self._path), reason=error.strerror)
            with suppress(OSError):
                scratch.unlink(missing_ok=True)


def drop(folder: Path) -> None:
    """Delete the snapshot of a data folder: it tells what people subscribed to."""
    with suppress(OSError):
        for file in folder.glob(f"{FILE}*"):
            file.unlink(missing_ok=True)


def _program() -> str:
    """A name for what the program makes of a query: another one for each change of its text."""
    digest = hashlib.sha256()
    for part in _MEANING:
        for file in _sources(files("bot").joinpath(part)):
            digest.update(file.name.encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()


def _sources(place: Traversable) -> list[Traversable]:
    if place.is_file():
        return [place]
    found = (one for one in place.iterdir() if one.name.endswith((".py", ".lark")))
    return sorted(found, key=lambda one: one.name)
