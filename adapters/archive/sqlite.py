"""SqliteArchive: ports.Archive on one SQLite file.

Every call runs in a small pool of threads, each with a connection of its own, so that the event
loop never waits for the disk or for the matcher's confirmation.
"""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import TYPE_CHECKING, TypeVar

from adapters.archive.candidates import both, cover, of_types, outside
from adapters.archive.rows import COLUMNS, paper_from_json, record_json, row_floor, words_row
from adapters.archive.schema import open_archive
from bot.match.plain import holds
from bot.model.errors import ArchiveDown
from bot.ports import Hits, Sample
from bot.query.ast import And, Since, Until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from bot.model.paper import Paper, PaperId
    from bot.model.subscription import ChangeType
    from bot.query.ast import Node, Query

_T = TypeVar("_T")

CONFIRMED_MAX = 20_000
"""Candidates that one search confirms before it stops: about 3 s of a thread."""

SAMPLED_MAX = 5_000
"""Papers that one forecast confirms where FTS alone cannot count: about a second."""

_LAST_ROW = (1 << 63) - 1
_READERS = 3

_NAMES, _MARKS = ", ".join(COLUMNS), ", ?" * len(COLUMNS)
_INSERT = f"INSERT INTO words (rowid, {_NAMES}) VALUES (?{_MARKS})"  # noqa: S608 - our own columns
_DELETE = f"INSERT INTO words (words, rowid, {_NAMES}) VALUES ('delete', ?{_MARKS})"  # noqa: S608 - as above


