"""Answers of sources that were saved to files, read as if they had just been given."""

from __future__ import annotations

import gzip
import zlib
from itertools import islice
from typing import TYPE_CHECKING, TypeAlias

from adapters.sources import arxiv_oai, arxiv_rss, huggingface
from adapters.sources.papers_file import read_papers
from adapters.sources.reads import gather
from bot.ports import Batch, SourceDown

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from adapters.sources.reads import Read

SOURCES = ("arxiv", "huggingface", "papers")
FILE_MAX_BYTES = 64_000_000
BATCH_PAPERS = 1_000
"""Papers of a JSON Lines file that make one Batch."""

Recorded: TypeAlias = Batch | SourceDown


def batches(source: str, path: Path) -> Iterator[Recorded]:
    """The papers of a file: one Batch of an answer, several of a file of papers."""
    if source == "papers":
        yield from _chunks(read_papers(path), path)
    elif source in SOURCES:
        body = _body(path)
        yield body if isinstance(body, SourceDown) else _named(gather(_reads(source, body)), path)
    else:
        known = ", ".join(SOURCES)
        yield SourceDown(f"There is no source {source[:40]!r}; files are read for {known}.")


def _reads(source: str, body: bytes) -> Iterator[Read]:
    if source == "huggingface":
        return huggingface.read_list(body)
    if b"OAI-PMH" in body[:2_000]:
        return arxiv_oai.read_records(body)
    return arxiv_rss.read_feed(body)


def _chunks(reads: Iterator[Read], path: Path) -> Iterator[Recorded]:
    """A Batch of every 1,000 lines, a SourceDown of 1,000 that are all unreadable."""
    while chunk := list(islice(reads, BATCH_PAPERS)):
        yield _named(gather(chunk), path)


def _body(path: Path) -> bytes | SourceDown:
    try:
        with path.open("rb") as raw:
            packed = raw.read(2) == b"\x1f\x8b"
            raw.seek(0)
            body = (gzip.GzipFile(fileobj=raw) if packed else raw).read(FILE_MAX_BYTES + 1)
    except (EOFError, zlib.error, OSError) as error:
        why = getattr(error, "strerror", None) or "its compression is damaged"
        return SourceDown(f"{path.name} could not be read: {why}.")
    if len(body) > FILE_MAX_BYTES:
        return SourceDown(f"{path.name} is larger than {FILE_MAX_BYTES / 1e6:g} MB.")
    return body


def _named(made: Recorded, path: Path) -> Recorded:
    return SourceDown(f"{path.name}: {made.reason}") if isinstance(made, SourceDown) else made
