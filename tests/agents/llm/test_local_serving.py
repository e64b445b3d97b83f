"""The local LLM's server is started, started again when it dies, and never outlives who started it."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import httpx2
import pytest

from agents.llm.local.installed import folder_of, running
from agents.llm.local.serving import LocalServer, free_port
from hone.errors import HoneError

CHILD = Path(__file__).with_name("local_server.py")
PATIENCE = 20.0  # seconds, for a busy machine
PARENT = """
import sys, time
from pathlib import Path
from agents.llm.local.serving import LocalServer
home, child, port = sys.argv[1:4]
server = LocalServer(Path(home), [sys.executable, child, port], int(port), "key")
server.start()
server.wait(20)
print("ready", flush=True)
time.sleep(60)
"""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    folder_of(tmp_path).mkdir()
    return tmp_path


@pytest.fixture
def server(home: Path) -> Iterator[LocalServer]:
    port = free_port()
    made = LocalServer(home, [sys.executable, str(CHILD), str(port)], port, "key")
    made.start()
    made.wait(PATIENCE)
    yield made
    made.stop()


def pid_at(url: str) -> int:
    with suppress(httpx2.HTTPError):
        return int(httpx2.get(url.replace("/v1", "/health"), timeout=2, trust_env=False).text)
    return 0


def comes(what: Callable[[], bool]) -> bool:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        if what():
            return True
        time.sleep(0.05)
    return False


def test_it_is_there_until_it_is_stopped(home: Path, server: LocalServer) -> None:
    served = running(home)
    assert served is not None
    assert (served.url, served.key, served.pid) == (server.url, "key", pid_at(server.url))
    server.stop()
    assert (pid_at(server.url), running(home)) == (0, None)
    assert not (folder_of(home) / "running.json").exists()


def test_one_that_dies_is_started_again_at_its_address(home: Path, server: LocalServer) -> None:
    first = pid_at(server.url)
    os.kill(first, signal.SIGKILL)
    assert comes(lambda: pid_at(server.url) not in (0, first))
    served = running(home)
    assert served is not None
    assert served.pid == pid_at(server.url)


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_it_ends_with_its_parent_however_that_ends(home: Path, how: signal.Signals) -> None:
    port = free_port()
    command = [sys.executable, "-c", PARENT, str(home), str(CHILD), str(port)]
    parent = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    with parent.stdout:
        assert parent.stdout.readline() == "ready\n"
        assert pid_at(f"http://127.0.0.1:{port}/v1") > 0
        parent.send_signal(how)
        parent.wait()
    assert comes(lambda: pid_at(f"http://127.0.0.1:{port}/v1") == 0)
    assert comes(lambda: running(home) is None)


def test_one_that_can_not_start_says_where_to_look(home: Path) -> None:
    server = LocalServer(home, [sys.executable, "-c", "raise SystemExit('no memory')"], free_port(), "key")
    server.start()
    try:
        with pytest.raises(HoneError) as failed:
            server.wait(PATIENCE)
        assert "server.log" in (failed.value.hint or "")
        assert "no memory" in (folder_of(home) / "server.log").read_text()
    finally:
        server.stop()
