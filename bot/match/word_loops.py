"""How texts are read, as plain loops that numba compiles: see loops.py, of which they are a part.

A chunk that was never seen is read by Python (reader.py), but for most of them a look at
checksums tells that none of their forms is asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from zlib import crc32

import numpy as np

from bot.match.compiled import compiled, part
from bot.match.hashing import CHUNK_MAX
from bot.match.marks import BITS
from bot.match.notes import KINDS
from bot.match.prefixes import HEAD
from bot.match.surfaces import ALONE
from bot.match.table import FIRST, SECOND
from bot.match.views import UnaskedView
from bot.text.forms import TABLES

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bot.match.views import AskedView, ListsView, MarksView, TableView

WORDS_MAX: Final = 4
"""Most words that a chunk has that is read here."""

_SPACE, _HYPHEN = 32, 45
_FIRST: Final = np.uint64(FIRST)
_SECOND: Final = np.uint64(SECOND)
_FULL, _BYTE, _EIGHT = np.uint64(0xFFFFFFFF), np.uint64(255), np.uint64(8)
_ODD: Final = np.uint64(0xEDB88320)
_SHORT_MAX: Final = 3


def _checksums() -> NDArray[np.uint64]:
    """Of each byte what it does to a checksum (crc32)."""
    found = np.arange(256, dtype=np.uint64)
    for _ in range(8):
        found = (found >> np.uint64(1)) ^ (found & np.uint64(1)) * _ODD
    return found


def _of_tables() -> NDArray[np.uint8]:
    """Which checksums the words of tables of forms begin with, and some others."""
    found = np.zeros(1 << _TABLES_BITS, np.uint8)
    for word in TABLES:
        found[crc32(word.encode()) >> _TABLES_SHIFT] = 1
    return found


_TABLES_BITS: Final = 12
_TABLES_SHIFT: Final = 32 - _TABLES_BITS
_CHECKSUMS: Final = _checksums()
_TABLES: Final = _of_tables()

_A, _C, _E, _F, _H, _I, _L, _O = b"acefhilo"
_R, _S, _T, _U, _X, _Y, _Z = b"rstuxyz"
_CAPITAL_A, _CAPITAL_Z, _0, _9 = b"AZ09"
_TO_SMALL: Final = _A - _CAPITAL_A


@compiled
def chunks(
    data: NDArray[np.uint8], point: np.uint64, table: TableView
) -> tuple[NDArray[np.int32], NDArray[np.int64], NDArray[np.uint64]]:
    """The entry of each chunk, and of those that have none where they are, and their numbers.

    The text begins and ends with a space (hashing.chunks, Memo.look). Where a chunk is: its place
    among the entries, the place in the text before its first byte, that of its last.
    """
    slots, keys, shift = table.slots, table.keys, table.shift
    most = len(data) // 2 + 1
    numbers, where = np.empty(most, np.uint64), np.empty((most, 3), np.int64)
    count = begun = 0
    number, power = np.uint64(0), point
    for at in range(len(data)):
        byte = data[at]
        if byte != _SPACE:
            number += np.uint64(byte) * power
            power *= point
            continue
        if at > begun:
            numbers[count] = number
            where[count, 0], where[count, 1], where[count, 2] = count, begun - 1, at - 1
            count += 1
            number, power = np.uint64(0), point
        begun = at + 1
    entries, others = np.empty(count, np.int32), np.empty(count, np.int32)
    for at in range(count):
        entries[at] = slots[np.int64((numbers[at] * _FIRST) >> shift)]
        others[at] = slots[np.int64((numbers[at] * _SECOND) >> shift)]
    unknown = 0
    for at in range(count):
        number = numbers[at]
        if keys[entries[at]] != number:
            entries[at] = others[at] if keys[others[at]] == number else 0
        if where[at, 2] - where[at, 1] > CHUNK_MAX or not number:
            entries[at] = 0
        if not entries[at]:
            numbers[unknown], where[unknown] = number, where[at]
            unknown += 1
    return entries, where[:unknown], numbers[:unknown]


@compiled
def meanings(
    entries: NDArray[np.int32], meaning: NDArray[np.int32], several: ListsView
) -> NDArray[np.int32]:
    """What the entries mean, one after the other (Memo.meanings)."""
    where, others = several.where, several.entries
    count = 0
    for entry in entries:
        one = meaning[entry]
        count += 1 if one >= 0 else where[1 - 2 * one]
    found = np.empty(count, np.int32)
    at = 0
    for entry in entries:
        one = meaning[entry]
        if one >= 0:
            found[at] = one
            at += 1
            continue
        stop = where[-2 * one]
        for place in range(stop - where[1 - 2 * one], stop):
            found[at] = others[place]
            at += 1
    return found


@compiled
def put(
    items: NDArray[np.int32], numbers: NDArray[np.uint64], table: TableView
) -> NDArray[np.int64]:
    """Give items their keys in a table (Table.put); gives the places of those that did not fit."""
    slots, keys, shift = table.slots, table.keys, table.shift
    left = np.empty(len(items), np.int64)
    count = 0
    for at in range(len(items)):
        slot = np.int64((numbers[at] * _FIRST) >> shift)
        if slots[slot]:
            slot = np.int64((numbers[at] * _SECOND) >> shift)
        if slots[slot]:
            left[count] = at
            count += 1
        else:
            slots[slot], keys[items[at]] = items[at], numbers[at]
    return left[:count]


@compiled
def unasked(
    data: NDArray[np.uint8],
    where: NDArray[np.int64],
    numbers: NDArray[np.uint64],
    point: np.uint64,
    table: TableView,
    meaning: NDArray[np.int32],
    asked: AskedView,
) -> UnaskedView:
    """Chunks that have no entry, each once; what most of them mean (Reader._meaning).

    `where` and `numbers` are those of `chunks`. Told are only chunks of up to WORDS_MAX words, of
    which no run is asked for, and of the words each is not asked for, or is one of several and a
    chunk that has an entry, or its form is such a chunk and meets nothing by itself.
    """
    count = len(where)
    which, places = np.empty(count, np.int64), np.empty(count, np.int64)
    sizes, surfaces = np.empty(count, np.int64), np.zeros((count, WORDS_MAX), np.int32)
    heads, head_of = np.empty(count * WORDS_MAX, np.uint16), np.empty(count * WORDS_MAX, np.int64)
    written, small = np.empty(CHUNK_MAX, np.uint8), np.empty(CHUNK_MAX, np.uint8)
    bounds = np.empty(WORDS_MAX + 1, np.int64)
    bits = 1
    while (1 << bits) < 2 * count:
        bits += 1
    slots = np.full(1 << bits, -1, np.int64)
    distinct = noted = 0
    for at in range(count):
        slot = np.int64((numbers[at] * _FIRST) >> np.uint64(64 - bits))
        while slots[slot] >= 0 and numbers[places[slots[slot]]] != numbers[at]:
            slot = (slot + 1) & (len(slots) - 1)
        if slots[slot] >= 0:
            which[at] = slots[slot]
            continue
        which[at] = slots[slot] = distinct
        places[distinct] = at
        first, stop = where[at, 1] + 1, where[at, 2] + 1
        size = _words(data[first:stop], written, small, bounds)
        parts, found = bounds[: size + 1], surfaces[distinct]
        if size and _are_told(written, small, parts, found, point, table, meaning, asked):
            sizes[distinct] = size
            for word in range(size):
                head = small[bounds[word] : min(bounds[word] + HEAD, bounds[size])]
                heads[noted] = _checksum(head) % KINDS
                head_of[noted] = distinct
                noted += 1
        else:
            sizes[distinct] = 0
            found[:] = 0
        distinct += 1
    return UnaskedView(
        which,
        places[:distinct],
        sizes[:distinct],
        surfaces[:distinct],
        heads[:noted],
        head_of[:noted],
    )


@part
def _words(
    data: NDArray[np.uint8],
    written: NDArray[np.uint8],
    small: NDArray[np.uint8],
    bounds: NDArray[np.int64],
) -> int:
    """The words of a chunk one after the other, as written and in small letters; how many.

    0 for a chunk that is more than words of ASCII and single hyphens between them.
    """
    size = length = 0
    bounds[0] = 0
    if len(data) > len(written):
        return 0
    for byte in data:
        if byte == _HYPHEN:
            if length == bounds[size] or size + 1 == WORDS_MAX:
                return 0
            size += 1
            bounds[size] = length
            continue
        written[length] = small[length] = byte
        if _CAPITAL_A <= byte <= _CAPITAL_Z:
            small[length] = byte + _TO_SMALL
        elif not (_A <= byte <= _Z or _0 <= byte <= _9):
            return 0
        length += 1
    if length == bounds[size]:
        return 0
    bounds[size + 1] = length
    return size + 1


@part
def _are_told(
    written: NDArray[np.uint8],
    small: NDArray[np.uint8],
    bounds: NDArray[np.int64],
    found: NDArray[np.int32],
    point: np.uint64,
    table: TableView,
    meaning: NDArray[np.int32],
    asked: AskedView,
) -> bool:
    """Whether a chunk is told: its words have the surfaces in `found`, no run is asked for."""
    form = np.empty(len(small), np.uint8)
    size = len(bounds) - 1
    for word in range(size):
        first, stop = bounds[word], bounds[word + 1]
        found[word] = _surface(written[first:stop], point, table, meaning) if size > 1 else -1
        if found[word] < 0:
            letters = _form(
                written[first:stop], small[first:stop], asked.least, asked.begins, form
            )
            if not letters:
                return False
            found[word] = 0
            if _has(asked.forms, form[:letters]):
                if _is_of_tables(_checksum(form[:letters])):
                    return False  # "grey" is the form of "greys", but "gray" that of "grey"
                found[word] = _surface(form[:letters], point, table, meaning)
                if found[word] <= 0 or found[word] & ALONE:
                    return False
        for last in range(word + 1, size):
            beyond, stop = max(asked.least, bounds[last] - first), bounds[last + 1]
            letters = _form(written[first:stop], small[first:stop], beyond, asked.begins, form)
            if not letters or _has(asked.forms, form[:letters]):
                return False
    return True


@part
def _surface(
    word: NDArray[np.uint8], point: np.uint64, table: TableView, meaning: NDArray[np.int32]
) -> int:
    """What the entry of a word means; below 0 if it has none."""
    number, power = np.uint64(0), point
    for byte in word:
        number += np.uint64(byte) * power
        power *= point
    if not number:
        return -1
    entry = table.slots[np.int64((number * _FIRST) >> table.shift)]
    if table.keys[entry] != number:
        entry = table.slots[np.int64((number * _SECOND) >> table.shift)]
        if table.keys[entry] != number:
            return -1
    return int(meaning[entry])


@part
def _form(
    written: NDArray[np.uint8],
    small: NDArray[np.uint8],
    beyond: int,
    begins: MarksView,
    form: NDArray[np.uint8],
) -> int:
    """The letters of a word's form (bot.text.forms), which is written to `form`.

    0 for those that are not told here: words of tables, British ones, GPUs; words that are marked,
    whole or with more than `beyond` of their letters.
    """
    size, checksum = len(small), _FULL
    for at in range(size):
        form[at] = small[at]
        checksum = _CHECKSUMS[(checksum ^ small[at]) & _BYTE] ^ (checksum >> _EIGHT)
        if (at >= beyond or at == size - 1) and _is_marked(begins, np.int64(checksum ^ _FULL)):
            return 0
        if at > 1 and _is_british(small, at):
            return 0
    if _is_of_tables(np.int64(checksum ^ _FULL)):
        return 0
    if size > 1 and written[size - 1] == _S and written[size - 2] < _A:
        return 0
    return _without_plural(form, size)


@part
def _is_british(word: NDArray[np.uint8], at: int) -> bool:
    """Whether a word may be of those that are spelled otherwise, given the place of a letter."""
    stem, first, middle, last = word[: at - 2], word[at - 2], word[at - 1], word[at]
    if first == _I and middle == _S:
        return last in (_E, _I, _A)  # -ise, -ising, -isation
    if len(stem) and first == _L and middle == _L:
        return stem[-1] in (_E, _A) and last in (_A, _E, _I, _O, _U)  # modelled
    if len(stem) and first == _O and middle == _U and last == _R:
        return stem[-1] not in (_S, _C, _H, _F, _T)  # colour, but not source
    return False


@part
def _without_plural(word: NDArray[np.uint8], size: int) -> int:
    """The letters of the singular, of which the last may be written anew."""
    last = word[size - 1]
    if size <= _SHORT_MAX or last not in (_S, _E):
        return size
    if last == _E:
        return size - _is_hissing(word, size - 1)
    if word[size - 2] != _E:
        return size - (word[size - 2] not in (_U, _S))
    if word[size - 3] == _I and word[size - 4] not in (_E, _A):
        word[size - 3] = _Y
        return size - 2
    return size - 1 - _is_hissing(word, size - 2)


@part
def _is_hissing(word: NDArray[np.uint8], size: int) -> bool:
    """Whether the first letters of a word end with ss, sh, ch, x or z."""
    last, before = word[size - 1], word[size - 2]
    if last == _S:
        return bool(before == _S)
    if last == _H:
        return before in (_S, _C)
    return last in (_X, _Z)


@part
def _has(marks: MarksView, word: NDArray[np.uint8]) -> bool:
    """Whether the word may be there; if not, it is not."""
    return _is_marked(marks, _checksum(word))


@part
def _is_marked(marks: MarksView, checksum: np.int64) -> bool:
    """Whether the checksum may be there; if not, it is not (marks.py)."""
    return bool((marks.at[checksum >> marks.shift] >> (checksum & BITS)) & 1)


@part
def _is_of_tables(checksum: np.int64) -> bool:
    """Whether a word may be in the tables of forms; if not, it is not."""
    return bool(_TABLES[checksum >> _TABLES_SHIFT])


@part
def _checksum(word: NDArray[np.uint8]) -> np.int64:
    """As zlib.crc32."""
    checksum = _FULL
    for byte in word:
        checksum = _CHECKSUMS[(checksum ^ byte) & _BYTE] ^ (checksum >> _EIGHT)
    return np.int64(checksum ^ _FULL)
