"""SQLite files in WAL mode, migrated to the newest schema when opened."""

import sqlite3
import threading
import time
from collections.abc import Generator, Sequence
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from typing import Any, Literal

from filelock import FileLock
from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DatabaseError, OperationalError
from sqlalchemy.pool import ConnectionPoolEntry

from hone.errors import HoneError
from hone.privacy import make_private_file, make_private_folder

_AGAIN = 0.01  # seconds
# What SQLite says when it can't make the shared memory that a write-ahead log is read by: on a full or read-only disk.
_NO_ROOM = frozenset({sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_FULL, sqlite3.SQLITE_READONLY})
Chain = Literal["library", "log"]  # which line of migrations a file follows
MIGRATIONS = Path(__file__).parent / "migrations"
VERSION = "SELECT version_num FROM alembic_version"
FAULTS = 10  # named at most
REPLACED = {  # what comes in place of a database that is gone
    "library.db": "the next sync builds a new one from the sources",
    "log.db": "Hone starts a new log, without the earlier searches",
    "threads.db": "Hone starts again without the earlier conversations",
    "vectors.db": "the next sync computes the vectors again",
}
BUSY_SECONDS = 60.0  # how long a writer waits for another; a sync's longest transaction is one document


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


class Database:
    """One SQLite file; `read` sees a snapshot, `write` takes the write lock at once and commits at the end."""

    def __init__(self, path: Path, chain: Chain) -> None:
        self.path = path
        make_private_folder(path.parent)
        self._engine = _connectable(path)
        self._held = threading.local()
        with self._explained():
            if _version(path) != newest(chain):
                _migrate(self._engine, path, chain)

    def glance(self, query: str) -> Any:
        """Read one value by a fixed statement; for what every search asks."""
        return self.glances(query, ())[0][0]

    def glances(self, query: str, values: Sequence[object]) -> list[sqlite3.Row]:
        """Read rows on a connection that each thread keeps, a tenth of what `read` costs before it begins."""
        held = getattr(self._held, "connection", None)
        if held is None:
            held = self._held.connection = sqlite3.connect(self.path, timeout=BUSY_SECONDS, isolation_level=None)
            held.row_factory = sqlite3.Row
        try:
            return held.execute(query, values).fetchall()
        except sqlite3.DatabaseError as error:
            with self._explained(), _snapshot_after(self.path, error) as snapshot:
                return snapshot.execute(query, values).fetchall()

    @contextmanager
    def read(self) -> Generator[Connection]:
        """Open a connection for reading."""
        with self._explained(), self._engine.connect() as connection:
            yield connection

    @contextmanager
    def write(self) -> Generator[Connection]:
        """Open a transaction that holds the write lock from its start, so it never fails half-way for being late."""
        with self._explained(), self._engine.connect() as opened:
            connection = opened.execution_options(hone_begin="BEGIN IMMEDIATE")
            with connection.begin():
                yield connection

    def erase(self, wait: float) -> bool:
        """Write the file anew, so that nothing deleted can be read in it; not where others read it for so long."""
        with self.read() as connection:
            connection.detach()  # its settings below must not go back to the pool
            cursor = connection.connection.cursor()  # the driver's own, since neither step may run in a transaction
            cursor.execute(f"PRAGMA busy_timeout={int(wait * 1000)}")
            cursor.execute("PRAGMA temp_store=FILE")  # VACUUM's copy of a large log would not fit in memory
            # secure_delete zeroes deleted rows, but not the copies of them that page splits have left in gaps.
            cursor.execute("VACUUM")
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            (busy, *_) = cursor.fetchone() or (1,)
            cursor.close()
        return not busy

    @contextmanager
    def _explained(self) -> Generator[None]:
        try:
            yield
        except (sqlite3.OperationalError, OperationalError) as error:
            cause = getattr(error, "orig", error)
            full = getattr(cause, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_READONLY  # what a snapshot says
            raise HoneError(
                f"{self.path} can't be used: {'its disk is full or read-only' if full else cause}.",
                hint="Check that its disk has space, its folder is writable, and no other program has locked it.",
            ) from error
        except (sqlite3.DatabaseError, DatabaseError) as error:
            if type(error) not in (sqlite3.DatabaseError, DatabaseError):
                raise
            raise _unreadable(self.path, getattr(error, "orig", error)) from error

    def close(self) -> None:
        """Close every connection."""
        self._engine.dispose()


def faults_of(path: Path) -> list[str]:
    """Check every page, index and reference of a file, and list what is wrong."""
    if not path.stat().st_size:
        return ["it is empty"]
    try:
        with closing(open_wal(path, BUSY_SECONDS)) as connection:
            found = [str(row[0]) for row in connection.execute(f"PRAGMA integrity_check({FAULTS})")]
            dangling = len(connection.execute("PRAGMA foreign_key_check").fetchall())
    except sqlite3.DatabaseError as error:
        return [str(error)]
    return [
        *(line for line in found if line != "ok"),
        *([f"{dangling:,} rows refer to rows that don't exist"] * (dangling > 0)),
    ]


def newest(chain: Chain) -> str:
    """Name the newest migration of a chain."""
    return max(file.stem[:4] for file in (MIGRATIONS / chain / "versions").glob("[0-9]*.py"))


def _connectable(path: Path) -> Engine:
    address = URL.create("sqlite", database=str(path))  # a folder's name may have a ? in it
    engine = create_engine(address, creator=partial(open_wal, path, BUSY_SECONDS))

    @event.listens_for(engine, "connect")
    def prepare(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:  # pyright: ignore[reportUnusedFunction]  # SQLAlchemy calls it
        cursor = connection.cursor()
        for pragma in ("foreign_keys=ON", "temp_store=MEMORY"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine, "checkin")
    def let_go(connection: DBAPIConnection, record: ConnectionPoolEntry) -> None:  # pyright: ignore[reportUnusedFunction]  # SQLAlchemy calls it
        if isinstance(connection, Snapshot):
            record.invalidate()

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:  # pyright: ignore[reportUnusedFunction]  # SQLAlchemy calls it
        connection.exec_driver_sql(connection.get_execution_options().get("hone_begin", "BEGIN"))

    return engine


def _version(path: Path) -> str:
    if not path.exists():
        return ""
    try:
        address = f"{path.absolute().as_uri()}?mode=ro"
        with closing(sqlite3.connect(address, uri=True, timeout=BUSY_SECONDS)) as connection:
            row = connection.execute(VERSION).fetchone()
    except sqlite3.OperationalError as error:
        if "no such table" in str(error):
            return ""
        with _snapshot_after(path, error) as snapshot:
            row = snapshot.execute(VERSION).fetchone()
    return str(row[0]) if row else ""


@contextmanager
def _snapshot_after(path: Path, error: sqlite3.DatabaseError) -> Generator[Snapshot]:
    """Open a database on a full disk for one read; where that is not what is wrong, the error stands."""
    snapshot = open_snapshot(path, error)
    if snapshot is None:
        raise error
    with closing(snapshot):
        snapshot.row_factory = sqlite3.Row
        yield snapshot


def _unreadable(path: Path, error: object) -> HoneError:
    return HoneError(
        f"{path} can't be read as a database ({error}).", hint=f"{remedy_for(path)} Check everything: hone verify"
    )


def remedy_for(path: Path) -> str:
    """Say how to replace a damaged database."""
    return f"Restore it from a backup, or move it away: {REPLACED.get(path.name, 'Hone creates an empty one')}."


def _migrate(engine: Engine, path: Path, chain: Chain) -> None:
    from alembic import command  # a third of a second to import, and rarely needed
    from alembic.config import Config

    with FileLock(path.with_suffix(".migrating")):
        if _version(path) > newest(chain):
            raise HoneError(
                f"{path} has schema {_version(path)}, but this version of Hone only knows {newest(chain)}.",
                hint="It was written by a newer Hone: install that version, or use another --home.",
            )
        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS / chain))
        with engine.connect().execution_options(hone_begin="BEGIN IMMEDIATE") as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
