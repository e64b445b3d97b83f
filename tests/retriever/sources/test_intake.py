"""A document keeps as many passages as the settings say, and what was left out is named wherever it is looked for."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from cli.sync_report import plain_status, plain_sync
from cli.tables import json_of
from hone.progress import Silent
from hone.workspace import Workspace
from retriever.library.library import Library
from retriever.sources.sync import sync
from service.overview.corpus import status_of

SOURCE = '[[sources]]\nname = "docs"\npath = "../docs"\ngroups = ["everyone"]\n[reading]\npassages = 3\n'


@pytest.fixture
def workspace(make_workspace: Callable[..., Workspace], tmp_path: Path) -> Workspace:
    (tmp_path / "docs").mkdir()
    parts = "\n\n".join(f"## Part {number}\n\n" + f"Noise number {number}. " * 80 for number in range(7))
    (tmp_path / "docs" / "noise.md").write_text(f"# Noise\n\n{parts}\n")
    (tmp_path / "docs" / "short.md").write_text("# Short\n\nThe falcon sleeps.\n")
    return make_workspace(SOURCE)


def test_what_is_beyond_the_cap_is_kept_named_and_not_searched(workspace: Workspace) -> None:
    synced = sync(workspace, [], Silent(), wait=0)
    (cut,) = synced.cut_short
    assert (cut.source, cut.path, cut.kept) == ("docs", "noise.md", 3)
    assert cut.passages > 3
    library = Library(workspace.database)
    assert len(library.passages("docs/noise.md")) == 3
    assert "Noise number 6" in library.text("docs/noise.md")
    assert synced.generation is not None
    assert synced.generation.passages == 4
    assert json.loads(json_of(plain_sync(synced)))["cut_short"][0]["path"] == "noise.md"
    again = sync(workspace, [], Silent(), wait=0)
    assert again.cut_short == (), "it was not read again"
    status = status_of(workspace)
    assert status.cut_short == (cut,)
    assert json.loads(json_of(plain_status(status)))["cut_short"][0]["passages"] == cut.passages
