"""Which tiers are tried, what they begin from, and which attempt is taken."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

from hone.progress import Silent
from retriever.encoding.modelfolder import find_model_folder
from tests.training.lessons import data, directions
from training.candidates.manifest import TIERS, TierName
from training.lesson.training_data import Example, TrainingData
from training.plan import TrainingPlan
from training.tiers.attempt import Attempt, Heads, Tier, TierJob
from training.tiers.choosing import NEARLY, Choice, TierContext, try_tiers
from training.tiers.table import NamedTier

WIDTH = 384


def context(made: TrainingData, workdirs: Path, seconds: float = 60, **plan: str) -> TierContext:
    return TierContext(
        data=made,
        source=find_model_folder(""),
        workdirs=workdirs,
        plan=TrainingPlan(**plan),  # pyright: ignore[reportArgumentType]  # strings alone are set here
        until=time.monotonic() + seconds,
    )


def saturated(examples: int) -> TrainingData:
    vectors = directions(60, WIDTH)
    return data(vectors, vectors, tuple(Example(question=n % 60, positive=n % 60) for n in range(examples)))


def test_where_everything_is_right_already_nothing_is_chosen(tmp_path: Path) -> None:
    choice = try_tiers(context(saturated(250), tmp_path), Silent())
    assert choice.best is None
    assert [(item.tier, bool(item.said)) for item in choice.tried] == [
        ("fusion", True),
        ("query-head", True),
        ("two-sided-head", True),
        ("full", True),
    ]


def test_every_tier_that_is_not_tried_says_why(tmp_path: Path) -> None:
    few = {item.tier: item.said for item in try_tiers(context(saturated(20), tmp_path), Silent()).tried}
    assert "needs 100 examples, and there are 20" in few["query-head"]
    late = {item.tier: item.said for item in try_tiers(context(saturated(250), tmp_path, 10), Silent()).tried}
    assert "20 seconds" in late["query-head"]


def test_weights_in_force_stay_where_only_clicks_speak(tmp_path: Path) -> None:
    made = saturated(250)
    clicked = replace(made, dev=replace(made.dev, free=made.dev.free & False))
    (fusion,) = try_tiers(context(clicked, tmp_path, tier="fusion"), Silent()).tried
    assert "Too little to learn weights from" in fusion.said


@dataclass(slots=True, kw_only=True)
class Scripted:
    """Tiers that learn nothing and come to what they are told; remembers what each began from."""

    gains: Mapping[TierName, float]  # over what the live model scores
    sources: dict[TierName, Path] = field(default_factory=dict[TierName, Path])

    def table(self) -> tuple[NamedTier, ...]:
        return tuple(
            NamedTier(name=name, learn=self._learner(name), examples=0, least=timedelta(seconds=1))
            for name in TIERS
            if name in self.gains
        )

    def _learner(self, name: TierName) -> Tier:
        def learn(job: TierJob, progress: object) -> Attempt:
            del progress
            self.sources[name] = job.source
            heads = Heads(query=np.eye(2, dtype=np.float32), passage=None) if name.endswith("head") else None
            return Attempt(
                tier=name,
                score=job.data.dev.before + self.gains[name],
                weights=job.data.dev.weights,
                folder=None if name == "fusion" else job.workdir / "model",
                heads=heads,
            )

        return learn


def half_right() -> TrainingData:
    """Questions of which the live model answers some, so that there is room above it."""
    made = data(directions(60, seed=1), directions(60, seed=2), (Example(question=0, positive=0),))
    assert 0 < made.dev.before < 0.9
    return made


def choose(scripted: Scripted, workdirs: Path, monkeypatch: pytest.MonkeyPatch, **plan: object) -> Choice:
    monkeypatch.setattr("training.tiers.table.TABLE", scripted.table())
    return try_tiers(replace(context(half_right(), workdirs), plan=TrainingPlan(**plan)), Silent())  # pyright: ignore[reportArgumentType]  # resume alone is set here


@pytest.mark.parametrize(
    ("gains", "best"),
    [
        ({"fusion": 0.01, "query-head": 0.05, "full": 0.09}, "full"),
        ({"fusion": 0.01, "query-head": 0.09, "full": 0.05}, "query-head"),
        ({"fusion": 0.01, "query-head": 0.09 - NEARLY * 0.9, "full": 0.09}, "query-head"),
        ({"fusion": 0.01, "query-head": 0.09 - NEARLY * 1.1, "full": 0.09}, "full"),
        ({"fusion": -0.001, "full": 0.001}, "full"),
        ({"fusion": 0.0, "full": -0.01}, None),
    ],
)
def test_the_cheapest_of_those_that_are_nearly_the_best_is_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, gains: Mapping[TierName, float], best: TierName | None
) -> None:
    choice = choose(Scripted(gains=gains), tmp_path, monkeypatch)
    assert (choice.best.tier if choice.best else None) == best
    assert {item.tier: item.score for item in choice.tried} == {
        name: pytest.approx(choice.before + gain, abs=1e-5) for name, gain in gains.items()
    }


def test_a_whole_fit_begins_from_the_best_head_that_is_better_than_what_is_live(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    live = find_model_folder("")
    better = Scripted(gains={"query-head": 0.05, "two-sided-head": 0.03, "full": 0.09})
    choose(better, tmp_path, monkeypatch)
    assert better.sources["full"] == tmp_path / "query-head" / "model"
    assert {better.sources[name] for name in ("query-head", "two-sided-head")} == {live}
    worse = Scripted(gains={"query-head": -0.05, "two-sided-head": 0.0, "full": 0.09})
    choose(worse, tmp_path, monkeypatch)
    assert worse.sources["full"] == live


def test_going_on_takes_a_finished_fit_as_it_is_and_beginning_anew_does_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    choose(Scripted(gains={"full": 0.09}), tmp_path, monkeypatch)
    again = Scripted(gains={"full": 0.01})
    choice = choose(again, tmp_path, monkeypatch, resume=True)
    assert choice.best is not None
    assert choice.best.score == pytest.approx(choice.before + 0.09)
    assert again.sources == {}, "it was not learned twice"
    choose(again, tmp_path, monkeypatch)
    assert set(again.sources) == {"full"}
