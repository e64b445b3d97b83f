"""How long scoring takes: 10,000 questions with 100 results each, with intervals and a paired test.

Every default measure, and two that look at all 100. ir-measures scores the same rankings in the same run, as
something to compare with.

    python -m benchmarks.scoring
"""

import argparse
import random
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, cast

import ir_measures
import numpy as np

from benchmarks.record import keep
from eval.measures import DEFAULTS, Measure, parse_measure, score_all
from eval.statistics import bootstrap_columns, paired_permutation

QUESTIONS = 10_000
RESULTS = 100
DOCUMENTS = 50_000
GOLD = 3  # a question, on average
MEASURES = (*DEFAULTS, parse_measure("AP@100"), parse_measure("nDCG@100"))

Result = TypeVar("Result")


def main() -> None:
    """Make rankings, score them, keep the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--results", type=Path)
    options = parser.parse_args()
    rankings, golds = make(random.Random(7))
    table, scoring = timed(lambda: score_all(MEASURES, rankings, golds))
    _, intervals = timed(lambda: bootstrap_columns(table))
    other = np.random.default_rng(7).permutation(table[:, 0])
    _, testing = timed(lambda: paired_permutation(table[:, 0], other))
    theirs = [measure for measure in MEASURES if measure.name != "all-gold"]
    _, oracle = timed(lambda: by_oracle(theirs, rankings, golds))
    _, ours = timed(lambda: score_all(theirs, rankings, golds))
    figures = {
        "questions": QUESTIONS,
        "results a question": RESULTS,
        "measures": len(MEASURES),
        "scoring, s": round(scoring, 3),
        "intervals of all measures, s": round(intervals, 3),
        "one paired permutation, s": round(testing, 3),
        "all of it, s (at most 5)": round(scoring + intervals + testing, 3),
        "ir-measures' scoring, times ours": round(oracle / ours, 1),
    }
    keep("scoring", figures, options.results)


def make(rng: random.Random) -> tuple[list[list[str]], list[dict[str, float]]]:
    """Make rankings that find about half of their gold."""
    documents = [f"document-{number}" for number in range(DOCUMENTS)]
    rankings = [rng.sample(documents, RESULTS) for _ in range(QUESTIONS)]
    golds = [
        {
            rng.choice(ranked if rng.random() < 0.5 else documents): float(rng.randint(0, 3))
            for _ in range(rng.randint(1, 2 * GOLD))
        }
        for ranked in rankings
    ]
    return rankings, golds


def timed(work: Callable[[], Result]) -> tuple[Result, float]:
    """Do something, and tell how many seconds it took."""
    began = time.perf_counter()
    done = work()
    return done, time.perf_counter() - began


def by_oracle(measures: list[Measure], rankings: list[list[str]], golds: list[dict[str, float]]) -> list[Any]:
    """Score with ir-measures, which wants scores rather than an order."""
    known = {str(place): {name: int(grade) for name, grade in gold.items()} for place, gold in enumerate(golds)}
    run = {
        str(place): {name: float(RESULTS - rank) for rank, name in enumerate(ranked)}
        for place, ranked in enumerate(rankings)
    }
    parsed: Any = [ir_measures.parse_measure(str(measure)) for measure in measures]
    return list(cast(Any, ir_measures).iter_calc(parsed, known, run))


if __name__ == "__main__":
    main()
