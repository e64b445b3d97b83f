"""What `hone documents` shows, and what it says to those who ask wrongly."""

import os
import sqlite3
from pathlib import Path

import pytest

from tests.cli.documents.folders import Hone


def test_show_gives_the_stored_text_and_where_it_was_cut(hone: Hone, docs: Path) -> None:
    hone("documents", "add", docs, "-g", "everyone")
    said = hone("documents", "show", "leave.md")
    assert "title:     Leave" in said.out
    assert "Employees take leave" in said.out
    cut = hone("documents", "show", "docs/leave.md", "--passages")
    assert "[0] Leave" in cut.out


def test_status_tells_of_what_was_cut_off(hone: Hone, home: Path, docs: Path) -> None:
    hone("documents", "add", docs, "-g", "everyone")
    assert hone("documents", "status", "--json").json["behind"] is False
    with sqlite3.connect(home / "library.db") as library:
        library.execute("UPDATE library SET revision = revision + 1")
    assert "hone documents sync" in hone("documents", "status").out


@pytest.mark.parametrize(
    ("command", "code", "said"),
    [
        (("documents", "add", "nowhere"), 2, "nowhere"),
        (("documents", "add", "s3://bucket/docs", "--name", "x"), 2, "s3://bucket/docs"),
        (("documents", "add", "tests", "cli", "--name", "x"), 2, "'x'"),
        (("documents", "add", "tests", "--name", "a/b"), 2, "'a/b'"),
        (("documents", "add", "cli", "tests/cli"), 2, "'cli'"),
        (("documents", "sync", "nosuch"), 2, "nosuch"),
        (("documents", "show", "nosuch"), 2, "There is no workspace"),
        (("documents", "list"), 2, "There is no workspace"),
        (("documents", "fly"), 2, "No such command"),
    ],
)
def test_what_is_asked_wrongly_is_answered_with_a_remedy(
    hone: Hone, command: tuple[str, ...], code: int, said: str
) -> None:
    told = hone(*command)
    assert (told.code, told.out) == (code, "")
    assert said in told.err
    assert "→" in told.err or "Try 'hone" in told.err
    assert "Traceback" not in told.err


def test_what_is_not_there_can_not_be_shown_or_removed(hone: Hone, docs: Path) -> None:
    hone("documents", "add", docs, "-g", "everyone")
    for command in (("show", "nosuch"), ("remove", "nosuch"), ("remove", "--source", "nosuch")):
        told = hone("documents", *command)
        assert told.code in {1, 2}
        assert "→" in told.err
    for command in (("remove",), ("remove", "x", "--source", "y")):
        told = hone("documents", *command)
        assert (told.code, "--source" in told.err) == (2, True)


def test_bytes_that_are_no_text_are_refused(hone: Hone) -> None:
    told = hone("search", os.fsdecode(b"\xff\xfe"))
    assert told.code == 2
    assert "UTF-8" in told.err
    assert "Traceback" not in told.err


def test_a_home_may_be_called_anything(
    hone_at: Hone, home: Path, docs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    odd = home.rename(tmp_path / "ho me?a=1#b%20ü")
    monkeypatch.chdir(tmp_path)
    added = hone_at(odd, "documents", "add", docs, "-g", "everyone")
    assert added.code == 0, added.err
    told = hone_at(odd, "search", "tunnel")
    assert "docs/it/vpn.md" in told.out
    assert sorted(path.name for path in tmp_path.iterdir()) == ["docs", odd.name]
