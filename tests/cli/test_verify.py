"""`hone verify`, and what every other command says when a database is damaged."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

Hone = Callable[..., Any]


@pytest.fixture(autouse=True)
def used(tmp_path: Path, hone: Hone) -> None:
    """Two documents and a log."""
    (tmp_path / "docs").mkdir()
    for name in ("leave", "notice"):
        (tmp_path / "docs" / f"{name}.md").write_text(f"# {name}\n\nThe {name} is thirty days.\n")
    assert hone("documents", "add", tmp_path / "docs", "-g", "everyone").code == 0
    assert hone("search", "leave").code == 0


def execute(home: Path, statement: str) -> None:
    with closing(sqlite3.connect(home / "library.db")) as connection, connection:
        assert connection.execute(statement).rowcount == 1


@pytest.mark.parametrize("command", [("verify",), ("index", "verify")])
def test_everything_is_good_until_something_is_not(hone: Hone, home: Path, command: tuple[str, ...]) -> None:
    told = hone(*command)
    assert told.code == 0
    assert {line.rpartition(": ")[2] for line in told.out.splitlines()} == {"good"}
    execute(home, "UPDATE documents SET text = replace(text, 'thirty', 'thirsty') WHERE path = 'leave.md'")
    told = hone(*command, "--json")
    assert told.code == 1
    (wrong,) = [item for item in told.json if item["verdict"] != "good"]
    assert (wrong["thing"], wrong["verdict"]) == ("document docs/leave.md", "damaged")
    assert wrong["remedy"] in hone(*command).out


@pytest.mark.parametrize("name", ["leave.md", "damaged"])
def test_the_remedy_mends_it(hone: Hone, home: Path, name: str) -> None:
    execute(home, "UPDATE documents SET text = replace(text, 'thirty', 'thirsty') WHERE path = 'leave.md'")
    execute(home, "UPDATE passages SET text = replace(text, 'thirty', 'thirsty') WHERE document = 'docs/leave.md'")
    assert [hit["document"] for hit in hone("search", "leave", "--json").json["hits"]] == ["docs/notice.md"]
    assert hone("documents", "show", "docs/leave.md").code == 1
    assert hone("documents", "sync", "--reread", name).code == 0
    assert hone("verify").code == 0
    assert hone("search", "leave", "--json").json["hits"][0]["text"] == "The leave is thirty days."


@pytest.mark.parametrize("share", [0.02, 0.5, 0.9])
def test_a_truncated_log_is_said_and_searching_goes_on(hone: Hone, home: Path, share: float) -> None:
    with closing(sqlite3.connect(home / "log.db")) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    content = (home / "log.db").read_bytes()
    (home / "log.db").write_bytes(content[: int(len(content) * share)])
    told = hone("search", "leave", "--json")
    assert told.code == 0
    assert told.json["hits"]
    assert ["log.db" in notice for notice in told.json["notices"]] == [True]
    for command in (("searches", "list"), ("searches", "stats"), ("searches", "export", "-"), ("verify",)):
        told = hone(*command)
        assert told.code == 1, command
        assert "log.db" in told.out + told.err
    assert "hone verify" in hone("searches", "list").err


def test_without_a_workspace_it_says_how_to_make_one(hone: Hone, home: Path) -> None:
    for file in home.glob("*.db*"):
        file.unlink()
    told = hone("verify")
    assert told.code == 1, "an index without a library is no empty workspace"
    assert "library.db: missing" in told.out
