"""The app as it is started by people, in a process of its own, with tokens for its people."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path

from hone.progress import Silent
from hone.settings import read_settings
from hone.workspace import Workspace
from retriever.sources.sync import sync
from sample import copy_to
from service.tokens import Tokens

CROWD = 20  # people who ask at once, each with a token of their own
SETTINGS = '\n[identity]\nmode = "demo"\n[serve]\nanswers = 32\n'
STRANGER = "[people.stranger{number}]\n"
PATIENCE = 120.0  # seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What came back, and how long it took."""

    status: int
    retry_after: str
    text: str
    milliseconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """A running app."""

    home: Path
    url: str
    process: "subprocess.Popen[str]"

    @property
    def memory(self) -> float:
        """Its resident memory, in MiB."""
        status = Path(f"/proc/{self.process.pid}/status").read_text(encoding="utf-8")
        return int(status.partition("VmRSS:")[2].split()[0]) / 1024

    def token(self, person: str) -> str:
        """Make a token."""
        workspace = Workspace(read_settings(self.home))
        try:
            return Tokens(workspace.database).create(person)[1]
        finally:
            workspace.close()

    def ask(self, token: str, question: str) -> Reply:
        """Ask, and listen to the events until the last."""
        return call(self.url, token, "POST", "/api/ask", json.dumps({"question": question}))


def call(url: str, token: str, method: str, path: str, body: str | None = None) -> Reply:
    """Call the API on a connection of its own."""
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    began = time.perf_counter()
    connection = HTTPConnection(url.removeprefix("http://"), timeout=PATIENCE)
    connection.request(method, path, body, headers)
    reply = connection.getresponse()
    text = reply.read().decode()
    connection.close()
    took = (time.perf_counter() - began) * 1000
    return Reply(status=reply.status, retry_after=reply.getheader("Retry-After") or "", text=text, milliseconds=took)


def prepared(home: Path) -> Path:
    """Make the workspace, unless it is there: the sample company, and a crowd that may read what everybody may."""
    if not (home / "index").exists():
        copy_to(home)
        with (home / "hone.toml").open("a", encoding="utf-8") as file:
            file.write(SETTINGS + "".join(STRANGER.format(number=number) for number in range(CROWD)))
        workspace = Workspace(read_settings(home))
        sync(workspace, [], Silent(), wait=0)
        workspace.close()
    return home


@contextmanager
def running(home: Path) -> Generator[Running]:
    """Start the app, and stop it afterwards."""
    command = [str(Path(sys.executable).parent / "hone"), "--home", str(home), "serve", "--no-open", "--port", "0"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env={**os.environ, "HF_HUB_OFFLINE": "1"})
    try:
        yield Running(home=home, url=_address(process), process=process)
    finally:
        process.terminate()
        process.wait(PATIENCE)


def _address(process: "subprocess.Popen[str]") -> str:
    lines: Iterator[str] = iter(process.stdout or ())
    said = next(lines, "")
    if not said.startswith("Hone is at "):
        sys.exit(f"The app did not start: {said!r}")
    return said.split()[-1]