class SqliteArchive:
    """The archive in one file; `close` when done."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._thread = threading.local()
        self._connections: list[sqlite3.Connection] = []
        self._pool = ThreadPoolExecutor(max_workers=_READERS, thread_name_prefix="archive")

    async def search(self, query: Query, now: datetime, limit: int, offset: int) -> Hits:
        """Papers that the query matches, newest first, each confirmed by the matcher."""
        return await self._run(lambda db: _search(db, query.tree, now, limit, offset))

    async def sample(
        self, query: Query, types: frozenset[ChangeType] | None, since: datetime, newest: int
    ) -> Sample:
        """How many papers since a time the query matches, and the newest of them.

        Where nothing is that new (a store fed from recorded days), the same span before the
        newest paper is counted; `newest_at` tells.
        """
        return await self._run(lambda db: _sample(db, query.tree, types, since, newest))

    async def get(self, paper_id: PaperId) -> Paper | None:
        """One paper by its id, or by the DOI of a paper known by another id."""
        return await self._run(lambda db: _get(db, paper_id))

    async def latest(self, limit: int, offset: int) -> Hits:
        """The newest papers."""
        return await self._run(lambda db: _latest(db, limit, offset))

    async def add(self, papers: Sequence[Paper], cursor: str | None) -> None:
        """Add or replace papers and move the cursor, in one transaction."""
        await self._run(lambda db: _add(db, papers, cursor))

    async def cursor(self) -> str | None:
        """The last event taken from the stream; None for an empty archive."""
        return await self._run(_cursor)

    async def count(self) -> int:
        """How many papers there are."""
        return await self._run(_count)

    def close(self) -> None:
        """Wait for what runs, then close the file."""
        self._pool.shutdown(wait=True, cancel_futures=True)
        for connection in self._connections:
            connection.close()

    async def _run(self, work: Callable[[sqlite3.Connection], _T]) -> _T:
        loop = asyncio.get_running_loop()
        try:
            return await loop.run_in_executor(self._pool, lambda: work(self._connection()))
        except (sqlite3.Error, OSError) as error:
            raise ArchiveDown(
                f"The archive {self._path} cannot be used ({error}): look at its disk and its "
                "permissions. It may be deleted while paperwire is stopped, and is made anew."
            ) from error

    def _connection(self) -> sqlite3.Connection:
        connection: sqlite3.Connection | None = getattr(self._thread, "connection", None)
        if connection is None:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            connection = open_archive(self._path)
            self._thread.connection = connection
            self._connections.append(connection)
        return connection


def _search(db: sqlite3.Connection, tree: Node, now: datetime, limit: int, offset: int) -> Hits:
    found: list[Paper] = []
    for paper in _confirmed(db, tree, now, CONFIRMED_MAX):
        found.append(paper)
        if len(found) > offset + limit:
            break
    return Hits(tuple(found[offset : offset + limit]), more=len(found) > offset + limit)


def _sample(
    db: sqlite3.Connection,
    tree: Node,
    types: frozenset[ChangeType] | None,
    since: datetime,
    newest: int,
) -> Sample:
    last = db.execute("SELECT max(row) FROM papers").fetchone()[0]
    if last is None:
        return Sample(0, 0, 0.0, ())
    newest_at = _published(last)
    if newest_at < since:
        since = newest_at - timedelta(days=14)
    of_type = None if types is None else of_types(types)
    found = cover(tree)
    maybe = both(found.maybe, of_type)
    sure = None if found.sure is None or maybe is None else both(found.sure, of_type)
    low, confirmed = _confirm_rest(db, tree, sure, maybe, row_floor(since))
    matched = confirmed + (_matching(db, sure, low) if sure else 0)
    seen, first = db.execute(
        "SELECT count(*), min(row) FROM papers WHERE row >= ?", (low,)
    ).fetchone()
    days = (newest_at - _published(first)).total_seconds() / 86_400
    kept = tuple(islice(_holding(db, tree, maybe, low), newest)) if matched else ()
    return Sample(matched, seen, max(days, 1.0), kept, newest_at)


def _confirm_rest(
    db: sqlite3.Connection, tree: Node, sure: str | None, maybe: str | None, low: int
) -> tuple[int, int]:
    """Ask the matcher about papers that are only possible: how far back it got, and its yeses."""
    confirmed = 0
    rest = outside(maybe, sure) if sure and maybe else maybe
    for number, (row, record) in enumerate(_rows(db, rest, low, _LAST_ROW)):
        if number == SAMPLED_MAX:
            return row, confirmed
        confirmed += holds(tree, paper_from_json(record))
    return low, confirmed


def _matching(db: sqlite3.Connection, expression: str, low: int) -> int:
    sql = "SELECT count(*) FROM words WHERE words MATCH ? AND rowid >= ?"
    return int(db.execute(sql, (expression, low)).fetchone()[0])


def _holding(
    db: sqlite3.Connection, tree: Node, expression: str | None, low: int
) -> Iterator[Paper]:
    for _, record in _rows(db, expression, low, _LAST_ROW):
        paper = paper_from_json(record)
        if holds(tree, paper):
            yield paper


def _confirmed(
    db: sqlite3.Connection, tree: Node, now: datetime, candidates_max: int
) -> Iterator[Paper]:
    low, high = _span(tree, now)
    for number, (_, record) in enumerate(_rows(db, cover(tree).maybe, low, high)):
        if number == candidates_max:
            return
        paper = paper_from_json(record)
        if holds(tree, paper, now):
            yield paper


def _rows(
    db: sqlite3.Connection, expression: str | None, low: int, high: int
) -> Iterator[tuple[int, str]]:
    """Papers between two rows that FTS finds, newest first, read as they are asked for."""
    if expression is None:
        sql = "SELECT row, record FROM papers WHERE row BETWEEN ? AND ? ORDER BY row DESC"
        return db.execute(sql, (low, high))
    sql = (
        "SELECT papers.row, papers.record FROM words JOIN papers ON papers.row = words.rowid"
        " WHERE words MATCH ? AND words.rowid BETWEEN ? AND ? ORDER BY words.rowid DESC"
    )
    return db.execute(sql, (expression, low, high))


def _span(tree: Node, now: datetime) -> tuple[int, int]:
    """The rows that `since:` and `until:` leave, where they stand beside everything else."""
    low, high = -_LAST_ROW, _LAST_ROW
    for part in tree.parts if isinstance(tree, And) else (tree,):
        if isinstance(part, Since):
            low = max(low, row_floor(_day(part, now)))
        if isinstance(part, Until):
            high = min(high, row_floor(_day(part, now) + timedelta(days=1)) - 1)
    return low, high


def _day(part: Since | Until, now: datetime) -> datetime:
    day = part.day or (now - timedelta(days=part.days_ago or 0)).date()
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def _get(db: sqlite3.Connection, paper_id: PaperId) -> Paper | None:
    sql = (
        "SELECT record FROM papers WHERE id = ?1 OR id = (SELECT id FROM aliases WHERE alias = ?1)"
    )
    found = db.execute(sql, (paper_id,)).fetchone()
    return paper_from_json(found[0]) if found else None


def _latest(db: sqlite3.Connection, limit: int, offset: int) -> Hits:
    sql = "SELECT record FROM papers ORDER BY row DESC LIMIT ? OFFSET ?"
    found = [paper_from_json(row[0]) for row in db.execute(sql, (limit + 1, offset))]
    return Hits(tuple(found[:limit]), more=len(found) > limit)


def _add(db: sqlite3.Connection, papers: Sequence[Paper], cursor: str | None) -> None:
    db.execute("BEGIN IMMEDIATE")
    try:
        for paper in papers:
            _put(db, paper)
        if cursor is not None:
            db.execute("UPDATE place SET cursor = ?", (cursor,))
        db.execute("COMMIT")
    except BaseException:
        db.execute("ROLLBACK")
        raise


def _put(db: sqlite3.Connection, paper: Paper) -> None:
    """Store one paper; its words are written again only when they changed."""
    words = words_row(paper)
    sql = "SELECT row, record FROM papers WHERE id = ?"
    row, record = db.execute(sql, (paper.id,)).fetchone() or (None, "")
    old = words_row(paper_from_json(record)) if record else None
    if row is None or _published(row) != paper.published_at.replace(microsecond=0):
        db.execute("DELETE FROM papers WHERE row = ?", (row,))
        _forget_words(db, row, old)
        row, old = _free_row(db, paper), None
        db.execute("INSERT INTO papers VALUES (?, ?, ?)", (row, paper.id, record_json(paper)))
    else:
        db.execute("UPDATE papers SET record = ? WHERE row = ?", (record_json(paper), row))
    if old != words:
        _forget_words(db, row, old)
        db.execute(_INSERT, (row, *words))
    if paper.doi:
        alias = f"doi:{paper.doi.lower()}"
        db.execute("INSERT OR REPLACE INTO aliases VALUES (?, ?)", (alias, paper.id))


def _forget_words(db: sqlite3.Connection, row: int | None, old: tuple[str, ...] | None) -> None:
    """Take words out of the index, which keeps no text of its own: it must be told which."""
    if old is not None:
        db.execute(_DELETE, (row, *old))


def _free_row(db: sqlite3.Connection, paper: Paper) -> int:
    """The next row of the paper's second."""
    low = row_floor(paper.published_at)
    high = low + row_floor(datetime.fromtimestamp(1, tz=UTC)) - 1
    last = db.execute("SELECT max(row) FROM papers WHERE row BETWEEN ? AND ?", (low, high))
    found = last.fetchone()[0]
    return low if found is None else int(found) + 1


def _published(row: int) -> datetime:
    return datetime.fromtimestamp(row >> 20, tz=UTC)


def _cursor(db: sqlite3.Connection) -> str | None:
    found: str | None = db.execute("SELECT cursor FROM place").fetchone()[0]
    return found


def _count(db: sqlite3.Connection) -> int:
    return int(db.execute("SELECT count(*) FROM papers").fetchone()[0])
