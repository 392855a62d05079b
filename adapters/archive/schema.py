"""The archive's tables, and opening a file of them.

One file, write-ahead log, several processes: writers take turns by BEGIN IMMEDIATE and wait for
each other up to BUSY_MS, readers never wait. The row number is the time of publication, so that
newest first is an early-exit scan and a span of days is a range of rows.
"""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

from adapters.archive.rows import COLUMNS

if TYPE_CHECKING:
    from pathlib import Path

VERSION = 2
"""Raised with the tables, the folding of words or rows.py: an older file is rebuilt."""

BUSY_MS = 10_000

_TABLES = f"""\
CREATE TABLE papers (row INTEGER PRIMARY KEY, id TEXT UNIQUE NOT NULL, record TEXT NOT NULL);
CREATE TABLE aliases (alias TEXT PRIMARY KEY, id TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE place (one INTEGER PRIMARY KEY CHECK (one = 1), cursor TEXT);
INSERT INTO place VALUES (1, NULL);
CREATE VIRTUAL TABLE words USING fts5(
  {", ".join(COLUMNS)}, content = '', tokenize = "ascii tokenchars '+#._:/-'", prefix = '3'
);
PRAGMA user_version = {VERSION};
"""  # noqa: S608 - the columns are our own


def open_archive(path: Path) -> sqlite3.Connection:
    """A connection to the file; a new, older or broken file becomes an empty archive.

    A broken one is kept beside it as `<name>.broken`.
    """
    try:
        return _open(path)
    except sqlite3.DatabaseError as error:
        if isinstance(error, sqlite3.OperationalError) and not _is_broken(error):
            raise
        path.replace(path.with_name(path.name + ".broken"))
        for suffix in ("-wal", "-shm"):
            path.with_name(path.name + suffix).unlink(missing_ok=True)
        return _open(path)


def _is_broken(error: sqlite3.Error) -> bool:
    return getattr(error, "sqlite_errorname", "") in {"SQLITE_CORRUPT", "SQLITE_NOTADB"}


def _open(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(
        path, timeout=BUSY_MS / 1000, isolation_level=None, check_same_thread=False
    )
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        if _version(connection) != VERSION:
            _make(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def _make(connection: sqlite3.Connection) -> None:
    """Make the tables anew, unless another process did so while we waited for our turn."""
    connection.execute("BEGIN IMMEDIATE")
    if _version(connection) == VERSION:
        connection.execute("ROLLBACK")
        return
    for table in ("papers", "aliases", "place", "words"):
        connection.execute(f"DROP TABLE IF EXISTS {table}")
    for statement in _TABLES.strip().split(";\n"):
        connection.execute(statement.strip().rstrip(";"))
    connection.execute("COMMIT")
