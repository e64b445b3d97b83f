"""A log that an older Hone wrote is brought to what this one reads."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from hone.database import MIGRATIONS, Database
from hone.log.asks import ASKS, AskLog
from hone.log.rows import EVENTS, SEARCHES
from hone.log.searches import SearchLog

SEARCHED = {"id": "q1", "text": "vpn and leave?", "reason": "asked", "search_id": "own"}
MADE = (
    SEARCHED,
    {"id": "q2", "text": "vpn", "reason": "part", "search_id": "part"},
    {"id": "q3", "text": "leave", "reason": "part", "error": "no result within 10 s"},
    {"id": "q4", "text": "Tokens", "reason": "hop", "search_id": "hop"},
    {"id": "q5", "text": "vpn or leave", "reason": "asked", "search_id": "other wording"},
)


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """A log as migration 0003 left it: an ask with its searches, and a plain search."""
    path = tmp_path / "log.db"
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS / "log"))
    with sa.create_engine(f"sqlite:///{path}").connect() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0003")
    with closing(sqlite3.connect(path)) as connection, connection:
        for place, name in enumerate(("own", "part", "hop", "other wording", "plain")):
            _insert(connection, "searches", query_id=name, timestamp=f"2026-03-01T12:00:0{place}.000Z", imported=0)
        _insert(connection, "events", event_id="e", query_id="own", timestamp="2026-03-01T12:00:09.000Z", imported=0)
        _insert(connection, "asks", ask_id="a", searches=json.dumps(MADE), timestamp="2026-03-01T12:00:08.250999+00:00")
        _insert(connection, "asks", ask_id="b", searches="[]", timestamp="2026-03-01T12:00:08+00:00")
    return path


def _insert(connection: sqlite3.Connection, table: str, **known: object) -> None:
    """Write a row; what is not said is empty, as a text or as JSON."""
    columns = [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
    lists = {"query_response_hit_ids", "documents", "groups", "notices", "searches", "evidence", "claims", "degraded"}
    texts = {"client_id", "user_query", "application", "model", "generation", "action_name", "object_id", "question"}
    texts |= {"thread", "text", "verdict", "llm", "prompts"}
    values = {name: "[]" if name in lists else "" if name in texts else "{}" for name in columns}
    values |= {"ordinal": None} if "ordinal" in columns else {}
    values |= {"probability": 0.5} if "probability" in columns else {}
    row = {**values, **known}
    marks = ", ".join("?" for _ in row)
    statement = f"INSERT INTO {table} ({', '.join(row)}) VALUES ({marks})"  # the test's own names
    connection.execute(statement, list(row.values()))


@pytest.fixture
def database(old: Path) -> Iterator[Database]:
    database = Database(old, "log")
    yield database
    database.close()


def test_why_a_search_was_made_is_taken_from_the_asks(database: Database) -> None:
    found = {search.search_id: (search.origin, search.ask_id) for search in SearchLog(database).searches(origin=None)}
    assert found == {
        "own": ("typed", "a"),
        "part": ("part", "a"),
        "hop": ("hop", "a"),
        "other wording": ("widened", "a"),
        "plain": ("typed", ""),
    }


def test_all_moments_have_one_form(database: Database) -> None:
    with database.read() as connection:
        moments = [
            moment
            for table in (SEARCHES, EVENTS, ASKS)
            for moment in connection.execute(sa.select(table.c.timestamp)).scalars()
        ]
    assert len(moments) == 8
    assert {(len(moment), moment[-1]) for moment in moments} == {(len("2026-03-01T12:00:08.250Z"), "Z")}
    ask = AskLog(database).ask("a")
    assert ask.timestamp == datetime(2026, 3, 1, 12, 0, 8, 250_000, tzinfo=UTC)
    assert [found.ask_id for found in AskLog(database).asks()] == ["a", "b"]
    assert (ask.body, ask.conflicts, ask.missing) == ("", (), ())


def test_stages_stay_last_so_that_scans_do_not_read_them(database: Database) -> None:
    with database.read() as connection:
        made = sa.inspect(connection)
        assert made.get_columns("searches")[-1]["name"] == "stages"
        assert {index["name"] for index in made.get_indexes("searches")} == {"searches_by_time", "searches_by_person"}
        for table in (SEARCHES, EVENTS, ASKS):
            assert {column["name"] for column in made.get_columns(table.name)} == set(table.c.keys())
