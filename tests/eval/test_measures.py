"""Measures against ir-measures on random runs, and against figures that can be checked by eye."""

import random
from collections.abc import Mapping, Sequence
from typing import Any, cast

import ir_measures
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eval.measures import DEFAULTS, KINDS, Kind, Measure, parse_measure, score_all
from hone.errors import UsageError

TREC_EVAL = tuple(
    map(parse_measure, ("nDCG@10", "nDCG", "nDCG@3", "R@20", "R@1", "RR", "AP@100", "AP@5", "AP", "Success@20", "P@5"))
)
OTHERS = tuple(map(parse_measure, ("RR@10", "RR@2", "Judged@10", "Judged@100")))  # they break ties in other ways

Judgments = dict[str, dict[str, int]]
Run = dict[str, dict[str, float]]


def ranked_by(scores: Mapping[str, float]) -> list[str]:
    """Order ids by score; ties by id from the end of the alphabet, as trec_eval does."""
    by_name = sorted(scores, reverse=True)
    return sorted(by_name, key=scores.__getitem__, reverse=True)


def random_run(chance: random.Random) -> tuple[dict[str, dict[str, int]], dict[str, dict[str, float]]]:
    """Judgments and a run with graded judgments, ties, unjudged documents and questions with no answer."""
    documents = [f"d{number}" for number in range(300)]
    known = {
        f"q{number}": {name: chance.choice([0, 1, 1, 2, 3]) for name in chance.sample(documents, chance.randint(1, 40))}
        for number in range(60)
    }
    run = {
        question: {name: chance.choice([1.0, 0.5, chance.random()]) for name in chance.sample(documents, 150)}
        for question in known
        if chance.random() > 0.15
    }
    return known, run


def differences(measures: Sequence[Measure], known: Judgments, run: Run) -> list[float]:
    """How far each of our scores is from that of ir-measures; a question that it says nothing of should score zero."""
    table = score_all(measures, [ranked_by(run.get(name, {})) for name in known], list(known.values()))
    theirs = np.zeros_like(table)
    rows, columns = ({str(name): place for place, name in enumerate(names)} for names in (known, measures))
    parsed: Any = [ir_measures.parse_measure(str(measure)) for measure in measures]
    for item in cast(Any, ir_measures).iter_calc(parsed, known, run):
        theirs[rows[item.query_id], columns[str(item.measure)]] = item.value
    assert np.count_nonzero(theirs) > len(known)
    return np.abs(table - theirs).ravel().tolist()


@pytest.mark.parametrize("seed", range(6))
def test_every_question_scores_what_ir_measures_says(seed: int) -> None:
    known, run = random_run(random.Random(seed))
    assert max(differences(TREC_EVAL, known, run)) < 1e-6
    untied = {
        name: {document: score + place * 1e-6 for place, (document, score) in enumerate(found.items())}
        for name, found in run.items()
    }
    assert max(differences((*TREC_EVAL, *OTHERS), known, untied)) < 1e-6


@pytest.mark.parametrize("seed", range(3))
def test_all_gold_is_a_recall_of_one(seed: int) -> None:
    known, run = random_run(random.Random(seed))
    few = {name: dict(list(found.items())[:2]) for name, found in known.items()}
    rankings = [ranked_by(run.get(name, {})) for name in few]
    whole, recall = score_all([parse_measure("all-gold@120"), parse_measure("R@120")], rankings, list(few.values())).T
    assert 0 < whole.sum() < len(whole)
    assert (whole == (recall == 1)).all()


def test_means_count_the_unanswered_as_zero_like_ir_measures() -> None:
    known, run = random_run(random.Random(99))
    assert set(known) - set(run)
    measure = parse_measure("nDCG@10")
    ours = score_all([measure], [ranked_by(run.get(name, {})) for name in known], list(known.values())).mean()
    theirs = cast(Any, ir_measures).calc_aggregate([ir_measures.nDCG @ 10], known, run)[ir_measures.nDCG @ 10]
    assert ours == pytest.approx(theirs, abs=1e-9)


@pytest.mark.parametrize(
    ("measure", "expected"),
    [
        ("nDCG@10", (1 + 2 / 1.5849625) / (2 + 1 / 1.5849625)),
        ("nDCG@1", 0.5),
        ("R@1", 0.5),
        ("R@2", 1.0),
        ("RR@10", 1.0),
        ("AP@100", 1.0),
        ("Success@1", 1.0),
        ("all-gold@1", 0.0),
        ("all-gold@2", 1.0),
        ("P@5", 0.4),
        ("Judged@2", 1.0),
        ("Judged@3", 2 / 3),
    ],
)
def test_scores_that_can_be_checked_by_eye(measure: str, expected: float) -> None:
    assert parse_measure(measure).score(["b", "a", "x"], {"a": 2, "b": 1, "none": 0}) == pytest.approx(expected)


def test_an_empty_ranking_and_empty_gold_score_zero() -> None:
    for measure in DEFAULTS:
        assert measure.score([], {"a": 1}) == 0
        assert measure.score(["a"], {}) == 0
    assert score_all(DEFAULTS, [], []).shape == (0, len(DEFAULTS))


def test_an_id_that_stands_twice_counts_once() -> None:
    assert parse_measure("P@2").score(["a", "a", "b"], {"a": 1}) == 0.5
    assert parse_measure("nDCG@10").score(["a", "a"], {"a": 1, "b": 1}) < 1


@settings(deadline=None)
@given(st.sampled_from(KINDS), st.integers(1, 10_000))
def test_a_measure_prints_what_parses_back(kind: Kind, cutoff: int) -> None:
    measure = Measure(name=kind.name, cutoff=cutoff)
    assert parse_measure(str(measure)) == measure
    assert parse_measure(str(measure).upper()) == measure


@pytest.mark.parametrize(("text", "told"), [("nDGC@10", "nDCG"), ("R", "R@10"), ("nDCG@0", "nDCG"), ("", "nDCG")])
def test_what_is_no_measure_is_refused_with_those_there_are(text: str, told: str) -> None:
    with pytest.raises(UsageError) as refused:
        parse_measure(text)
    assert told in refused.value.hint
