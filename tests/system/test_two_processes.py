"""Two processes at one workspace: each gets its turn or a message with a remedy, and nothing is damaged."""

import json
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from hone.progress import Silent
from hone.records import SearchResult
from retriever.indexing.generations import rebuild, verify_all
from retriever.library.library import Library
from retriever.searching.searcher import Question, Searcher
from tests.commands import Run

EXCHANGES, THREADS = 5, 32
Command = subprocess.Popen[str]


def write_files(site: Any, count: int, said: str = "first") -> None:
    for number in range(count):
        site.write(f"{number}.md", f"# File {number}\n\nThe falcon of number{number} said {said}.\n")


def is_whole(site: Any, files: int) -> None:
    workspace = site.workspace()
    assert [verdict for verdict in verify_all(workspace) if verdict.damage] == []
    assert Library(workspace.database).count() == (files, files)
    live = workspace.registry.live()
    assert live is not None
    assert live.passages == files
    workspace.close()


@pytest.mark.slow
def test_two_syncs_of_a_fresh_workspace_take_turns(site: Any) -> None:
    write_files(site, 20)
    both = [site.start("documents", "sync", "--json") for _ in range(2)]
    told = [command.communicate() for command in both]
    assert [command.returncode for command in both] == [0, 0], told
    added = sorted(json.loads(out)["sources"][0]["added"] for out, _ in told)
    assert added == [0, 20], "one of them read everything, and the other found nothing left to do"
    is_whole(site, 20)


def test_who_does_not_want_to_wait_is_told_who_is_at_work(site: Any, hone_at: Run) -> None:
    write_files(site, 5)
    assert hone_at(site.home, "documents", "sync").code == 0
    site.write("new.md", "# New\n")
    workspace = site.workspace()
    with workspace.writing("hone index rebuild", wait=0):
        for command in (("documents", "sync"), ("index", "rebuild"), ("index", "prune")):
            told = hone_at(site.home, *command, "--wait", "0")  # a lock is another's for whoever opens it anew
            assert told.code == 1
            assert f"`hone index rebuild` (process {os.getpid()}" in told.err
            assert "--wait SECONDS" in told.err
        assert hone_at(site.home, "search", "falcon").code == 0, "searching needs no turn"
    workspace.close()
    assert hone_at(site.home, "documents", "sync", "--wait", "0").code == 0


@pytest.mark.proof
def test_searches_go_on_through_syncs_and_rebuilds_and_never_mix_generations(site: Any) -> None:
    write_files(site, 12)
    assert site.run("documents", "sync").returncode == 0
    workspace = site.workspace()
    searcher = Searcher(workspace)
    results: list[SearchResult] = []
    for number in range(2):
        write_files(site, 12, said=f"time{number}")
        for arguments in (("documents", "sync"), ("index", "rebuild")):
            command = site.start(*arguments)
            while command.poll() is None:
                results.append(searcher.search(Question(text="falcon said", hits=12, per_document=1)))
            _, told = command.communicate()
            assert (command.returncode, told) == (0, "")
            results.append(searcher.search(Question(text="falcon said", hits=12, per_document=1)))
    for result in results:
        assert result.notices == ()
        assert len({hit.document for hit in result.hits}) == len(result.hits)
        assert len(result.stages["dense"]) <= 12, "each generation holds twelve passages: more come from two of them"
    assert [result.generation for result in results] == sorted(result.generation for result in results)
    assert len({result.generation for result in results}) >= 4
    assert {hit.text[-6:-1] for hit in results[-1].hits} == {"time1"}
    searcher.close()
    workspace.close()
    is_whole(site, 12)


@pytest.mark.proof
def test_searches_of_other_processes_go_on_too(site: Any) -> None:
    write_files(site, 8)
    assert site.run("documents", "sync").returncode == 0
    rebuilding = site.start("index", "rebuild")
    while rebuilding.poll() is None:
        told = site.run("search", "falcon", "--json")
        assert (told.returncode, told.stderr) == (0, "")
        assert len(json.loads(told.stdout)["hits"]) == 8
        assert site.run("index", "verify").returncode == 0
    assert rebuilding.returncode == 0


@pytest.mark.proof
@pytest.mark.usefixtures("built_apart")
def test_threads_share_a_searcher_while_generations_are_exchanged(site: Any) -> None:
    write_files(site, 10)
    assert site.run("documents", "sync").returncode == 0
    workspace = site.workspace()
    searcher, errors, seen = Searcher(workspace), list[BaseException](), set[str]()
    over = threading.Event()

    def ask(number: int) -> None:
        try:
            while not over.is_set():
                result = searcher.search(Question(text=f"number{number % 10} falcon", hits=3))
                assert result.hits[0].document == f"docs/{number % 10}.md"
                assert result.notices == ()
                seen.add(result.generation)
        except BaseException as error:  # noqa: BLE001 -- whatever it is, the test is to see it
            errors.append(error)

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(THREADS)]
    for thread in threads:
        thread.start()
    for _ in range(EXCHANGES):
        rebuild(workspace, Silent())
    live = workspace.registry.live()
    assert live is not None
    deadline = time.monotonic() + 60
    while live.id not in seen and not errors and time.monotonic() < deadline:
        time.sleep(0.01)
    over.set()
    for thread in threads:
        thread.join()
    searcher.close()
    views = workspace.index / ".views"
    assert errors == []
    assert live.id in seen
    assert [path for path in views.iterdir() if path.is_dir()] == [], "a generation was left and never closed"
    workspace.close()


@pytest.mark.proof
@pytest.mark.parametrize("moment", ["reading", "building"])
def test_ctrl_c_ends_a_sync_with_a_message_and_the_next_one_finishes(
    site: Any, moment: str, builder_of: Callable[[Command], int], all_ended: Callable[[int], None]
) -> None:
    write_files(site, 200)
    command = site.start("documents", "sync")
    if moment == "building":
        assert holds_back(builder_of(command), signal.SIGINT), "Ctrl-C reaches a builder that is just starting"
    else:
        wait_until_written(site, command)
    os.killpg(command.pid, signal.SIGINT)  # as a terminal does: the whole foreground group
    out, told = command.communicate()
    assert command.returncode == 130, told
    assert out == ""
    assert told.startswith("Interrupted")
    assert told.count("\n") == 1
    all_ended(command.pid)
    done = site.run("documents", "sync", "--json")
    assert done.returncode == 0
    if moment == "building":
        assert json.loads(done.stdout)["sources"][0]["unchanged"] == 200
    is_whole(site, 200)


def holds_back(process: int, signal_: signal.Signals) -> bool:
    """Tell whether a process has a signal blocked."""
    status = Path(f"/proc/{process}/status").read_text()
    return bool(int(status.split("SigBlk:")[1].split()[0], 16) >> (signal_ - 1) & 1)


def wait_until_written(site: Any, command: Command) -> None:
    """Wait until it holds the writers' lock, so that it is past its imports."""
    deadline = time.monotonic() + 60
    while not Path(site.home / "writing.json").exists():
        assert command.poll() is None, command.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.005)
