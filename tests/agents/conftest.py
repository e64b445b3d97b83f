"""An LLM for the agents' tests: a real server on loopback that follows a script."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from agents.assistant import Assistant
from agents.llm.capabilities import Capabilities
from agents.llm.client import Llm
from hone.settings import LlmSettings, read_settings
from hone.workspace import Workspace
from tests.agents.workplace import TOML, index, write
from tests.copying import copied
from tests.llm_server import LlmServer

MakeLlm = Callable[..., Llm]
Company = Callable[..., Workspace]


@pytest.fixture(scope="session")
def indexed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The company of `workplace`, read and indexed once for all tests."""
    folder = tmp_path_factory.mktemp("company")
    write(folder)
    (folder / "home").mkdir()
    (folder / "home" / "hone.toml").write_text(TOML + '[encoder]\nmodel = "hash"\n', encoding="utf-8")
    index(Workspace(read_settings(folder / "home"))).close()
    return folder


@pytest.fixture
def company(indexed: Path, tmp_path: Path) -> Iterator[Company]:
    """Open a copy of the company, with more settings if need be."""
    made: list[Workspace] = []

    def make(toml: str = "") -> Workspace:
        folder = tmp_path / f"company{len(made)}"
        copied(indexed, folder)
        with (folder / "home" / "hone.toml").open("a", encoding="utf-8") as file:
            file.write(toml)
        made.append(Workspace(read_settings(folder / "home")))
        return made[-1]

    yield make
    for workspace in made:
        workspace.close()


@pytest.fixture
def assistant(company: Company) -> Iterator[Assistant]:
    """The company's assistant, with no LLM."""
    assistant = Assistant(company())
    yield assistant
    assistant.close()


@pytest.fixture
def llm_server() -> Iterator[LlmServer]:
    """A scripted server that speaks the OpenAI protocol."""
    server = LlmServer()
    yield server
    server.stop()


@pytest.fixture
def make_llm(llm_server: LlmServer, tmp_path: Path) -> MakeLlm:
    """Open an LLM at the scripted server; settings may be changed, and a file given that remembers."""

    def make(**changes: Any) -> Llm:
        settings = LlmSettings.model_validate(
            {"base_url": llm_server.url, "model": "scripted", "timeout": 30.0, "max_tokens": 64, **changes}
        )
        return Llm(settings, Capabilities(tmp_path / "llm.json", settings))

    return make
