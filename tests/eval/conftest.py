"""A small company with questions about it, read and indexed once."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from hone.settings import read_settings
from hone.workspace import Workspace
from tests.agents.workplace import TOML, index, write
from tests.copying import copied


@pytest.fixture(scope="session")
def company_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The company of the agents' tests: a wiki for everyone, and one page that is for HR alone."""
    folder = tmp_path_factory.mktemp("company")
    write(folder)
    (folder / "home").mkdir()
    (folder / "home" / "hone.toml").write_text(TOML + '[encoder]\nmodel = "hash"\n', encoding="utf-8")
    index(Workspace(read_settings(folder / "home"))).close()
    return folder


@pytest.fixture
def company_home(company_folder: Path, tmp_path: Path) -> Path:
    """A copy of the company's workspace that a test may write to."""
    copied(company_folder, tmp_path / "company")
    return tmp_path / "company" / "home"


@pytest.fixture
def company_workspace(company_home: Path) -> Iterator[Workspace]:
    """The company's workspace, open."""
    workspace = Workspace(read_settings(company_home))
    yield workspace
    workspace.close()
