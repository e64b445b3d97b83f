"""Score tables that are made up, so that what a check says of them can be seen by eye."""

from collections.abc import Callable, Mapping
from typing import Any

from training.gate.ranking import DENSE_RECALL, PRIMARY, RECALL
from training.gate.scored import ModelResult, QuestionResult


def side(score: float, **more: Any) -> ModelResult:
    """One model's side with one score for every measure."""
    recall = more.pop("recall", score)
    scores: Mapping[str, float] = {PRIMARY: score, RECALL: recall, DENSE_RECALL: more.pop("dense_recall", recall)}
    return ModelResult(scores=scores, **more)


def line(number: int, live: ModelResult, candidate: ModelResult, cluster: str = "", **slices: str) -> QuestionResult:
    """One question."""
    return QuestionResult(
        id=f"q{number:04d}",
        text=f"question {number}",
        cluster=cluster or f"q{number}",
        live=live,
        candidate=candidate,
        slices=slices,
    )


def table(
    count: int, scores: Callable[[int], tuple[float, float]], **slices: Callable[[int], str]
) -> list[QuestionResult]:
    """So many questions, each with its score before and after."""
    return [
        line(
            number,
            side(scores(number)[0]),
            side(scores(number)[1]),
            **{name: tell(number) for name, tell in slices.items()},
        )
        for number in range(count)
    ]
