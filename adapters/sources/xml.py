"""XML of known sources, read in slices: no DTD, no entity, bounded in every direction.

Nothing is built but the entry at hand, so that a hostile body of 10 MB costs no memory; and each
step of the generator takes a few milliseconds, so that others can run in between.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias
from xml.parsers import expat

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

DEPTH_MAX = 64
ATTRIBUTES_MAX = 64
ENTRIES_MAX = 5_000
FIELDS_MAX = 20_000
"""Elements in one entry; the largest author list that was met has 3,303 authors."""
OUTSIDE_MAX = 2_000
"""Elements outside of all entries; feeds have about twenty."""
ELEMENTS_MAX = 400_000
FIELD_CHARS_MAX = 100_000
ENTRY_CHARS_MAX = 400_000
TOKEN_BYTES_MAX = 256 * 1024
"""One tag or comment. Longer ones are where parsers become slow (M15: 2.3 MB of attributes)."""

_SLICE_BYTES = 8 * 1024
_ENCODINGS = frozenset(
    {"utf-8", "utf8", "us-ascii", "ascii", "iso-8859-1", "windows-1252", "utf-16"}
)
"""What expat reads by itself, and its commonest neighbour. The sources write UTF-8."""

SPACES: Mapping[str, str] = {
    "http://www.w3.org/2005/Atom": "atom",
    "http://purl.org/dc/elements/1.1/": "dc",
    "http://arxiv.org/schemas/atom": "arxiv",
    "http://www.openarchives.org/OAI/2.0/": "oai",
    "http://arxiv.org/OAI/arXiv/": "arXiv",
}
"""Namespaces that are known, by the prefix that we call them by."""


@dataclass(frozen=True, slots=True)
class Field:
    """An element that ended: its name (`title`, `dc:creator`), its own text, its attributes."""

    name: str
    text: str
    attributes: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Entry:
    """One item, entry or record: its elements as they ended. `trouble`: why it is not whole."""

    fields: tuple[Field, ...]
    trouble: str | None = None

    def all(self, name: str) -> list[str]:
        """The texts of every element of that name."""
        return [found.text for found in self.fields if found.name == name]

    def first(self, *names: str) -> str:
        """The first text there is under one of the names, stripped; "" for none."""
        for name in names:
            for found in self.fields:
                if found.name == name and (text := found.text.strip()):
                    return text
        return ""


@dataclass(frozen=True, slots=True)
class Frame:
    """All that stands outside of the entries, with the name of the root. Comes last."""

    root: str
    rest: Entry


@dataclass(frozen=True, slots=True)
class Unreadable:
    """The document is not what it should be, and why. Comes last, instead of the Frame."""

    reason: str


Piece: TypeAlias = Entry | Frame | Unreadable | None
"""None is a pause: work was done and nothing is finished."""


class _RefusedError(Exception):
    """Raised inside the parser's callbacks; the text is the reason."""


def pieces(body: bytes, entries: frozenset[str]) -> Iterator[Piece]:
    """The entries (elements named in `entries`) as they end, then the Frame or Unreadable."""
    reader = _Reader(entries)
    parser = reader.parser
    try:
        for start in range(0, len(body), _SLICE_BYTES):
            end = start + _SLICE_BYTES
            parser.Parse(body[start:end], False)
            reader.check_token(start)
            yield from reader.take()
            yield None
        parser.Parse(b"", True)
    except _RefusedError as refusal:
        yield Unreadable(str(refusal))
    except (expat.ExpatError, LookupError, ValueError) as error:
        yield Unreadable(_why(body, error))
    else:
        yield from reader.take()
        yield Frame(reader.root, Entry(tuple(reader.outside)))


@dataclass(slots=True)
class _Open:
    """An element that has begun."""

    name: str
    attributes: dict[str, str]
    texts: list[str] = field(default_factory=list)
    size: int = 0


