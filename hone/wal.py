"""Opening a SQLite file with a write-ahead log, which many read while one writes."""

import sqlite3
import time
from pathlib import Path

from hone.privacy import make_private_file

_AGAIN = 0.01  # seconds


def open_wal(path: Path, busy_seconds: float, *, first: str = "") -> sqlite3.Connection:
    """Open a file for any thread; each statement commits itself unless a transaction is begun.

    `first` is a statement that takes effect in an empty file only. Where several turn a new file to WAL at the same
    moment, SQLite tells all but one that it is locked, at once and whatever the timeout: they try again.
    """
    make_private_file(path)
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
