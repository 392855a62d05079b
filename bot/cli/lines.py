"""JSON Lines of a file or of stdin, gzip or plain, with the place of each for error messages."""

from __future__ import annotations

import gzip
import io
import json
import sys
import zlib
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from bot.cli.say import Stop

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

GZIP_MAGIC: Final = b"\x1f\x8b"

LINE_MAX_BYTES: Final = 16 * 1024 * 1024
"""A paper of 16 MiB is none: the bound keeps a file without line ends out of memory."""

STDIN: Final = "-"

Bytes: TypeAlias = gzip.GzipFile | io.BufferedReader


class _Number(str):
    """A JSON number as it was written."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Place:
    """Where in which file."""

    file: str
    line: int

    def __str__(self) -> str:
        """`subscriptions.jsonl, line 3`."""
        return f"{'standard input' if self.file == STDIN else self.file}, line {self.line}"


@dataclass(frozen=True, slots=True)
class Record:
    """An object, and its id as JSON, as it was given."""

    name: str
    fields: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a line cannot be used, to be said after its place."""

    message: str


@contextmanager
def opened(file: str) -> Iterator[tuple[Bytes, Callable[[], int]]]:
    """The file's bytes, unpacked when they are gzip, and a function that tells the place in it."""
    raw = _open(file)
    try:
        packed = raw.peek(2)[:2] == GZIP_MAGIC
        read: Bytes = gzip.GzipFile(fileobj=raw) if packed else raw
        yield read, (lambda: 0) if file == STDIN else raw.tell
    finally:
        if file != STDIN:
            raw.close()


def _open(file: str) -> io.BufferedReader:
    if file == STDIN:
        stdin = getattr(sys.stdin, "buffer", None)  # None where the shell closed it
        return stdin if isinstance(stdin, io.BufferedReader) else io.BufferedReader(io.BytesIO())
    try:
        return open(file, "rb")  # noqa: PTH123 - closed by `opened`
    except OSError as error:
        raise Stop(f"{file} cannot be read: {error.strerror}.") from error


def numbered(file: str, stream: Bytes) -> Iterator[tuple[int, bytes]]:
    """Each line that is not blank, with its number."""
    number = 0
    while True:
        number += 1
        line = _next(stream, Place(file, number))
        if not line:
            return
        if number == 1:
            line = line.removeprefix(b"\xef\xbb\xbf")
        if line.strip():
            yield number, line


def _next(stream: Bytes, place: Place) -> bytes:
    try:
        line = stream.readline(LINE_MAX_BYTES + 1)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise Stop(f"{place}: the gzip file is damaged ({error}).") from error
    except OSError as error:
        raise Stop(f"{place}: cannot be read: {error.strerror or error}.") from error
    if len(line) > LINE_MAX_BYTES:
        raise Stop(f"{place}: is longer than {LINE_MAX_BYTES:,} bytes.")
    return line


def record(line: bytes) -> Record | Fault:
    """The object of a line, with its id."""
    try:
        value = json.loads(line.decode(), parse_constant=_no_constant)
    except UnicodeDecodeError as error:
        return Fault(f"is not UTF-8 (byte {error.start + 1}).")
    except json.JSONDecodeError as error:
        return Fault(f"is not JSON: {error.msg}, character {error.colno}.")
    except RecursionError:
        return Fault("is nested too deeply.")
    except ValueError as error:
        return Fault(f"is not JSON: {error}.")
    if not isinstance(value, dict):
        return Fault("is no JSON object.")
    name = _identifier(value.get("id"), line)
    return Record(name, value) if name else Fault('has no "id", a text or a number.')


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON value")


def _identifier(value: object, line: bytes) -> str | None:
    """The id as JSON. A number is read again as it was written: 1.10 must not become 1.1."""
    if isinstance(value, str):
        return json.dumps(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return str(json.loads(line, parse_int=_Number, parse_float=_Number)["id"])
