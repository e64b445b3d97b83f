import json
import sqlite3
import threading
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from hone.database import MIGRATIONS, Chain, Database, newest
from hone.errors import HoneError

FIRST_ROWS = {
    "library": "INSERT INTO sources VALUES ('a', '/a', '[]', '[]', '[]', '', NULL)",
    "log": "INSERT INTO events VALUES"
    " ('e', 'q', 'nadia', 'click', '2026-01-01T00:00:00.000Z', 'd', 1, 'hone', 0, '{}', '{}')",
}
COUNTS = {"library": "SELECT count(*) FROM sources", "log": "SELECT count(*) FROM events"}


def at_schema(path: Path, chain: Chain, version: str = "0001") -> None:
    engine = sa.create_engine(f"sqlite:///{path}")
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS / chain))
    with engine.connect() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, version)
        connection.commit()
    engine.dispose()


@pytest.mark.parametrize("chain", ["library", "log"])
def test_a_database_of_the_first_schema_is_brought_up_with_its_rows(tmp_path: Path, chain: Chain) -> None:
    path = tmp_path / "old.db"
    at_schema(path, chain)
    with sqlite3.connect(path) as connection:
        connection.execute(FIRST_ROWS[chain])
    database = Database(path, chain)
    with database.read() as connection:
        assert connection.execute(sa.text(COUNTS[chain])).scalar() == 1
        assert connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar() == newest(chain)


def test_documents_of_the_release_before_keep_their_passages_and_what_they_are_known_by(tmp_path: Path) -> None:
    path = tmp_path / "library.db"
    at_schema(path, "library", "0003")
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA foreign_keys=ON")
        connection.execute(
            "INSERT INTO documents (id, source, path, title, kind, url, groups, modified, text, text_hash, syntax,"
            " warnings, content_hash, size, mtime_ns, added)"
            " VALUES ('d', 's', 'a.md', '', 'md', '', '[]', 0, '', '', '', '[]', 'h', 7, 1700000000123456789, 0)"
        )
        connection.execute("INSERT INTO passages VALUES ('p', 'd', 0, '[]', '', '', 0, 0, NULL, 1)")
        connection.execute("INSERT INTO rejections VALUES ('s', 'b.pdf', 'slow', 1, 2, 3)")
    with Database(path, "library").read() as connection:
        row = connection.execute(sa.text("SELECT item, version, content_hash FROM documents")).one()
        assert tuple(row) == ("a.md", "1700000000123456789-7", "h")
        assert connection.execute(sa.text("SELECT count(*) FROM passages")).scalar() == 1
        assert connection.execute(sa.text("SELECT count(*) FROM rejections")).scalar() == 0


@pytest.mark.parametrize(
    ("warning", "found"),
    [("Only the first 1,000 of its 12,345 passages are searched: [reading] passages.", 12_345), ("no date", None)],
)
def test_what_a_warning_said_of_passages_left_out_becomes_a_number(
    tmp_path: Path, warning: str, found: int | None
) -> None:
    path = tmp_path / "library.db"
    at_schema(path, "library", "0004")
    with sqlite3.connect(path) as connection:
        connection.execute(
            "INSERT INTO documents (id, source, path, title, kind, url, groups, modified, text, text_hash, syntax,"
            " warnings, content_hash, added) VALUES ('d', 's', 'a.md', '', 'md', '', '[]', 0, '', '', '', ?, 'h', 0)",
            (json.dumps(["no page", warning]),),
        )
    with Database(path, "library").read() as connection:
        assert connection.execute(sa.text("SELECT passages_in_all FROM documents")).scalar() == found


def test_many_threads_may_open_a_new_database_at_once(tmp_path: Path) -> None:
    failures: list[Exception] = []

    def open_it() -> None:
        try:
            Database(tmp_path / "library.db", "library")
        except Exception as error:  # noqa: BLE001  # whatever it is, the test shows it
            failures.append(error)

    threads = [threading.Thread(target=open_it) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


def test_a_write_that_fails_leaves_nothing(tmp_path: Path) -> None:
    database = Database(tmp_path / "library.db", "library")

    def fail_half_way() -> None:
        with database.write() as connection:
            connection.execute(sa.text("UPDATE library SET revision = 7"))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail_half_way()
    with database.read() as connection:
        assert connection.execute(sa.text("SELECT revision FROM library")).scalar() == 0


def test_writers_wait_for_each_other(tmp_path: Path) -> None:
    database = Database(tmp_path / "library.db", "library")

    def add() -> None:
        for _ in range(20):
            with database.write() as connection:
                connection.execute(sa.text("UPDATE library SET revision = revision + 1"))

    threads = [threading.Thread(target=add) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.read() as connection:
        assert connection.execute(sa.text("SELECT revision FROM library")).scalar() == 80


def test_a_newer_schema_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "library.db"
    Database(path, "library").close()
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(HoneError, match="newer Hone"):
        Database(path, "library")


def test_a_file_that_is_no_database_is_named_with_a_remedy(tmp_path: Path) -> None:
    path = tmp_path / "library.db"
    path.write_bytes(b"not a database, though it has the name of one" * 100)
    with pytest.raises(HoneError, match=r"library\.db"):
        Database(path, "library")


@pytest.mark.parametrize(
    ("why", "kind", "forced_by"),
    [
        ("sync", "build", None),
        ("rollback", "rollback", None),
        ("promote m0001", "promotion", None),
        ("promote m0001, forced by nadia, for now", "promotion", "nadia, for now"),
        ("promote m0001, forced by ", "promotion", ""),
        ("rebuild, forced by hand", "build", None),
    ],
)
def test_what_a_move_was_is_taken_from_its_words_once(
    tmp_path: Path, why: str, kind: str, forced_by: str | None
) -> None:
    path = tmp_path / "library.db"
    at_schema(path, "library", "0005")
    with sqlite3.connect(path) as connection:
        connection.execute("INSERT INTO pointer (generation, at, why) VALUES ('g000001', 0, ?)", (why,))
    with Database(path, "library").read() as connection:
        row = connection.execute(sa.text("SELECT why, kind, forced_by FROM pointer")).one()
    assert tuple(row) == (why, kind, forced_by)
