"""Many open a new file at once, as the first twenty askers of a new workspace do."""

import multiprocessing
import sqlite3
import subprocess
import sys
from contextlib import closing
from multiprocessing.synchronize import Barrier
from pathlib import Path

import pytest

from hone.database import open_wal

ROUNDS = 60
PROCESSES = 4


def opened(folder: Path, together: Barrier) -> int:
    done = 0
    for place in range(ROUNDS):
        together.wait(60)
        with closing(open_wal(folder / f"{place}.db", 5.0)) as connection:
            connection.execute("CREATE TABLE IF NOT EXISTS words (word TEXT)")
            connection.execute("INSERT INTO words VALUES ('x')")
            done += 1
    return done


def test_all_who_open_a_new_file_at_once_get_it(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    with context.Manager() as manager, context.Pool(PROCESSES) as pool:
        together = manager.Barrier(PROCESSES)
        assert pool.starmap(opened, [(tmp_path, together)] * PROCESSES) == [ROUNDS] * PROCESSES
    for place in range(ROUNDS):
        with closing(sqlite3.connect(tmp_path / f"{place}.db")) as connection:
            assert connection.execute("SELECT count(*) FROM words").fetchone() == (PROCESSES,)
            assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_a_file_that_stays_locked_is_given_up_in_time(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "held.db", isolation_level=None)) as holder:
        holder.execute("BEGIN EXCLUSIVE")
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            open_wal(tmp_path / "held.db", 0.2)


def test_what_only_takes_effect_in_an_empty_file_comes_first(tmp_path: Path) -> None:
    with closing(open_wal(tmp_path / "new.db", 1.0, first="PRAGMA auto_vacuum = INCREMENTAL")) as connection:
        assert connection.execute("PRAGMA auto_vacuum").fetchone() == (2,)


HOLD = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("SELECT count(*) FROM words").fetchone()
connection.close()
"""


def test_a_second_connection_gives_up_no_lock_of_the_first(tmp_path: Path) -> None:
    """Else another process that closes the file takes the log, and all that is committed in it, for abandoned."""
    path = tmp_path / "words.db"
    with closing(open_wal(path, 1.0)) as first:
        first.execute("CREATE TABLE words (word TEXT)")
        first.execute("SELECT count(*) FROM words").fetchone()
        with closing(open_wal(path, 1.0)):
            subprocess.run([sys.executable, "-c", HOLD, path], check=True)
            assert path.with_name("words.db-wal").exists()
        first.execute("INSERT INTO words VALUES ('kept')")
        told = subprocess.run(
            [sys.executable, "-c", HOLD.replace("fetchone()", "fetchone()[0] == 1 or sys.exit(1)"), path], check=False
        )
        assert told.returncode == 0
