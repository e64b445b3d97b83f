from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from hone.database import MIGRATIONS, Database
from hone.errors import HoneError
from hone.records import EncoderCard, FusionWeights
from hone.registry import Generation, Model, MovedError, Registry

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


def test_weights_are_part_of_a_model_and_of_its_id(registry: Registry) -> None:
    fusion = FusionWeights(legs={"bm25": 1.5}, power=1.0)
    plain, weighed = (registry.register_model("m0001", "models/m0001", CARD, weights) for weights in (None, fusion))
    assert plain.id == "m0001@01234567"
    assert weighed.id.startswith("m0001@01234567+")
    assert len(weighed.id) == len(plain.id) + 5
    heavier = FusionWeights(legs={"bm25": 2.0}, power=1.0)
    assert registry.register_model("m0001", "models/m0001", CARD, heavier).id != weighed.id
    registry.go_live(built(registry, weighed), "first index")
    live = registry.live()
    assert live is not None
    assert live.model == weighed
    assert {model.id: model.fusion for model in registry.models()}[plain.id] is None


def test_a_candidate_is_recorded_beside_what_is_live_until_it_is_live_itself(registry: Registry) -> None:
    old, new = (registry.register_model(name, "hash", CARD) for name in ("old", "new"))
    registry.go_live(built(registry, old), "first index")
    registry.record(built(registry, new))
    assert [item.id for item in registry.beside_live()] == ["g000002"]
    registry.go_live(built(registry, old), "sync")
    live = registry.live()
    assert live is not None
    assert (live.id, [item.id for item in registry.beside_live()]) == ("g000003", ["g000002"])
    other = built(registry, registry.register_model("other", "hash", CARD))
    registry.record(other)
    registry.point("g000002", "promote new", kind="promotion", since=registry.move())
    assert registry.beside_live() == [], "the other was recorded beside the old one"


def test_the_pointer_moves_only_from_where_it_was_seen(registry: Registry) -> None:
    model = registry.register_model("hash", "hash", CARD)
    registry.go_live(built(registry, model), "first index")
    seen = registry.move()
    registry.go_live(built(registry, model), "sync", since=seen)
    for late in (
        lambda: registry.point("g000001", "rollback", kind="rollback", since=seen),
        lambda: registry.go_live(built(registry, model), "sync", since=seen),
    ):
        with pytest.raises(MovedError, match=r"g000002.*sync"):
            late()
    assert [item.id for item in registry.generations()] == ["g000002", "g000001"], "what came late left no trace"
    with pytest.raises(HoneError, match="g000007"):
        registry.point("g000007", "rollback", kind="rollback", since=registry.move())


def test_what_is_live_is_not_forgotten_and_no_name_is_used_twice(registry: Registry) -> None:
    model = registry.register_model("hash", "hash", CARD)
    registry.go_live(built(registry, model), "first index")
    registry.record(built(registry, model))
    assert not registry.forget("g000001")
    assert registry.forget("g000002")
    assert registry.next_generation() == "g000003"


def test_a_registry_of_the_release_before_is_brought_along(tmp_path: Path) -> None:
    path = tmp_path / "library.db"
    registry = Registry(Database(path, "library"))
    registry.go_live(built(registry, registry.register_model("hash", "hash", CARD)), "first index")
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS / "library"))
    engine = sa.create_engine(f"sqlite:///{path}")
    with engine.connect() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "0002")
        connection.commit()
    engine.dispose()
    registry = Registry(Database(path, "library"))
    live = registry.live()
    assert live is not None
    assert (live.id, live.model.fusion, registry.next_generation()) == ("g000001", None, "g000002")
