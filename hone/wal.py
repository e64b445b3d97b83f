"""Opening a SQLite file with a write-ahead log, which many read while one writes."""

import sqlite3
import time
from pathlib import Path

from hone.privacy import make_private_file

_AGAIN = 0.01  # seconds
# What SQLite says when it can't make the shared memory that a write-ahead log is read by: on a full or read-only disk.
_NO_ROOM = frozenset({sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_FULL, sqlite3.SQLITE_READONLY})


class Snapshot(sqlite3.Connection):
    """Reads a database that is open nowhere and can't be written here; another process may, so it is closed soon."""


def open_wal(path: Path, busy_seconds: float, *, first: str = "") -> sqlite3.Connection:
    """Open a file for any thread; each statement commits itself unless a transaction is begun.

    `first` is a statement that takes effect in an empty file only. Where several turn a new file to WAL at the same
    moment, SQLite tells all but one that it is locked, at once and whatever the timeout: they try again.
    """
    make_private_file(path)
    try:
        return _opened(path, busy_seconds, first)
    except sqlite3.OperationalError as error:
        if found := open_snapshot(path, error):
            return found
        raise


def open_snapshot(path: Path, error: sqlite3.DatabaseError) -> Snapshot | None:
    """Open a database as it lies on a disk that is full or can't be written, if that is why it could not be opened.

    Only where no log waits to be read too, which is so whenever the last one who had it open has closed it.
    """
    waiting = path.with_name(f"{path.name}-wal")
    if error.sqlite_errorcode & 0xFF not in _NO_ROOM or not path.exists() or not path.stat().st_size:
        return None
    if waiting.exists() and waiting.stat().st_size:
        return None
    address = f"{path.absolute().as_uri()}?mode=ro&immutable=1"
    return sqlite3.connect(address, uri=True, factory=Snapshot, isolation_level=None, check_same_thread=False)


def _opened(path: Path, busy_seconds: float, first: str) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=busy_seconds, isolation_level=None, check_same_thread=False)
    until = time.monotonic() + busy_seconds
    try:
        connection.execute(first)
        while not _is_wal(connection, until):
            time.sleep(_AGAIN)
        connection.execute("PRAGMA synchronous=NORMAL")
    except BaseException:
        connection.close()
        raise
    return connection


def _is_wal(connection: sqlite3.Connection, until: float) -> bool:
    try:
        connection.execute("PRAGMA journal_mode=WAL")
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > until:
            raise
        return False
    return True
