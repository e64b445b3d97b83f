"""What searches are given while the pointer moves: never a wait for an encoder, and never two generations in one."""

import threading
from collections.abc import Iterator
from typing import Any

import pytest

from hone.errors import HoneError
from hone.progress import Silent
from hone.workspace import Workspace
from retriever.encoding import open_encoder
from retriever.encoding.encoder import Encoder
from retriever.indexing.generations import rebuild
from retriever.searching import live
from retriever.searching.searcher import Question, Searcher
from tests.training.promotions import follow, write

PATIENCE = 60.0  # only a hang takes this long
FALCON = Question(text="what everybody at the mews has to know")


@pytest.fixture
def searcher(shop: Workspace) -> Iterator[Searcher]:
    searcher = Searcher(shop)
    yield searcher
    searcher.close()


class Gate:
    """Keeps encoders from being opened until it is let, and can make that fail."""

    def __init__(self) -> None:
        self.let, self.tried = threading.Event(), threading.Event()
        self.error: Exception | None = None

    def __call__(self, model: str, **options: Any) -> Encoder:
        self.tried.set()
        assert self.let.wait(PATIENCE)
        if self.error is not None:
            raise self.error
        return open_encoder(model, **options)


@pytest.fixture
def gate(searcher: Searcher, monkeypatch: pytest.MonkeyPatch) -> Iterator[Gate]:
    """Stand between a searcher that has searched and the next encoder."""
    searcher.search(FALCON)
    gate = Gate()
    monkeypatch.setattr("retriever.indexing.encoders.open_encoder", gate)
    yield gate
    gate.let.set()


def put_live(shop: Workspace, dimensions: int) -> str:
    """Build and put live what another encoder made, as another process does."""
    encoder = shop.settings.encoder.model_copy(update={"truncate_dim": dimensions})
    other = Workspace(shop.settings.model_copy(update={"encoder": encoder}))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("retriever.indexing.encoders.open_encoder", open_encoder)
        built = rebuild(other, Silent(), encoder="hash")
    other.close()
    return built.id


def settled(searcher: Searcher) -> str:
    """Search until nothing is being loaded any more."""
    for thread in threading.enumerate():
        if thread.name == "load-encoder":
            thread.join(PATIENCE)
    return searcher.search(FALCON).generation


def test_searches_stay_on_what_is_open_until_the_new_encoder_is_ready(
    searcher: Searcher, gate: Gate, shop: Workspace
) -> None:
    new = put_live(shop, 64)
    results = [searcher.search(FALCON) for _ in range(5)]
    assert gate.tried.wait(PATIENCE)
    results += [searcher.search(FALCON) for _ in range(5)]
    assert {(result.generation, result.notices, len(result.hits)) for result in results} == {("g000001", (), 5)}
    with searcher.live.current() as opened:
        assert opened.encoder.card == opened.generation.model.card
        gate.let.set()
        assert settled(searcher) == new
        assert opened.encoder.encode_queries(["still"]).shape == (1, 256), "a search that began with it ends with it"
    with searcher.live.current() as opened:
        assert opened.encoder.card == opened.generation.model.card
        assert opened.encoder.card.dimensions == 64


def test_a_rollback_while_the_new_encoder_loads_leaves_it_unused(
    searcher: Searcher, gate: Gate, shop: Workspace
) -> None:
    put_live(shop, 64)
    searcher.search(FALCON)
    shop.registry.point("g000001", "rollback", kind="rollback", since=shop.registry.move())
    assert searcher.search(FALCON).generation == "g000001"
    gate.let.set()
    assert settled(searcher) == "g000001"
    with searcher.live.current() as opened:
        assert opened.encoder.card.dimensions == 256


@pytest.mark.parametrize("error", [HoneError("its weights are damaged"), RuntimeError("size mismatch")])
def test_what_can_not_be_loaded_is_told_and_tried_again_later(
    searcher: Searcher,
    gate: Gate,
    shop: Workspace,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    error: Exception,
) -> None:
    gate.error = error
    gate.let.set()
    new = put_live(shop, 64)
    searcher.search(FALCON)
    assert settled(searcher) == "g000001"
    for _ in range(3):
        (notice,) = searcher.search(FALCON).notices
        assert str(error) in notice
        assert "hone models rollback" in notice
    assert str(error) in caplog.text
    gate.error, gate.tried = None, threading.Event()
    assert searcher.search(FALCON).generation == "g000001"
    assert not gate.tried.is_set(), "not with every search"
    monkeypatch.setattr(live, "AGAIN", 0.0)
    monkeypatch.setattr(searcher.live, "_again", 0.0)
    searcher.search(FALCON)
    assert settled(searcher) == new
    assert searcher.search(FALCON).notices == ()


def test_a_sync_is_seen_by_the_very_next_search(searcher: Searcher, gate: Gate, shop: Workspace) -> None:
    write(shop, "cadge", "The falcon and its cadge.")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("retriever.indexing.encoders.open_encoder", open_encoder)
        follow(shop)
    result = searcher.search(FALCON)
    assert (result.generation, len(result.hits)) == ("g000002", 6)


def test_what_is_loaded_for_a_searcher_that_was_closed_is_let_go(
    searcher: Searcher, gate: Gate, shop: Workspace
) -> None:
    put_live(shop, 64)
    searcher.search(FALCON)
    searcher.close()
    gate.let.set()
    for thread in threading.enumerate():
        if thread.name == "load-encoder":
            thread.join(PATIENCE)
    views = shop.index / ".views"
    assert [path for path in views.iterdir() if path.is_dir()] == []
