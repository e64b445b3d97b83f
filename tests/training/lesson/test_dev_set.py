"""Development questions: scored as the deployed search would, over a pool that holds what matters."""

from dataclasses import replace

import numpy as np
import pytest

from eval.measures import parse_measure, score_all
from retriever.ranking.background import Background
from retriever.ranking.fusion import WEIGHTS, Weighing, fuse
from retriever.storing.store import LegHit
from tests.training.lessons import dev, directions
from training.lesson.dev_set import DevSet, fused, gains_of


def drawn(documents: int = 30, passages: int = 60, questions: int = 60) -> DevSet:
    rng = np.random.default_rng(3)
    starts = np.asarray(sorted(rng.choice(np.arange(1, passages), documents - 1, replace=False)))
    asked, told = directions(questions, seed=1), directions(passages, seed=2)
    return DevSet(
        questions=("q",) * questions,
        passages=("p",) * passages,
        starts=np.concatenate([[0], starts]),
        gains=gains_of(
            [[(int(rng.integers(documents)), int(rng.integers(1, 4)))] for _ in range(questions)], documents
        ),
        legs={"bm25": np.maximum(rng.normal(0, 3, (questions, passages)), 0).astype(np.float32)},
        weights=WEIGHTS,
        live_questions=asked,
        live_passages=told,
        importance=np.ones(questions),
        free=np.ones(questions, dtype=bool),
    )


def test_the_fused_order_is_the_deployed_one() -> None:
    made, background = drawn(), Background(mean=0.01, deviation=0.2)
    weighing = Weighing(weights=WEIGHTS, background=background)
    dense = made.live_questions @ made.live_passages.T
    scores = fused(dense, made.legs, weighing)
    for row in range(len(dense)):
        legs = [
            [LegHit(id=f"{n:03}", score=float(leg[row, n])) for n in range(60)] for leg in (dense, made.legs["bm25"])
        ]
        hits = fuse({"dense": tuple(legs[0]), "bm25": tuple(legs[1])}, {}, weighing)
        ours = [int(place) for place in np.argsort(-scores[row], kind="stable")]
        assert ours[:20] == [int(hit.id) for hit in hits[:20]]


def test_scores_are_those_of_the_measures() -> None:
    made = drawn()
    dense = made.live_questions @ made.live_passages.T
    owners = np.searchsorted(made.starts, np.arange(60), side="right") - 1
    rankings = [list(dict.fromkeys(str(owners[place]) for place in np.argsort(-row, kind="stable"))) for row in dense]
    golds = [{str(n): float(gain) for n, gain in enumerate(row) if gain} for row in made.gains]
    expected = score_all([parse_measure("nDCG@10")], rankings, golds)[:, 0]
    assert replace(made, legs={}).ndcg(made.live_questions, made.live_passages) == pytest.approx(expected, abs=1e-6)


def test_a_grade_counts_as_much_as_in_an_evaluation() -> None:
    one = dev(directions(1), directions(2))
    one.gains[:] = [[3, 1]]  # a and b; b is ranked first
    ranked = replace(one, legs={}).ndcg(one.live_passages[1:], one.live_passages)
    assert ranked == pytest.approx([parse_measure("nDCG@10").score(["b", "a"], {"a": 3, "b": 1})], abs=1e-6)
    assert ranked == pytest.approx([0.797], abs=5e-4)


def test_weights_move_only_for_more_than_chance() -> None:
    made = dev(directions(40), directions(40))
    assert made.best_weights(made.live_questions, made.live_passages)[0] == made.weights, "all are right already"
    helped = drawn()
    helped.legs["bm25"][:] = 0
    starts = np.searchsorted(helped.starts, np.arange(60), side="right") - 1
    for row, gains in enumerate(helped.gains):
        helped.legs["bm25"][row, np.isin(starts, np.flatnonzero(gains))] = 5.0  # words alone know the answer
    weights, score = helped.best_weights(helped.live_questions, helped.live_passages)
    assert score > helped.before
    assert weights.legs["bm25"] > WEIGHTS.legs["bm25"] or weights.power < WEIGHTS.power


def test_clicks_alone_do_not_move_weights() -> None:
    helped = drawn()
    helped.free[:] = False
    helped.legs["bm25"][:] = 0
    owners = np.searchsorted(helped.starts, np.arange(60), side="right") - 1
    for row, gains in enumerate(helped.gains):
        helped.legs["bm25"][row, np.isin(owners, np.flatnonzero(gains))] = 5.0
    weights, score = helped.best_weights(helped.live_questions, helped.live_passages)
    assert weights == WEIGHTS, "people find what the legs put before them, weighed as they are"
    assert score == pytest.approx(helped.before)