class _Reader:
    """The parser's callbacks and what they have gathered."""

    def __init__(self, entries: frozenset[str]) -> None:
        self.root = ""
        self.outside: list[Field] = []
        self.parser = expat.ParserCreate(namespace_separator=" ")
        self.parser.buffer_text = True
        self.parser.XmlDeclHandler = self._declared
        self.parser.StartDoctypeDeclHandler = self._doctype
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._text
        self._names = entries
        self._open: list[_Open] = []
        self._entry: list[Field] | None = None
        self._trouble: str | None = None
        self._chars = 0
        self._count = 0
        self._elements = 0
        self._finished: list[Entry] = []

    def check_token(self, read_bytes: int) -> None:
        """Refuse a tag or comment that has not ended after so long."""
        if read_bytes > TOKEN_BYTES_MAX + max(self.parser.CurrentByteIndex, 0):
            raise _RefusedError(f"one piece of it is longer than {TOKEN_BYTES_MAX // 1024} KB")

    def take(self) -> list[Entry]:
        """The entries that were finished since the last time."""
        taken, self._finished = self._finished, []
        return taken

    def _declared(self, version: str, encoding: str | None, standalone: int) -> None:
        del version, standalone
        if encoding is not None and encoding.lower() not in _ENCODINGS:
            raise _RefusedError(f"it is written in {encoding[:40]!r}, which is not read")

    def _doctype(self, name: str, *_: object) -> None:
        if name.lower() == "html":
            raise _RefusedError("a web page came in its place")
        raise _RefusedError("it declares a document type, which no feed of papers does")

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._elements += 1
        if self._elements > ELEMENTS_MAX:
            raise _RefusedError(f"it has over {ELEMENTS_MAX:,} elements")
        if len(self._open) >= DEPTH_MAX:
            raise _RefusedError(f"it is nested over {DEPTH_MAX} deep")
        if len(attributes) > ATTRIBUTES_MAX:
            raise _RefusedError(f"an element has over {ATTRIBUTES_MAX} attributes")
        short = _short(name)
        if not self._open:
            self._begin(short)
        if self._entry is None and short in self._names:
            self._count += 1
            if self._count > ENTRIES_MAX:
                raise _RefusedError(f"it has over {ENTRIES_MAX:,} entries")
            self._entry, self._trouble, self._chars = [], None, 0
        self._open.append(_Open(short, attributes))

    def _begin(self, root: str) -> None:
        self.root = root
        if root.lower().rpartition(":")[2] == "html":
            raise _RefusedError("a web page came in its place")

    def _text(self, text: str) -> None:
        current = self._open[-1]
        current.size += len(text)
        self._chars += len(text)
        if current.size > FIELD_CHARS_MAX or self._chars > ENTRY_CHARS_MAX:
            self._spoil(
                f"its {current.name.rpartition(':')[2]} is over {FIELD_CHARS_MAX:,} characters"
            )
        else:
            current.texts.append(text)

    def _spoil(self, trouble: str) -> None:
        if self._entry is None:
            raise _RefusedError(trouble)
        self._trouble = self._trouble or trouble

    def _end(self, name: str) -> None:
        del name
        closed = self._open.pop()
        if self._entry is not None and closed.name in self._names and not self._inside():
            self._finished.append(Entry(tuple(self._entry), self._trouble))
            self._entry, self._chars = None, 0
            return
        if self._entry is None:
            target, most = self.outside, OUTSIDE_MAX
        else:
            target, most = self._entry, FIELDS_MAX
        if len(target) >= most:
            self._spoil(f"it has over {most:,} elements in one place")
        else:
            target.append(Field(closed.name, "".join(closed.texts), closed.attributes))

    def _inside(self) -> bool:
        """Whether an entry is still open: one that holds another ends with the outer one."""
        return any(element.name in self._names for element in self._open)


def _short(name: str) -> str:
    space, _, local = name.rpartition(" ")
    if not space:
        return local
    return f"{SPACES.get(space, '?')}:{local}"


def _why(body: bytes, error: Exception) -> str:
    if not body.strip():
        return "it is empty"
    head = body[:1024].lstrip().lower()
    if head.startswith((b"<!doctype html", b"<html")) or b"<html" in head:
        return "a web page came in its place"
    if isinstance(error, expat.ExpatError):
        told = expat.errors.messages.get(error.code, "it is no XML")
        if told in {
            "no element found",
            "unclosed token",
            "unclosed CDATA section",
            "partial character",
        }:
            return f"it ends in the middle (line {error.lineno})"
        return f"it is no well-formed XML: {told} (line {error.lineno})"
    return "its encoding cannot be read"
