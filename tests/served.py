"""`hone serve` as it is started by people: a process on loopback, over a small company."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hone.settings import read_settings
from hone.workspace import Workspace
from tests.agents.workplace import TOML, index, write

HONE = Path(sys.executable).parent / "hone"
PATIENCE = 300.0  # seconds for what must happen soon; only a hang takes this long
DEMO = '\n[identity]\nmode = "demo"\n'


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """A running `hone serve`."""

    home: Path
    url: str
    process: "subprocess.Popen[str]"

    @property
    def port(self) -> int:
        return int(self.url.rpartition(":")[2])

    @property
    def announced(self) -> dict[str, Any]:
        return json.loads((self.home / "serving.json").read_text(encoding="utf-8"))

    def stop(self, with_signal: int = signal.SIGTERM) -> float:
        """Stop it, and tell how many seconds that took."""
        began = time.monotonic()
        self.process.send_signal(with_signal)
        self.process.wait(PATIENCE)
        return time.monotonic() - began


def make_home(folder: Path, toml: str = DEMO) -> Path:
    """Make the small company's workspace, read and indexed."""
    write(folder)
    home = folder / "home"
    home.mkdir()
    (home / "hone.toml").write_text(f'{TOML}[encoder]\nmodel = "hash"\n{toml}', encoding="utf-8")
    index(Workspace(read_settings(home))).close()
    return home


def hone(home: Path, *arguments: str | Path, **variables: str) -> "subprocess.CompletedProcess[str]":
    """Run a command to its end."""
    environment = {**os.environ, **variables}
    command = [HONE, "--home", home, *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, env=environment)


@contextmanager
def served(
    home: Path, *arguments: str, variables: Mapping[str, str] | None = None, files: int | None = None
) -> Generator[Served]:
    """Start `hone serve` and wait until it says where it is; whatever happens, it is gone afterwards.

    `files` is how many it may open at first; the limit is set by a shell, for this process may have more open itself.
    """
    limited = ("sh", "-c", f'ulimit -Sn {files} && exec "$@"', "sh") if files else ()
    process = subprocess.Popen(
        [*limited, HONE, "--home", home, "serve", "--no-open", *(arguments or ("--port", "0"))],
        stdout=subprocess.PIPE,
        stderr=(home / "serve.log").open("w"),
        text=True,
        env={**os.environ, **(variables or {})},
    )
    try:
        assert process.stdout is not None
        said = process.stdout.readline()  # ends when the process does
        assert said.startswith("Hone is at http://"), (home / "serve.log").read_text()
        yield Served(home=home, url=said.split()[-1], process=process)
    finally:
        if process.poll() is None:
            process.kill()
        process.wait(PATIENCE)
        process.stdout.close() if process.stdout else None
