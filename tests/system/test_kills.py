"""Killed at any moment, an ingestion loses nothing that it reported, and the next run finishes the job."""

import json
import os
import random
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from hone.records import EVERYONE
from hone.workspace import Workspace
from retriever.indexing.generations import verify_all
from retriever.library.library import Library
from retriever.searching.searcher import Question, Searcher
from retriever.storing import engine_for
from tests.retriever.storing.points import ids_in

KILLS, FINISH_EVERY = 30, 6
FILES = 24  # about as many as there are at any time

Command = subprocess.Popen[str]


class Folder:
    """A folder that keeps changing; every file's text has a word of its own, which changes with it."""

    def __init__(self, root: Path, chance: random.Random) -> None:
        self._root, self._chance = root, chance
        self._count = 0
        self.words: dict[str, str] = {}  # by path

    def change(self) -> None:
        """Add, edit, rename or delete a few files."""
        for _ in range(self._chance.randint(1, 4)):
            few = len(self.words) < FILES
            self._chance.choice(
                (self._add, self._add, self._edit, self._rename, *(() if few else (self.delete,) * 3))
            )()

    def _add(self) -> None:
        self._count += 1
        self._write(f"{self._chance.choice('abc')}/file{self._count}.md")

    def _edit(self) -> None:
        if self.words:
            self._write(self._chance.choice(sorted(self.words)))

    def _rename(self) -> None:
        if self.words:
            old = self._chance.choice(sorted(self.words))
            self._count += 1
            new = f"{self._chance.choice('abc')}/moved{self._count}.md"
            (self._root / new).parent.mkdir(exist_ok=True)
            (self._root / old).rename(self._root / new)
            self.words[new] = self.words.pop(old)

    def delete(self) -> None:
        gone = self._chance.choice(sorted(self.words))
        (self._root / gone).unlink()
        del self.words[gone]

    def _write(self, path: str) -> None:
        self._count += 1
        self.words[path] = f"word{self._count}"
        (self._root / path).parent.mkdir(exist_ok=True)
        (self._root / path).write_text(f"# File\n\nThis is known by {self.words[path]} and by nothing else.\n")


@pytest.mark.proof
def test_thirty_kills_lose_nothing_and_leave_nothing(
    site: Any, all_ended: Callable[[int], None], leftovers: Callable[[Path], list[str]]
) -> None:
    chance = random.Random(60)
    folder = Folder(site.folder, chance)
    for _ in range(12):
        folder.change()
    began = time.monotonic()
    must_finish(site, folder)
    whole_run = time.monotonic() - began
    killed = 0
    while killed < KILLS:
        folder.change()
        command = site.start("documents", "sync", "--json")
        time.sleep(chance.uniform(0.1, 1.05) * whole_run)
        if command.poll() is None:
            kill(command, chance)
            killed += 1
        command.communicate()
        all_ended(command.pid)
        if killed % FINISH_EVERY == 0:
            must_finish(site, folder)
            assert leftovers(site.home) == []


def kill(command: Command, chance: random.Random) -> None:
    """Kill the command alone, as the kernel does when memory runs out, or with all of its group, as a terminal does."""
    if chance.random() < 0.5:
        command.kill()
    else:
        os.killpg(command.pid, signal.SIGKILL)


def must_finish(site: Any, folder: Folder) -> None:
    done = site.run("documents", "sync", "--json")
    assert (done.returncode, done.stderr) == (0, "")
    report = json.loads(done.stdout)
    counts = report["sources"][0]
    assert counts["rejected"] == []
    assert sum(counts[name] for name in ("added", "changed", "renamed", "unchanged")) == len(folder.words)
    workspace = site.workspace()
    try:
        check_library(workspace, folder, report["passages"])
        check_search(workspace, folder)
        assert [verdict for verdict in verify_all(workspace) if verdict.damage] == []
    finally:
        workspace.close()


def check_library(workspace: Workspace, folder: Folder, reported: int) -> None:
    library = Library(workspace.database)
    documents = list(library.documents())
    assert sorted(document.path for document in documents) == sorted(folder.words)
    for document in documents:
        assert folder.words[document.path] in library.text(document.id)
    live = workspace.registry.live()
    assert live is not None
    assert live.passages == reported == library.count()[1]
    store = engine_for(workspace).open(live.id)
    assert ids_in(store, frozenset({EVERYONE})) == {
        passage.id for document in documents for passage in library.passages(document.id)
    }
    store.close()


def check_search(workspace: Workspace, folder: Folder) -> None:
    searcher = Searcher(workspace)
    questions = [Question(text=f"known by {word}", hits=5) for word in folder.words.values()]
    for (path, word), result in zip(folder.words.items(), searcher.search_all(questions), strict=True):
        assert [hit.path for hit in result.hits if word in hit.text.replace(".", " ").split()] == [path]
        assert result.notices == ()
    searcher.close()


@pytest.mark.proof
def test_a_killed_builder_fails_the_command_and_the_next_one_finishes(
    site: Any,
    builder_of: Callable[[Command], int],
    all_ended: Callable[[int], None],
    leftovers: Callable[[Path], list[str]],
) -> None:
    folder = Folder(site.folder, random.Random(1))
    folder.change()
    must_finish(site, folder)
    folder.change()
    command = site.start("documents", "sync")
    os.kill(builder_of(command), signal.SIGKILL)
    _, said = command.communicate()
    assert command.returncode == 1
    assert "killed" in said
    assert "Traceback" not in said
    all_ended(command.pid)
    assert site.run("search", "known by").returncode == 0
    must_finish(site, folder)
    assert leftovers(site.home) == []


@pytest.mark.proof
def test_a_builder_ends_with_the_command_that_started_it(
    site: Any, builder_of: Callable[[Command], int], all_ended: Callable[[int], None]
) -> None:
    folder = Folder(site.folder, random.Random(2))
    for _ in range(3):
        folder.change()
    must_finish(site, folder)
    folder.delete()  # nothing is added, so the builder has no progress to tell that would show it that it is alone
    command = site.start("documents", "sync")
    builder = builder_of(command)
    deadline = time.monotonic() + 60
    while not has_open(builder, "library.db"):  # until then it has not even been told what to build
        assert time.monotonic() < deadline
        time.sleep(0.005)
    os.kill(builder, signal.SIGSTOP)  # so that it is sure to have its work before it when the command is killed
    command.kill()
    os.kill(builder, signal.SIGCONT)
    _, said = command.communicate()
    all_ended(command.pid)
    assert said == ""
    assert not (site.home / "index" / "g000002" / "manifest.json").exists(), "it went on with nobody to tell"
    must_finish(site, folder)


def has_open(process: int, name: str) -> bool:
    try:
        return any(handle.readlink().name == name for handle in Path(f"/proc/{process}/fd").iterdir())
    except OSError:  # a handle that was closed meanwhile
        return False
