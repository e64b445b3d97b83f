"""Promotion and rollback where a server keeps the generations: a collection each, brought up to date in place."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from qdrant_client import QdrantClient

from hone.progress import Silent
from hone.workspace import Workspace
from retriever.indexing.beside import build_beside
from retriever.searching.searcher import Question, Searcher
from retriever.storing.server import ServerEngine
from tests.retriever.storing.points import IN_MEMORY
from tests.training.promotions import decide, follow, live_of, narrowed, open_shop, passed, reweighed, write
from training.candidates.candidates import Candidate, register
from training.candidates.promoting import promote, rollback
from training.candidates.pruning import drop_refused


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> ServerEngine:
    engine = ServerEngine(QdrantClient(":memory:"), "test", words=IN_MEMORY)

    def open_it(*_: object) -> ServerEngine:
        return engine

    monkeypatch.setattr("retriever.storing.open_server", open_it)
    return engine


@pytest.fixture
def workspace(engine: ServerEngine, tmp_path: Path) -> Iterator[Workspace]:
    del engine
    workspace = open_shop(tmp_path / "home", '[encoder]\nmodel = "hash"\n[store]\nengine = "server"\n')
    yield workspace
    workspace.close()


def best(workspace: Workspace, words: str) -> tuple[str, str]:
    searcher = Searcher(workspace)
    result = searcher.search(Question(text=words))
    searcher.close()
    assert (result.model, result.notices) == (live_of(workspace).model.id, ())
    return result.hits[0].document, result.generation


@pytest.mark.parametrize("make", [narrowed, reweighed])
def test_a_candidates_collection_is_brought_up_to_date_and_goes_live_and_back(
    workspace: Workspace, engine: ServerEngine, make: Callable[[Workspace], Candidate]
) -> None:
    candidate = make(workspace)
    beside = build_beside(workspace, register(workspace, candidate), Silent(), wait=5)
    decide(workspace, candidate)
    assert (live_of(workspace).id, beside.id) == ("g000001", "g000002")
    write(workspace, "jess", "The jess came later.")
    follow(workspace)
    assert best(workspace, "jess came later") == ("jess", "g000001")
    promoted = promote(workspace, "m0001", Silent(), wait=5)
    assert (promoted.id, promoted.passages) == ("g000002", 6)
    assert best(workspace, "jess came later") == ("jess", "g000002")
    write(workspace, "bell", "The bell rings when she moves.")
    follow(workspace)
    assert best(workspace, "rings when she moves") == ("bell", "g000002")
    assert rollback(workspace, Silent(), wait=5).id == "g000001"
    assert best(workspace, "rings when she moves") == ("bell", "g000001")
    assert engine.exists("g000001")


def test_a_refused_candidates_collection_is_dropped(workspace: Workspace, engine: ServerEngine) -> None:
    candidate = narrowed(workspace)
    build_beside(workspace, register(workspace, candidate), Silent(), wait=5)
    decide(workspace, candidate, "refused", reason="Worse.")
    assert engine.exists("g000002")
    assert drop_refused(workspace, wait=5) == ["g000002"]
    assert not engine.exists("g000002")


def test_promoting_again_after_a_rollback_takes_the_collection_that_is_there(workspace: Workspace) -> None:
    passed(workspace, narrowed(workspace))
    first = promote(workspace, "m0001", Silent(), wait=5)
    rollback(workspace, Silent(), wait=5)
    assert promote(workspace, "m0001", Silent(), wait=5).id == first.id
    assert [move.why for move in workspace.registry.moves()] == [
        "first index",
        "promote m0001",
        "rollback",
        "promote m0001",
    ]
