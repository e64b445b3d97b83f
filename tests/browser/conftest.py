"""The sample company behind a real `hone serve`, and people at real browsers."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from hone.progress import Silent
from hone.settings import read_settings
from hone.workspace import Workspace
from retriever.sources.sync import sync
from sample import copy_to
from tests.browser.chromium import started
from tests.browser.visitor import Visitor, visitor
from tests.browser.writing import hold_and_write, plan
from tests.copying import copied
from tests.llm_server import LlmServer, answers
from tests.served import DEMO, Served, served

MUCH = "\n[serve]\nper_minute = 100000\nanswers = 64\nper_person = 8\n"
HASH = '\n[encoder]\nmodel = "hash"\n'  # needs no model; the sample's questions find their documents with it too

Visit = Callable[..., Visitor]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A Chromium for each file, because only one playwright may be open in a thread and other folders open theirs."""
    with started() as browser:
        yield browser


@pytest.fixture(scope="session")
def company(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample company's workspace, read and indexed once; it is copied before anybody is let in."""
    home = tmp_path_factory.mktemp("browser") / "home"
    copy_to(home)
    with (home / "hone.toml").open("a", encoding="utf-8") as file:
        file.write(DEMO + MUCH + HASH)
    workspace = Workspace(read_settings(home))
    sync(workspace, [], Silent(), wait=0)
    workspace.close()
    return home


@pytest.fixture(scope="session")
def app(company: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The sample company, served without an LLM."""
    with served(copied(company, tmp_path_factory.mktemp("app") / "home")) as running:
        yield running


@pytest.fixture
def log(app: Served) -> Iterator[Workspace]:
    """The workspace behind the app, for reading what it wrote."""
    workspace = Workspace(read_settings(app.home))
    yield workspace
    workspace.close()


@pytest.fixture
def visit(browser: Browser, app: Served) -> Iterator[Visit]:
    """Let people in; whoever was let in is asked afterwards whether their browser had anything to complain of."""
    people: list[Visitor] = []

    def let_in(person: str, url: str = "", **options: Any) -> Visitor:
        people.append(visitor(browser, url or app.url, person, **options))
        return people[-1]

    yield let_in
    for person in people:
        person.context.close()
    for person in people:
        person.is_content()


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """The sample company with an LLM that stops in mid-sentence until it may go on."""

    app: Served
    llm: LlmServer
    go: threading.Event = field(default_factory=threading.Event)


@pytest.fixture(scope="session")
def _writing(company: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Written]:
    home = copied(company, tmp_path_factory.mktemp("written") / "home")
    llm, go = LlmServer(), threading.Event()
    llm.on("You prepare searches", answers(plan)).on("You answer a question", hold_and_write(go))
    llm.always(answers({"verdict": "sufficient", "supported": [], "contradicted": []}))
    with (home / "hone.toml").open("a", encoding="utf-8") as file:
        file.write(f'\n[llm]\nbase_url = "{llm.url}"\nmodel = "scripted"\n')
    with served(home) as running:
        yield Written(app=running, llm=llm, go=go)
    llm.stop()


@pytest.fixture
def writing(_writing: Written) -> Iterator[Written]:
    """The company with the LLM that waits; it never keeps waiting after a test."""
    _writing.go.clear()
    yield _writing
    _writing.go.set()
