"""The command line as people use it: words in, an exit code and two streams out."""

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from cli.main import main

HONE = Path(sys.executable).parent / "hone"


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What a command left behind."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Run = Callable[..., Said]


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
def hone(home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run the entry point in this process; a traceback would fail the test that caused it."""

    def run(*arguments: str | Path) -> Said:
        monkeypatch.setattr(sys, "argv", ["hone", "--home", str(home), *map(str, arguments)])
        capsys.readouterr()
        try:
            main()
            code = 0
        except SystemExit as end:
            code = int(end.code or 0)
        said = capsys.readouterr()
        return Said(code=code, out=said.out, err=said.err)

    return run


@pytest.fixture
def real_hone(home: Path) -> Run:
    """Run the installed command in a process of its own."""

    def run(*arguments: str | bytes | Path, at: Path | None = None) -> Said:
        place = () if at else ("--home", home)
        done = subprocess.run([HONE, *place, *arguments], capture_output=True, text=True, cwd=at, timeout=120)
        return Said(code=done.returncode, out=done.stdout, err=done.stderr)

    return run
