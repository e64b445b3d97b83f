"""Killed between the parts of a long sync, what was live stays, and the next sync makes the whole."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from hone.records import EVERYONE
from retriever.indexing.generations import verify_all
from retriever.library.library import Library
from retriever.searching.searcher import Question, Searcher
from retriever.storing import engine_for
from tests.retriever.storing.points import ids_in

# A sync in slices of four passages, each of which goes live; the process kills itself at a step of encoding.
SYNC = """
import os, signal, sys
from pathlib import Path
from hone.settings import read_settings
from hone.workspace import Workspace
from retriever.indexing import generations
from retriever.sources.sync import sync
generations.FIRST_PART, generations.FIRST_AT_ONCE, generations.ENCODED_AT_ONCE = 0.0, 4, 4

class Killing:
    def __init__(self, left):
        self.left, self.encoding = left, False
    def stage(self, name, total):
        self.encoding = name == "encoding"
    def advance(self, steps):
        self.left -= steps * self.encoding
        if self.left < 0:
            os.kill(os.getpid(), signal.SIGKILL)

if __name__ == "__main__":
    sync(Workspace(read_settings(Path(sys.argv[1]))), [], Killing(int(sys.argv[2])), wait=0)
"""


@pytest.mark.proof
@pytest.mark.parametrize("after", [3, 4, 9, 13])
def test_a_kill_between_parts_loses_nothing(
    site: Any, tmp_path: Path, leftovers: Callable[[Path], list[str]], after: int
) -> None:
    (tmp_path / "sync.py").write_text(SYNC)
    for number in range(16):
        site.write(f"{number}.md", f"# File {number}\n\nThis is known by word{number} and by nothing else.\n")
    done = subprocess.run([sys.executable, tmp_path / "sync.py", site.home, str(after)], check=False)
    assert done.returncode == -9
    workspace = site.workspace()
    live = workspace.registry.live()
    assert (live.passages if live else 0) == after // 4 * 4
    if live:
        searcher = Searcher(workspace)
        assert len(searcher.search(Question(text="known", hits=50)).hits) == live.passages
        searcher.close()
        assert not any(verdict.damage for verdict in verify_all(workspace))
    finished = site.run("documents", "sync", "--json")
    assert finished.returncode == 0, finished.stderr
    assert json.loads(finished.stdout)["passages"] == 16
    now = workspace.registry.live()
    assert now is not None
    store = engine_for(workspace).open(now.id)
    assert ids_in(store, frozenset({EVERYONE})) == {
        item.passage.id for item in Library(workspace.database).everything()
    }
    store.close()
    workspace.close()
    assert leftovers(site.home) == []
