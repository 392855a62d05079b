"""Papers from a file of JSON Lines, gzipped or not: one object a line, read as it streams.

Needed: `id`, `title`, `published`. Also read: `abstract`, `authors`, `categories`, `announced`,
`version`, `doi`, `comment`, `journal` or `journal_ref`, `code_links`, `project_url`, `upvotes`,
`stars`, `licence`, `sources`.
"""

from __future__ import annotations

import gzip
import json
import re
import zlib
from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from adapters.sources import dates, ids, links, texts
from bot.model.paper import AnnounceType, Paper
from bot.ports import Skipped
from bot.text.clean import tidy

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from io import BufferedIOBase
    from pathlib import Path

    from bot.model.paper import PaperId

LINE_MAX_BYTES = 2_000_000
"""The longest line of 81,409 papers has 65 KB (3,303 authors)."""

_GZIP_MAGIC = b"\x1f\x8b"
_CATEGORY = re.compile(r"[a-z][a-z_-]{1,39}(?:\.[A-Za-z-]{2,12})?", re.ASCII)
"""`cs.CL`, `hep-th`, `cell_biology`; not ACM's and MSC's codes beside them: `I.2.7`, `68T50`."""
_FLOATED = re.compile(r"(?:arxiv:)?(\d{4}\.\d{1,16})", re.IGNORECASE | re.ASCII)
_TEXT_MAX = 100_000
_COUNT_MAX = 10**9
_SOURCES_MAX = 20


def read_papers(path: Path) -> Iterator[Paper | Skipped]:
    """The papers of a file in order, and lines that could not be read (`papers.jsonl:17`)."""
    try:
        with path.open("rb") as raw:
            packed = raw.read(2) == _GZIP_MAGIC
            raw.seek(0)
            yield from read_lines(gzip.GzipFile(fileobj=raw) if packed else raw, path.name)
    except OSError as error:
        yield Skipped(path.name, f"it could not be read ({error.strerror or 'damaged'})")


def read_lines(stream: BufferedIOBase, name: str) -> Iterator[Paper | Skipped]:
    """The papers of an open stream; a damaged gzip ends it with a Skipped."""
    number = 0
    try:
        while line := stream.readline(LINE_MAX_BYTES):
            number += 1
            label = f"{name}:{number}"
            if len(line) == LINE_MAX_BYTES and not line.endswith(b"\n"):
                yield Skipped(label, f"the line is over {LINE_MAX_BYTES / 1e6:g} MB")
                _pass_line(stream)
            elif line.strip():
                yield read_line(line, label)
    except (EOFError, zlib.error, gzip.BadGzipFile):
        yield Skipped(f"{name}:{number + 1}", "the file's compression is damaged from here on")


def read_line(line: bytes, label: str) -> Paper | Skipped:
    """One line as a Paper; `label` names it in a report."""
    try:
        record = json.loads(line)
    except (ValueError, RecursionError):
        return Skipped(label, "the line is no JSON")
    if not isinstance(record, Mapping):
        return Skipped(label, "the line is no JSON object")
    return read_record(record, label)


def read_record(record: Mapping[str, Any], label: str) -> Paper | Skipped:
    """One object as a Paper. TeX in its texts is read."""
    named = _text(record, "id")
    found = ids.paper_id(named) or _unfloated(named)
    if found is None:
        return Skipped(label, f"its id {named[:60]!r} is neither one of arXiv nor a DOI")
    title = texts.title(_text(record, "title"))
    if not title:
        return Skipped(label, "it has no title")
    published_at = dates.iso_at(_text(record, "published"))
    if published_at is None:
        return Skipped(label, "its published date is missing or no date (2025-06-02)")
    abstract, comment = _text(record, "abstract"), _text(record, "comment")
    said = f"{abstract} {comment}"
    given = (links.code_url(value) for value in _list(record, "code_links"))
    code = [link for link in given if link] or links.code_links(said)
    version = _count(record, "version") or found[1] or 1
    return Paper(
        id=found[0],
        title=title,
        abstract=texts.abstract(abstract),
        authors=texts.names([name for name in _list(record, "authors") if isinstance(name, str)]),
        categories=_categories(_list(record, "categories")),
        published_at=published_at,
        announced=_announced(_text(record, "announced"), version),
        sources=_sources(_list(record, "sources")) or ("papers",),
        version=version,
        doi=ids.doi(_text(record, "doi")),
        comment=texts.note(comment),
        journal=texts.note(_text(record, "journal") or _text(record, "journal_ref")),
        code_links=tuple(dict.fromkeys(code))[: links.CODE_LINKS_MAX],
        project_url=links.page_url(record.get("project_url")) or links.project_page(said),
        upvotes=_count(record, "upvotes"),
        stars=_count(record, "stars"),
        licence=_text(record, "licence")[:200] or None,
    )


def _unfloated(text: str) -> tuple[PaperId, int | None] | None:
    """The id of one that a data frame took for a number.

    `1801.004` was 1801.00400, `1801.0041899999999` was 1801.00419.
    """
    found = _FLOATED.fullmatch(text)
    return ids.arxiv_id(f"{Decimal(found[1]):.5f}") if found else None


def _announced(kind: str, version: int) -> AnnounceType:
    try:
        return AnnounceType(kind.lower())
    except ValueError:
        return AnnounceType.NEW if version == 1 else AnnounceType.REPLACE


def _categories(values: Iterable[object]) -> tuple[str, ...]:
    """Classes in their order; what is a code or a list of codes is left out."""
    listed = ",".join(value for value in values if isinstance(value, str))
    parts = (part.strip() for part in re.split(r"[,;\n]", listed))
    return texts.categories([part for part in parts if _CATEGORY.fullmatch(part)])


def _sources(values: list[object]) -> tuple[str, ...]:
    named = dict.fromkeys(
        name
        for value in values[:_SOURCES_MAX]
        if isinstance(value, str) and (name := tidy(value[:40]))
    )
    return tuple(named)


def _text(record: Mapping[str, Any], name: str) -> str:
    value = record.get(name)
    return value.strip()[:_TEXT_MAX] if isinstance(value, str) else ""


def _list(record: Mapping[str, Any], name: str) -> list[object]:
    """A list; a text alone counts as a list of one."""
    value = record.get(name)
    if isinstance(value, list):
        return value
    return [value] if isinstance(value, str) else []


def _count(record: Mapping[str, Any], name: str) -> int | None:
    value = record.get(name)
    if not isinstance(value, int) or isinstance(value, bool):
        return None
    return value if 0 <= value <= _COUNT_MAX else None


def _pass_line(stream: BufferedIOBase) -> None:
    while (part := stream.readline(LINE_MAX_BYTES)) and not part.endswith(b"\n"):
        pass
