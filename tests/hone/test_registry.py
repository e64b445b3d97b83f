from pathlib import Path

import pytest

from hone.database import Database
from hone.errors import HoneError
from hone.records import EncoderCard
from hone.registry import Generation, Model, Registry

CARD = EncoderCard(
    model="hash",
    hash="0123456789ab",
    dimensions=8,
    max_tokens=10,
    query_prompt="",
    passage_prompt="",
    truncate_dim=None,
)


@pytest.fixture
def registry(tmp_path: Path) -> Registry:
    return Registry(Database(tmp_path / "library.db", "library"))


def built(registry: Registry, model: Model) -> Generation:
    return Generation(
        id=registry.next_generation(),
        model=model,
        engine="embedded",
        state="ready",
        passages=3,
        library_revision=1,
        cosine_mean=0.06,
        cosine_deviation=0.125,
        built=1.0,
    )


def test_nothing_is_live_at_first(registry: Registry) -> None:
    assert registry.live() is None
    assert registry.next_generation() == "g000001"


def test_the_pointer_names_encoder_and_generation_together(registry: Registry) -> None:
    model = registry.register_model("v2", "models/v2", CARD)
    assert model.id == "v2@01234567"
    first = built(registry, model)
    registry.go_live(first, "first index")
    before = registry.move()
    second = built(registry, model)
    registry.go_live(second, "sync")
    live = registry.live()
    assert live is not None
    assert (live.id, live.model) == ("g000002", model)
    assert registry.move() > before
    assert [item.id for item in registry.generations()] == ["g000002", "g000001"]


def test_a_server_generation_goes_live_again_under_its_name(registry: Registry) -> None:
    generation = built(registry, registry.register_model("hash", "hash", CARD))
    registry.go_live(generation, "first index")
    registry.go_live(generation, "sync")
    assert len(registry.generations()) == 1


def test_a_model_is_registered_once(registry: Registry) -> None:
    assert registry.register_model("hash", "hash", CARD) == registry.register_model("hash", "hash", CARD)


def test_an_unknown_generation_is_named(registry: Registry) -> None:
    with pytest.raises(HoneError, match="g000009"):
        registry.generation("g000009")
