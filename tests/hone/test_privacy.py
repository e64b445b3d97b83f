"""Nobody but its owner reads a home; the suite may run as root, who can give files away and still reads them."""

import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from hone.privacy import describe_exposed, keep_private
from hone.progress import Silent
from hone.workspace import Workspace
from retriever.searching.searcher import Question, Searcher
from retriever.sources.sync import sync

STRANGER = 54_321  # an account that isn't ours


def mode(path: Path) -> int:
    return stat.S_IMODE(path.lstat().st_mode)


def open_to_others(home: Path) -> list[str]:
    found = (home, *home.rglob("*"))
    return sorted(str(path) for path in found if path.name != "hone.toml" and mode(path) & 0o077)


@pytest.fixture
def used(make_workspace: Callable[..., Workspace], tmp_path: Path) -> Workspace:
    """A workspace with an index, a log and the view of a searcher that is open."""
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "a.md").write_text("# A\n\nThe falcon sleeps.\n")
    workspace = make_workspace('[[sources]]\nname = "docs"\npath = "../docs"\ngroups = ["everyone"]\n')
    sync(workspace, [], Silent(), wait=0)
    Searcher(workspace).search(Question(text="falcon"))
    return workspace


@pytest.mark.slow
def test_what_is_made_is_private_from_the_start(used: Workspace) -> None:
    names = {path.name for path in used.home.iterdir()}
    assert {"library.db", "library.db-wal", "log.db", "log.db-wal", "log.db-shm", "vectors.db", "index"} <= names
    for file in used.home.glob("*.db*"):
        assert mode(file) == 0o600, file
    assert mode(used.home) == 0o700
    generation = used.home / "index" / "g000001"
    assert [path for path in (generation, *generation.rglob("*")) if mode(path) & 0o077] == []


def test_what_an_earlier_version_left_open_is_closed_when_it_is_opened(used: Workspace, tmp_path: Path) -> None:
    (used.home / "models" / "m0001").mkdir(parents=True)
    (used.home / "models" / "m0001" / "model.safetensors").write_bytes(b"weights")
    (used.home / "papers").mkdir()
    (used.home / "papers" / "own.md").write_text("a document that lies in the home")
    outside = tmp_path / "outside"
    outside.write_text("elsewhere")
    outside.chmod(0o644)
    (used.home / "models" / "link").symlink_to(outside)
    for path in (used.home, *used.home.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)
    assert Workspace(used.settings).exposed == ()
    left = [Path(path).relative_to(used.home).as_posix() for path in open_to_others(used.home)]
    assert left == ["models/link", "papers", "papers/own.md"], "only what is Hone's is changed, and no link is followed"
    assert mode(outside) == 0o644


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_what_belongs_to_somebody_else_is_left_alone_and_named(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    file = home / "library.db"
    file.touch(mode=0o644)
    file.chmod(0o644)
    os.chown(file, STRANGER, -1)
    assert keep_private(home) == (file,)
    assert mode(file) == 0o644
    assert str(file) in caplog.text
    assert f"chmod -R go= {home}" in describe_exposed(home, (file,))
    file.chmod(0o600)
    assert keep_private(home) == ()


def test_a_home_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    assert keep_private(tmp_path / "none") == ()
    assert list(tmp_path.iterdir()) == []
