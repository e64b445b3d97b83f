"""A small company whose search log can be graded, and an LLM that follows a script."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from agents.llm.capabilities import Capabilities
from agents.llm.client import Llm
from eval.rating.store import RatingStore
from hone.settings import LlmSettings, asker_of, read_settings
from hone.workspace import Workspace
from retriever import open_searcher
from retriever.searching.searcher import Question, Searcher
from tests.agents.workplace import TOML, index, write
from tests.copying import copied
from tests.llm_server import LlmServer

QUERIES = (
    ("how often is the vpn password changed", "ana"),
    ("days of annual leave for staff", "bo"),
    ("when does the parking garage open", "ana"),
    ("how often are laptops exchanged", "bo"),
    ("what does lunch cost", "ana"),
    ("severance budget codeword", "bo"),
)


@pytest.fixture(scope="session")
def searched(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The company, indexed, with what its people have searched for."""
    folder = tmp_path_factory.mktemp("rated")
    write(folder)
    (folder / "home").mkdir()
    (folder / "home" / "hone.toml").write_text(TOML + '[encoder]\nmodel = "hash"\n', encoding="utf-8")
    workspace = index(Workspace(read_settings(folder / "home")))
    searcher = open_searcher(workspace)
    for query, person in QUERIES:
        searcher.search(Question(text=query, asker=asker_of(workspace.settings, person)))
    searcher.close()
    workspace.close()
    return folder


@pytest.fixture
def workspace(searched: Path, tmp_path: Path) -> Iterator[Workspace]:
    """A copy of the company to change."""
    copied(searched, tmp_path / "company")
    workspace = Workspace(read_settings(tmp_path / "company" / "home"))
    yield workspace
    workspace.close()


@pytest.fixture
def searcher(workspace: Workspace) -> Iterator[Searcher]:
    """Its live search."""
    searcher = open_searcher(workspace)
    yield searcher
    searcher.close()


@pytest.fixture
def store(workspace: Workspace) -> Iterator[RatingStore]:
    """Its grades and labels."""
    store = RatingStore(workspace.home)
    yield store
    store.close()


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[RatingStore]:
    """Grades and labels without a company."""
    store = RatingStore(tmp_path / "kept")
    yield store
    store.close()


@pytest.fixture
def llm_server() -> Iterator[LlmServer]:
    """A scripted server that speaks the OpenAI protocol."""
    server = LlmServer()
    yield server
    server.stop()


@pytest.fixture
def make_llm(llm_server: LlmServer, tmp_path: Path) -> Callable[..., Llm]:
    """Open an LLM at the scripted server."""

    def make(**changes: Any) -> Llm:
        settings = LlmSettings.model_validate(
            {"base_url": llm_server.url, "model": "scripted", "timeout": 30.0, "max_tokens": 64, **changes}
        )
        return Llm(settings, Capabilities(tmp_path / "llm.json", settings))

    return make
