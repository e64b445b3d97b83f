"""Real processes of Hone on a small workspace, and what is left of them."""

import json
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from hone.settings import read_settings
from hone.workspace import Workspace

HONE = Path(sys.executable).parent / "hone"
PATIENCE = 120.0  # for what must happen soon; only a hang takes this long


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A workspace over one folder that everyone may read, used by processes of their own."""

    home: Path
    folder: Path

    def start(self, *arguments: str | Path) -> "subprocess.Popen[str]":
        """Start a command as the leader of a session, by which all its descendants are known."""
        return subprocess.Popen(
            [HONE, "--home", self.home, *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def run(self, *arguments: str | Path) -> "subprocess.CompletedProcess[str]":
        return subprocess.run([HONE, "--home", self.home, *arguments], capture_output=True, text=True, timeout=PATIENCE)

    def write(self, name: str, text: str) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def workspace(self) -> Workspace:
        return Workspace(read_settings(self.home))


@pytest.fixture
def site(tmp_path: Path) -> Site:
    home, folder = tmp_path / "home", tmp_path / "docs"
    home.mkdir()
    folder.mkdir()
    (home / "hone.toml").write_text(
        f'[encoder]\nmodel = "hash"\n'
        f'[[sources]]\nname = "docs"\npath = {json.dumps(str(folder))}\ngroups = ["everyone"]\n'
    )
    return Site(home=home, folder=folder)


@dataclass(frozen=True, slots=True, kw_only=True)
class Process:
    """A running process, as /proc tells."""

    id: int
    parent: int
    session: int
    command: str


def processes() -> list[Process]:
    found: list[Process] = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            state, parent, _, session = (folder / "stat").read_text().rpartition(")")[2].split()[:4]
            command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:  # it has ended meanwhile
            continue
        if state != "Z":
            found.append(Process(id=int(folder.name), parent=int(parent), session=int(session), command=command))
    return found


def wait_for(condition: Callable[[], bool], what: str, seconds: float = PATIENCE) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"{what} did not come about in {seconds:.0f} s"
        time.sleep(0.02)


@pytest.fixture
def builder_of() -> Callable[["subprocess.Popen[str]"], int]:
    """Wait for the process that builds the index of a command, and give its id."""

    def find(command: "subprocess.Popen[str]") -> int:
        found: list[int] = []

        def seen() -> bool:
            assert command.poll() is None, f"it ended without building: {command.communicate()}"
            found[:] = [one.id for one in processes() if one.parent == command.pid and "spawn_main" in one.command]
            return bool(found)

        wait_for(seen, "a builder")
        return found[0]

    return find


@pytest.fixture
def all_ended() -> Callable[[int], None]:
    """Wait until nothing is left of a session."""

    def wait(session: int) -> None:
        wait_for(
            lambda: not [one for one in processes() if one.session == session],
            f"the end of {[one for one in processes() if one.session == session]}",
        )

    return wait


@pytest.fixture
def leftovers() -> Callable[[Path], list[str]]:
    """Name what stands in a home's index beside its registered generations."""

    def find(home: Path) -> list[str]:
        workspace = Workspace(read_settings(home))
        known = {item.id for item in workspace.registry.generations()}
        workspace.close()
        views = home / "index" / ".views"
        return sorted(
            [path.name for path in (home / "index").iterdir() if path.name not in {*known, ".views"}]
            + [path.name for path in (views.iterdir() if views.is_dir() else ()) if path.is_dir()]
            + [path.name for path in home.iterdir() if path.suffix in {".unfinished", ".tmp", ".writing"}]
        )

    return find
