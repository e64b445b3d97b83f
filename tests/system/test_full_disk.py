"""A search needs no room on the disk: what it opens for itself is made elsewhere, and what can't be written is said."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from hone.settings import read_settings
from hone.workspace import Workspace
from retriever.searching.searcher import Question, Searcher

HONE = Path(sys.executable).parent / "hone"
SOURCE = '[encoder]\nmodel = "hash"\n[[sources]]\nname = "docs"\npath = "docs"\ngroups = ["everyone"]\n'
SIZES = {"tmpfs": 320, "ext4": 64}  # MiB; a tmpfs gives the engine's holes all of their room


def mount(system: str, image: Path, at: Path) -> bool:
    size = f"{SIZES[system]}M"
    ways = {
        "tmpfs": [["mount", "-t", "tmpfs", "-o", f"size={size}", "none", at]],
        "ext4": [["truncate", "-s", size, image], ["mkfs.ext4", "-q", image], ["mount", "-o", "loop", image, at]],
    }
    try:
        return all(subprocess.run(way, capture_output=True, check=False).returncode == 0 for way in ways[system])
    except FileNotFoundError:
        return False


@pytest.fixture(params=SIZES)
def disk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Path]:
    """A disk so small that a test can fill it."""
    place = tmp_path / "disk"
    place.mkdir()
    if not mount(request.param, tmp_path / "image", place):
        pytest.skip(f"a {request.param} can't be mounted here")
    yield place
    subprocess.run(["umount", "--lazy", place], check=True)


@pytest.fixture
def home(disk: Path, run: Any) -> Path:
    home = disk / "home"
    (home / "docs").mkdir(parents=True)
    (home / "hone.toml").write_text(SOURCE)
    for name in ("a", "b"):
        (home / "docs" / f"{name}.md").write_text(f"# {name}\n\nThe falcon of {name} sleeps.\n")
    assert run(home, "documents", "sync").returncode == 0
    return home


@pytest.fixture
def run() -> Any:
    def run(home: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run([HONE, "--home", home, *arguments], capture_output=True, text=True, check=False)

    return run


def fill(disk: Path) -> list[Path]:
    made: list[Path] = []
    for size in (2**20, 4096, 1):
        made.append(disk / f"filling{size}")
        with made[-1].open("wb", buffering=0) as file:
            while True:
                try:
                    file.write(b"x" * size)
                except OSError:
                    break
    return made


def found(home: Path) -> tuple[set[str], tuple[str, ...]]:
    workspace = Workspace(read_settings(home))
    searcher = Searcher(workspace)
    result = searcher.search(Question(text="falcon"))
    searcher.close()
    workspace.close()
    return {hit.document for hit in result.hits}, result.notices


@pytest.mark.slow
def test_a_search_on_a_full_disk_finds_what_it_found_before(disk: Path, home: Path, run: Any) -> None:
    filling = fill(disk)
    assert os.statvfs(disk).f_bavail < 16
    hits, notices = found(home)
    assert hits == {"docs/a.md", "docs/b.md"}
    assert [notice for notice in notices if "log.db" in notice], "a search that is not logged is told"
    for command, code in (("search", 0), ("documents sync", 1), ("index rebuild", 1), ("documents status", 0)):
        words = [*command.split(), *(["falcon"] if command == "search" else [])]
        done = run(home, *words)
        assert done.returncode == code, f"{command}: {done.stderr}"
        assert "Traceback" not in done.stderr
    for file in filling:
        file.unlink()
    (home / "docs" / "c.md").write_text("# c\n\nThe falcon of c sleeps.\n")
    done = run(home, "documents", "sync")
    assert done.returncode == 0, done.stderr
    assert found(home) == ({"docs/a.md", "docs/b.md", "docs/c.md"}, ())
