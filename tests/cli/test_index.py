"""`hone index`: what is live, whether it is whole, and how it is made anew."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.commands import done
from tests.copying import copied

Hone = Callable[..., Any]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("index")
    (root / "docs").mkdir()
    (root / "docs" / "a.md").write_text("# A\n\nThe falcon sleeps.\n")
    (root / "home").mkdir()
    (root / "home" / "hone.toml").write_text('[encoder]\nmodel = "hash"\n')
    done(root / "home", "documents", "add", root / "docs", "-g", "everyone")
    return root / "home"


@pytest.fixture
def home(built: Path, tmp_path: Path) -> Path:
    """A copy of its own for every test; the index is as it was."""
    return copied(built, tmp_path / "home")


def test_status_says_what_is_live(hone: Hone) -> None:
    told = hone("index", "status", "--json").json
    assert (told["generation"], told["points"], told["dimensions"]) == ("g000001", 1, 256)
    assert told["passages_not_indexed_yet"] == 0
    assert "g000001" in hone("index", "status").out


def test_rebuild_makes_a_new_generation_and_prune_keeps_as_many_as_asked(hone: Hone, home: Path) -> None:
    assert hone("index", "rebuild").out.startswith("Live: g000002, 1 passages")
    rows = hone("index", "list", "--json").json
    assert [(row["generation"], row["live"], row["state"]) for row in rows] == [
        ("g000002", True, "ready"),
        ("g000001", False, "ready"),
    ]
    assert hone("index", "verify").code == 0
    assert "Deleted g000001" in hone("index", "prune", "--keep", "1").out
    assert "Nothing to delete" in hone("index", "prune", "--keep", "1").out
    assert sorted(path.name for path in (home / "index").glob("*g0*")) == ["g000002"]
    assert [hit["document"] for hit in hone("search", "falcon", "--json").json["hits"]] == ["docs/a.md"]


def test_a_rebuild_clears_what_killed_builds_left(hone: Hone, home: Path) -> None:
    for left in ("g000002", "g000099", ".g000002.copying", ".g000001.dropped"):
        (home / "index" / left / "shard").mkdir(parents=True)
    assert hone("index", "rebuild").code == 0
    assert sorted(path.name for path in (home / "index").glob("*g0*")) == ["g000001", "g000002"]


def test_another_encoder_is_put_to_use_with_its_own_index(hone: Hone, home: Path) -> None:
    (home / "hone.toml").write_text('[encoder]\nmodel = "hash"\ntruncate_dim = 64\n')
    assert hone("index", "status", "--json").json["dimensions"] == 256, "settings alone change nothing that is live"
    assert hone("search", "falcon", "--json").json["hits"]
    before = hone("index", "list", "--json").json[0]["model"]
    assert hone("index", "rebuild", "--encoder", "hash").code == 0
    assert hone("index", "status", "--json").json["dimensions"] == 64
    assert hone("index", "list", "--json").json[0]["model"] != before
    assert hone("search", "falcon", "--json").json["hits"]


def test_an_encoder_that_does_not_exist_is_refused_and_nothing_changes(hone: Hone) -> None:
    told = hone("index", "rebuild", "--encoder", "no/such-model")
    assert told.code in {1, 2}
    assert "→" in told.err
    assert [row["generation"] for row in hone("index", "list", "--json").json] == ["g000001"]


@pytest.mark.parametrize("command", [("list",), ("status",), ("verify",), ("rebuild",), ("prune",)])
def test_without_a_workspace_each_command_says_how_to_make_one(
    hone: Hone, home: Path, command: tuple[str, ...]
) -> None:
    shutil.rmtree(home)
    told = hone("index", *command)
    assert told.code == 2
    assert "hone documents add" in told.err


def test_an_empty_workspace_has_nothing_to_rebuild(hone: Hone, home: Path) -> None:
    shutil.rmtree(home)
    home.mkdir()
    (home / "hone.toml").write_text('[encoder]\nmodel = "hash"\n')
    assert hone("documents", "sync").code == 0
    assert hone("search", "falcon").code == 1
    assert "hone documents sync" in hone("search", "falcon").err
    assert hone("index", "status").code == 1
    assert hone("index", "verify").code == 0
