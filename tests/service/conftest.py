"""A small company with its service; the hash encoder makes it quick."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from hone.records import Asker, SearchResult
from hone.settings import read_settings
from hone.workspace import Workspace
from retriever.searching.searcher import Question
from service.service import Service
from tests.agents.workplace import TOML, index, write
from tests.copying import copied

Company = Callable[..., Workspace]
Search = Callable[..., SearchResult]


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
def service(company: Company) -> Iterator[Service]:
    """The company's service, with no LLM."""
    service = Service(company("[serve]\nper_minute = 6000\nanswers = 60\nper_person = 60\n"))
    yield service
    service.close()


@pytest.fixture
def search(service: Service) -> Search:
    """Search as somebody; it stands in the log afterwards."""

    def run(text: str, asker: Asker) -> SearchResult:
        return service.search(Question(text=text, asker=asker))

    return run
