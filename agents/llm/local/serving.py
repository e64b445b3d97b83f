"""Starts the installed model's server with `hone serve`, starts it again when it dies, and ends it with its parent."""

import logging
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Generator, Sequence
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import httpx2

from agents.llm.local.installed import CONTEXT, announce, folder_of, installed, new_key, withdraw
from hone.errors import HoneError

log = logging.getLogger(__name__)

LOOPBACK = "127.0.0.1"
SERVED = Path(__file__).with_name("served.py")
EXTRA = 'pip install "hone[llm]"'
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 60.0  # seconds before a server that died is started again
LIVED = 60.0  # seconds after which a server was well, so that the next pause is a short one
ENDING = 5.0  # seconds that it has to end by itself
GLANCE = 0.2  # seconds between two looks whether it is ready


class LocalServer:
    """One model's server as a child process; whoever reads its address finds it in the workspace."""

    def __init__(self, home: Path, command: Sequence[str], port: int, key: str) -> None:
        self.url, self._root = f"http://{LOOPBACK}:{port}/v1", f"http://{LOOPBACK}:{port}"
        self._home, self._command, self._key = home, command, key
        self._process: subprocess.Popen[bytes] | None = None
        self._stopping = threading.Event()
        self._watch = threading.Thread(target=self._keep, name="local-llm", daemon=True)

    def start(self) -> None:
        """Start it, and a thread that starts it again when it dies."""
        self._begin()
        self._watch.start()

    def stop(self) -> None:
        """End it: its standard input is closed, then it is told to, then it is made to."""
        self._stopping.set()
        process = self._process
        if process is not None:
            _end(process)
        self._watch.join(ENDING)
        withdraw(self._home)

    def is_ready(self) -> bool:
        """Check whether it has loaded its model."""
        with suppress(httpx2.HTTPError):
            return httpx2.get(f"{self._root}/health", timeout=GLANCE * 5, trust_env=False).status_code == 200
        return False

    def wait(self, seconds: float) -> None:
        """Wait until it is ready, or say that it isn't."""
        waited = 0.0
        while not self.is_ready():
            if waited >= seconds or (self._process is not None and self._process.poll() is not None):
                raise HoneError(
                    "The local LLM's server doesn't start.",
                    hint=f"See {folder_of(self._home) / 'server.log'}; is there enough memory for the model?",
                )
            self._stopping.wait(GLANCE)
            waited += GLANCE

    def _begin(self) -> None:
        with (folder_of(self._home) / "server.log").open("wb") as output:
            process = subprocess.Popen(self._command, stdin=subprocess.PIPE, stdout=output, stderr=output)
        assert process.stdin is not None
        with suppress(BrokenPipeError):
            process.stdin.write(f"{self._key}\n".encode())
            process.stdin.flush()
        self._process = process
        announce(self._home, self.url, self._key, process.pid)
        if self._stopping.is_set():
            _end(process)

    def _keep(self) -> None:
        """Start it again whenever it dies, after pauses that grow while it does so soon."""
        pause = FIRST_PAUSE
        while not self._stopping.is_set():
            assert self._process is not None
            lived = _lasted(self._process)
            if self._stopping.is_set():
                return
            pause = FIRST_PAUSE if lived > LIVED else pause
            log.warning("the local LLM's server ended (%s); starting it again", self._process.returncode)
            if self._stopping.wait(pause):
                return
            pause = min(pause * 2, LONGEST_PAUSE)
            self._begin()


@contextmanager
def served_locally(home: Path) -> Generator[LocalServer | None]:
    """Serve the installed model meanwhile; without one, or without what serves it, nothing is served."""
    model = installed(home)
    if model is None:
        yield None
        return
    if not can_serve():
        log.warning("%s is installed, but not what serves it: %s", model.name, EXTRA)
        yield None
        return
    port = free_port()
    file = str(folder_of(home) / model.file)
    command = [sys.executable, str(SERVED), file, str(port), str(CONTEXT), model.name]
    server = LocalServer(home, command, port, new_key())
    server.start()
    try:
        yield server
    finally:
        server.stop()


def can_serve() -> bool:
    """Check whether what serves a model is installed."""
    return find_spec("xllamacpp") is not None


def free_port() -> int:
    """Find a port of loopback that nobody uses."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        found: Any = probe.getsockname()
        return int(found[1])


def _lasted(process: subprocess.Popen[bytes]) -> float:
    began = time.monotonic()
    process.wait()
    return time.monotonic() - began


def _end(process: subprocess.Popen[bytes]) -> None:
    with suppress(OSError):
        if process.stdin is not None:
            process.stdin.close()
    try:
        process.wait(ENDING / 2)
    except subprocess.TimeoutExpired:
        process.terminate()
        try:
            process.wait(ENDING / 2)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
