"""Commands of Hone, run in this process: one of their own takes a second to start."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from typer.testing import CliRunner

from cli.main import app


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


def done(home: Path, *arguments: str | Path) -> None:
    """Run a command that has to succeed: for fixtures that serve many tests."""
    told = CliRunner().invoke(app, ["--home", str(home), *map(str, arguments)])
    assert told.exit_code == 0, told.output
