from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from hone.progress import Silent
from hone.workspace import Workspace
from retriever.indexing.damage import MISSING, damage_of
from retriever.indexing.encoders import Encoders
from retriever.indexing.generations import bring_up_to_date, rebuild, sweep, verify_all
from retriever.indexing.keeping import prune
from retriever.library.librarian import Librarian
from retriever.sources.sync import sync
from retriever.storing import engine_for


@pytest.fixture
def workspace(make_workspace: Callable[..., Workspace], tmp_path: Path) -> Workspace:
    (tmp_path / "docs").mkdir()
    for name in ("a", "b"):
        (tmp_path / "docs" / f"{name}.md").write_text(f"# {name}\n\nThe falcon of {name}.\n")
    workspace = make_workspace('[[sources]]\nname = "docs"\npath = "../docs"\ngroups = ["everyone"]\n')
    sync(workspace, [], Silent(), wait=0)
    return workspace


def ids(workspace: Workspace) -> list[str]:
    return [item.id for item in workspace.registry.generations()]


@pytest.mark.slow
def test_an_index_follows_the_library_and_only_when_there_is_something_to_follow(workspace: Workspace) -> None:
    encoders = Encoders(workspace)
    first = bring_up_to_date(workspace, encoders, Silent())
    assert first is not None
    assert (first.id, first.passages) == ("g000001", 2)
    librarian = Librarian(workspace.database)
    librarian.remove(["docs/a.md"])
    second = bring_up_to_date(workspace, encoders, Silent())
    assert second is not None
    assert (second.id, second.passages) == ("g000002", 1)
    librarian.remove(["docs/b.md"])
    third = bring_up_to_date(workspace, encoders, Silent())
    assert third is not None
    assert third.passages == 0
    assert ids(workspace) == ["g000003", "g000002"], "the live one and one to fall back to are kept"
    assert not any(verdict.damage for verdict in verify_all(workspace))


def test_what_kills_left_is_swept_and_nothing_else(workspace: Workspace) -> None:
    for left in ("g000002", ".g000002.copying", ".g000001.dropped"):
        (workspace.index / left / "shard").mkdir(parents=True)
    (workspace.index / "notes").mkdir()
    sweep(workspace)
    assert sorted(path.name for path in workspace.index.iterdir() if path.name != ".views") == ["g000001", "notes"]


def test_pruning_keeps_the_live_one_and_drops_damaged_ones_first(workspace: Workspace) -> None:
    rebuild(workspace, Silent())
    workspace.registry.mark("g000001", "damaged")
    rebuild(workspace, Silent())
    assert ids(workspace) == ["g000003", "g000002"]
    workspace.registry.mark("g000002", "damaged")
    assert prune(workspace, 5) == ["g000002"]
    assert prune(workspace, 1) == []
    assert ids(workspace) == ["g000003"]


def test_damage_is_told_in_a_line(workspace: Workspace) -> None:
    engine, (generation,) = engine_for(workspace), workspace.registry.generations()
    assert damage_of(engine, workspace, generation) == ""
    other = replace(generation, model=replace(generation.model, card=replace(generation.model.card, hash="other")))
    assert other.model.card.hash in damage_of(engine, workspace, other)
    assert damage_of(engine, workspace, replace(generation, id="g000009")) == MISSING
    (workspace.index / generation.id / "stray").write_text("x")
    assert damage_of(engine, workspace, generation) == "stray is extra"
