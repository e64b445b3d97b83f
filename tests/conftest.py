"""What every test may use: small workspaces with an encoder that needs no model."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from hone.settings import read_settings
from hone.workspace import Workspace

MakeWorkspace = Callable[..., Workspace]


@pytest.fixture(autouse=True)
def same_main() -> Iterator[None]:
    """Put `__main__` back: AppTest leaves a page's script there, and every process spawned later would run it."""
    main = sys.modules["__main__"]
    yield
    sys.modules["__main__"] = main


@pytest.fixture
def make_workspace(tmp_path: Path) -> Iterator[MakeWorkspace]:
    """Make a workspace from the text of its hone.toml; the encoder is the hash encoder unless it says otherwise."""
    made: list[Workspace] = []

    def make(toml: str = "", name: str = "home") -> Workspace:
        home = tmp_path / name
        home.mkdir(exist_ok=True)
        encoder = "" if "[encoder]" in toml else '\n[encoder]\nmodel = "hash"\n'
        (home / "hone.toml").write_text(toml + encoder, encoding="utf-8")
        made.append(Workspace(read_settings(home)))
        return made[-1]

    yield make
    for workspace in made:
        workspace.close()
