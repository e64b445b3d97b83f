"""Searches go on while models come and go; none fails, none mixes two generations."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import groupby
from pathlib import Path

import pytest

from hone.progress import Silent
from hone.records import SearchResult
from hone.workspace import Workspace
from retriever.searching.searcher import Question, Searcher
from tests.training.promotions import follow, live_of, narrowed, open_shop, passed, write
from training.candidates.promoting import promote, rollback

PATIENCE = 60.0  # seconds; only a hang takes this long
THREADS = 3


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    workspace = open_shop(tmp_path / "home")
    yield workspace
    workspace.close()


def encoders() -> frozenset[threading.Thread]:
    """Return the threads of the encoders that serve."""
    return frozenset(thread for thread in threading.enumerate() if thread.name == "encode-queries")


def first_by(searcher: Searcher, model: str, words: str) -> str:
    """Search until this model answers, which another thread is loading, and give the best document."""
    deadline = time.monotonic() + PATIENCE
    while (result := searcher.search(Question(text=words))).model != model:
        assert time.monotonic() < deadline, f"{model} never took over from {result.model}"
        time.sleep(0.01)
    return result.hits[0].document


@pytest.mark.slow
def test_searches_go_on_through_promotion_and_rollback(workspace: Workspace) -> None:
    searcher, ended, models, others = Searcher(workspace), threading.Event(), dict[str, str](), encoders()

    def ask(number: int) -> list[SearchResult]:
        found = list[SearchResult]()
        while not ended.is_set():
            found.append(searcher.search(Question(text=f"falcon hood {number}")))
        return found

    def known() -> str:
        models.update({item.id: item.model.id for item in workspace.registry.generations()})
        return live_of(workspace).model.id

    with ThreadPoolExecutor(THREADS) as pool:
        asking = [pool.submit(ask, number) for number in range(THREADS)]
        try:
            old, _ = known(), passed(workspace, narrowed(workspace))
            write(workspace, "jess", "The jess came later.")
            promote(workspace, "m0001", Silent(), wait=5)
            new = known()
            assert first_by(searcher, new, "jess came later") == "jess"
            write(workspace, "bell", "The bell rings when she moves.")
            follow(workspace)
            known()
            rollback(workspace, Silent(), wait=5)
            known()
            assert first_by(searcher, old, "rings when she moves") == "bell"
        finally:
            ended.set()
        answered = [each.result() for each in asking]
    assert len(encoders() - others) == 1, "a model that is live no more is still in memory"
    searcher.close()
    for results in answered:
        assert [model for model, _ in groupby(result.model for result in results)] in ([old, new, old], [old, new])
        for result in results:
            assert (models[result.generation], result.notices) == (result.model, ())
            assert result.hits[0].document == "hood"
    assert old != new
