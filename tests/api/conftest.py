"""The API as programs meet it: a real server on loopback, over the sample company and over fifty people's secrets."""

import asyncio
import socket
import threading
from collections.abc import AsyncGenerator, Callable, Generator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest
import uvicorn
from starlette.applications import Starlette

from api.app import make_api
from hone.progress import Silent
from hone.settings import read_settings
from hone.workspace import Workspace
from retriever.sources.sync import sync
from sample import copy_to
from service.service import Service
from tests.agents.workplace import TOML, index, write
from tests.copying import copied
from tests.llm_server import LlmServer, hangs

KEY = "the-operators-key"
STRANGERS = 50  # people with a document each that nobody else may read
MUCH = "\n[serve]\nper_minute = 100000\nanswers = 64\nper_person = 8\n"
STRANGER = """
[[sources]]
name = "stranger{number}"
path = "stranger{number}"
groups = ["stranger{number}"]
[people.stranger{number}]
groups = ["stranger{number}"]
"""


def marker(number: int) -> str:
    """What one stranger alone may ever see."""
    return f"MARK{number:02d}{'XYZ'[number % 3]}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """A server with the service behind it."""

    url: str
    service: Service

    def token(self, person: str, days: float | None = None) -> str:
        return self.service.tokens.create(person, days=days)[1]

    def client(self, person: str = "", **headers: str) -> httpx2.Client:
        """Open a client that calls as a person, or as nobody."""
        given = {"Authorization": f"Bearer {self.token(person)}"} if person else {}
        return httpx2.Client(base_url=self.url, headers={**given, **headers}, timeout=30)


Open = Callable[[str], Workspace]


@contextmanager
def serving(workspace: Workspace, key: str = KEY, routes: list[Any] | None = None) -> Generator[Served]:
    """Serve a workspace until the block ends."""
    service = Service(workspace)
    api = make_api(service, key)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncGenerator[None]:
        async with api.lifespan():
            yield

    app = Starlette(routes=[*api.routes, *(routes or [])], lifespan=lifespan)
    taken = socket.create_server(("127.0.0.1", 0))
    settings = {"log_level": "warning", "proxy_headers": False, "timeout_graceful_shutdown": 1}
    server = uvicorn.Server(uvicorn.Config(app, **settings))  # pyright: ignore[reportArgumentType]  # a table of options
    thread = threading.Thread(target=lambda: asyncio.run(server.serve(sockets=[taken])), daemon=True)
    thread.start()
    try:
        yield Served(url=f"http://127.0.0.1:{taken.getsockname()[1]}", service=service)
    finally:
        service.close()
        server.should_exit = True
        thread.join(10)
        workspace.close()


@pytest.fixture(scope="session")
def sample_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample company with fifty strangers in it, read and indexed once."""
    home = tmp_path_factory.mktemp("sample") / "home"
    copy_to(home)
    with (home / "hone.toml").open("a", encoding="utf-8") as file:
        file.write(MUCH + '[encoder]\nmodel = "hash"\n')
        for number in range(STRANGERS):
            file.write(STRANGER.format(number=number))
            (home / f"stranger{number}").mkdir()
            text = f"# Locker\n\nThe code of the locker in the cellar is {marker(number)}.\n"
            (home / f"stranger{number}" / "locker.md").write_text(text, encoding="utf-8")
    workspace = Workspace(read_settings(home))
    sync(workspace, [], Silent(), wait=0)
    workspace.close()
    return home


@pytest.fixture(scope="session")
def sample(sample_home: Path) -> Iterator[Served]:
    """The sample company, served."""
    with serving(Workspace(read_settings(sample_home))) as served:
        yield served


@pytest.fixture(scope="session")
def nadia(sample: Served) -> Iterator[httpx2.Client]:
    """A client of somebody in no group."""
    with sample.client("nadia") as client:
        yield client


@pytest.fixture(scope="session")
def ingrid(sample: Served) -> Iterator[httpx2.Client]:
    """A client of somebody in HR."""
    with sample.client("ingrid") as client:
        yield client


@pytest.fixture(scope="session")
def workplace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small company, read and indexed once."""
    folder = tmp_path_factory.mktemp("workplace")
    write(folder)
    (folder / "home").mkdir()
    (folder / "home" / "hone.toml").write_text(TOML + '[encoder]\nmodel = "hash"\n', encoding="utf-8")
    index(Workspace(read_settings(folder / "home"))).close()
    return folder


@pytest.fixture(scope="session")
def open_workplace(workplace: Path, tmp_path_factory: pytest.TempPathFactory) -> Open:
    """Open a copy of the small company, with more settings."""

    def make(toml: str) -> Workspace:
        folder = tmp_path_factory.mktemp("copy") / "company"
        copied(workplace, folder)
        with (folder / "home" / "hone.toml").open("a", encoding="utf-8") as file:
            file.write(toml)
        return Workspace(read_settings(folder / "home"))

    return make


@pytest.fixture(scope="session")
def slow(open_workplace: Open) -> Iterator[Served]:
    """A company whose LLM takes half a minute for the first word."""
    llm = LlmServer()
    llm.always(hangs(30))
    with serving(open_workplace(f'{MUCH}[llm]\nbase_url = "{llm.url}"\nmodel = "scripted"\n')) as served:
        yield served
    llm.stop()


@pytest.fixture(scope="session")
def small(open_workplace: Open) -> Iterator[Served]:
    """A small company in which a person may ask three times at once."""
    with serving(open_workplace("[serve]\nper_minute = 12\n")) as served:
        yield served
