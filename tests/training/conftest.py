"""An office with ten documents, two passages each; one of them is for HR alone."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from hone.settings import read_settings
from hone.workspace import Workspace
from tests.copying import copied
from tests.training.office import Office, shelved

TOPICS = ("vpn", "leave", "parking", "laptop", "canteen", "badge", "printer", "travel", "pension")


@pytest.fixture(scope="session")
def shelved_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The office's databases, made once."""
    home = tmp_path_factory.mktemp("office")
    (home / "hone.toml").write_text('[encoder]\nmodel = "hash"\n', encoding="utf-8")
    office = Office(workspace=Workspace(read_settings(home)))
    office.shelve(
        *(
            shelved(
                f"{topic}.md",
                f"The {topic} rules say what everybody has to do on the first day of every month at the {topic} desk.",
                f"Whoever lost their {topic} token calls the helpdesk and waits for a new one until the evening.",
                title=f"All about {topic}",
            )
            for topic in TOPICS
        ),
        shelved("severance.md", "The severance budget.", groups=frozenset({"hr"})),
    )
    office.write()
    office.usable()
    office.workspace.close()
    return home


@pytest.fixture
def office(shelved_folder: Path, tmp_path: Path) -> Iterator[Office]:
    """Open a copy of the office; its log is empty."""
    copied(shelved_folder, tmp_path / "home")
    workspace = Workspace(read_settings(tmp_path / "home"))
    yield Office(workspace=workspace)
    workspace.close()
