"""A small handbook that questions can be made from, indexed once."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from hone.settings import read_settings
from hone.workspace import Workspace
from tests.agents.workplace import TOML, index, write
from tests.cli.conftest import hone
from tests.copying import copied
from tests.llm_server import LlmServer

__all__ = ["hone"]

DOCUMENTS = {
    "wiki/glossary.md": "# Glossary\n\n- **cadge**: a group of people who work on one thing.\n- **moult**: the "
    "quarterly change of all passwords and laptops.\n",
    "wiki/travel.md": "# Travel\n\n## How to book a train\n\nBook trains in Windhover at least two days ahead.\n\n"
    "## Rates\n\n| Country | Daily rate | Currency |\n|---|---|---|\n| Chile | 54 | EUR |\n| Canada | 71 | CAD |\n",
    "wiki/faq.md": "# Canteen\n\nQ: What does lunch in the canteen cost?\nA: Lunch costs 6.50 euros.\n\n"
    "Q: When does the canteen open?\nA: At 11:30.\n",
    "wiki/faq-copy.md": "# Canteen again\n\nQ: What does lunch in the canteen cost?\nA: Lunch costs 6.50 euros.\n\n"
    "Q: When does the canteen open?\nA: At 11:30.\n",
    "wiki/noise.md": "# Cadge\n\nCadge, cadge, what is cadge.\n",
    "wiki/bating.py": "def bate(limit):\n    # Q: What is a bate?\n    # A: nothing\n    return limit\n",
    "hr/severance.md": "# Severance\n\nA severance package is a sum that is paid when somebody has to leave.\n",
    "vault/codes.md": "# Codes\n\nA vault code is a number that opens the vault in the cellar.\n",
}
MORE = '[[sources]]\nname = "vault"\npath = "../vault"\ngroups = ["nobody-is-in-here"]\n'


@pytest.fixture(scope="session")
def handbook(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The handbook's workspace."""
    folder = tmp_path_factory.mktemp("handbook")
    write(folder, DOCUMENTS)
    (folder / "home").mkdir()
    (folder / "home" / "hone.toml").write_text(f'{MORE}{TOML}[encoder]\nmodel = "hash"\n', encoding="utf-8")
    index(Workspace(read_settings(folder / "home"))).close()
    return folder


@pytest.fixture
def home(handbook: Path, tmp_path: Path) -> Path:
    """A copy that a test may write to."""
    copied(handbook, tmp_path / "handbook")
    return tmp_path / "handbook" / "home"


@pytest.fixture
def workspace(home: Path) -> Iterator[Workspace]:
    """It, open."""
    workspace = Workspace(read_settings(home))
    yield workspace
    workspace.close()


@pytest.fixture
def llm_server(home: Path) -> Iterator[LlmServer]:
    """A scripted server that the workspace's settings name."""
    server = LlmServer()
    with (home / "hone.toml").open("a", encoding="utf-8") as file:
        file.write(f'\n[llm]\nbase_url = "{server.url}"\nmodel = "scripted"\nmax_tokens = 200\n')
    yield server
    server.stop()
