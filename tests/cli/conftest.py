"""The command line as people use it: words in, an exit code and two streams out."""

import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest

from tests.commands import Run, Said

__all__ = ["HONE", "Run", "Said", "home", "hone", "real_hone"]

HONE = Path(sys.executable).parent / "hone"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A workspace whose encoder needs no model, for five people."""
    home = tmp_path / "home"
    home.mkdir()
    (home / "hone.toml").write_text(
        """
[encoder]
model = "hash"
[people.ana]
groups = ["hr"]
[people.bo]
groups = ["eng"]
[people.root]
groups = ["admin"]
""",
        encoding="utf-8",
    )
    return home


@pytest.fixture
def hone(home: Path, hone_at: Run) -> Run:
    """Run the entry point in this process; a traceback would fail the test that caused it."""
    return partial(hone_at, home)


@pytest.fixture
def real_hone(home: Path) -> Run:
    """Run the installed command in a process of its own."""

    def run(*arguments: str | bytes | Path, at: Path | None = None) -> Said:
        place = () if at else ("--home", home)
        done = subprocess.run([HONE, *place, *arguments], capture_output=True, text=True, cwd=at, timeout=120)
        return Said(code=done.returncode, out=done.stdout, err=done.stderr)

    return run
