"""Bodies as they arrive, decompressed within bounds: 583 KB of gzip can hold 600 MB."""

from __future__ import annotations

import zlib

RATIO_MAX = 100
"""Decoded bytes for a received one. Papers compress 3 to 5 times, plain repetition 1,000 times."""

RATIO_FREE_BYTES = 64 * 1024
"""So much may come of any body before its ratio is looked at."""

MEMBERS_MAX = 16
"""Gzip members that a body may be joined of; thousands of empty ones only cost time."""

_STEP_BYTES = 256 * 1024


class TooMuchError(Exception):
    """The body is over a bound; the text says which."""


class Body:
    """A body that grows by `add` and is whole after `finish`."""

    def __init__(self, encoding: str, max_bytes: int) -> None:
        self._gzip = encoding in {"gzip", "x-gzip"}
        if not self._gzip and encoding not in {"", "identity"}:
            raise TooMuchError(f"it is encoded as {encoding[:20]!r}; only gzip was asked for")
        self._max_bytes = max_bytes
        self._received = 0
        self._decoded = bytearray()
        self._members = 1
        self._inflater = zlib.decompressobj(wbits=31)

    def add(self, chunk: bytes) -> None:
        """Take the next bytes of the wire; TooMuchError past a bound or where gzip is damaged."""
        self._received += len(chunk)
        if not self._gzip:
            self._keep(chunk)
            return
        try:
            while chunk:
                chunk = self._inflate(chunk)
        except zlib.error as error:
            raise TooMuchError("its compression is damaged") from error

    def finish(self) -> bytes:
        """The whole body; TooMuchError where the gzip ends in the middle."""
        if self._gzip and self._received and not self._inflater.eof:
            raise TooMuchError("its compression ends in the middle")
        return bytes(self._decoded)

    def _inflate(self, chunk: bytes) -> bytes:
        """Decode one step; the bytes that are left to decode."""
        if self._inflater.eof:
            self._members += 1
            if self._members > MEMBERS_MAX:
                raise TooMuchError(f"it is joined of more than {MEMBERS_MAX} gzip members")
            self._inflater = zlib.decompressobj(wbits=31)
        self._keep(self._inflater.decompress(chunk, _STEP_BYTES))
        return self._inflater.unconsumed_tail or self._inflater.unused_data

    def _keep(self, decoded: bytes) -> None:
        self._decoded += decoded
        size = len(self._decoded)
        if size > self._max_bytes:
            raise TooMuchError(f"it is larger than {self._max_bytes / 1e6:g} MB")
        if self._gzip and size > RATIO_FREE_BYTES + RATIO_MAX * self._received:
            raise TooMuchError(f"it is compressed more than {RATIO_MAX} times, as bombs are")
