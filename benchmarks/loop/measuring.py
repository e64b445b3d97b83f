"""How well a generation answers questions that nobody asked: by question, so that two can be compared in pairs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from eval.measures import parse_measure, score_all
from eval.pinned import open_pinned
from eval.records import EvalQuestion
from eval.retrieval import Leg, Owners, ranked
from eval.statistics import Interval, bootstrap, bootstrap_columns
from hone.registry import Generation
from hone.workspace import Workspace
from retriever.library.library import Library
from retriever.searching.searcher import Question

Numbers = NDArray[np.float64]

NDCG, SUCCESS, RECALL = "nDCG@10", "Success@20", "R@10"
MEASURES = tuple(map(parse_measure, (NDCG, SUCCESS, RECALL)))
STAGES: tuple[Leg, ...] = ("fused", "dense")


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What questions scored with one generation."""

    ids: tuple[str, ...]
    scores: Mapping[str, Mapping[str, Numbers]]  # by stage and measure, one a question
    rankings: tuple[tuple[str, ...], ...]  # documents of the fused order

    def of(self, measure: str, stage: str = "fused") -> Numbers:
        """Return one measure, question by question."""
        return self.scores[stage][measure]

    def mean(self, measure: str, stage: str = "fused") -> float:
        """Return the mean of one measure."""
        return float(self.of(measure, stage).mean())

    @property
    def misses(self) -> Numbers:
        """Say which questions have nothing right among the first twenty documents."""
        return 1 - self.of(SUCCESS)

    def only(self, chosen: frozenset[str]) -> "Held":
        """Keep some questions."""
        kept = np.array([name in chosen for name in self.ids], dtype=bool)
        return Held(
            ids=tuple(name for name in self.ids if name in chosen),
            scores={
                stage: {name: values[kept] for name, values in found.items()} for stage, found in self.scores.items()
            },
            rankings=tuple(order for order, keep in zip(self.rankings, kept, strict=True) if keep),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Gain:
    """One generation after another, on the same questions."""

    questions: int
    missed_before: int
    missed_after: int
    removed: Interval  # share of the misses before, less those that are new
    fixed: int
    new: int
    ndcg: Interval  # difference of the fused order
    dense_ndcg: Interval
    success: Interval
    recall: Interval


def measure(workspace: Workspace, generation: Generation, questions: Sequence[EvalQuestion]) -> Held:
    """Ask one generation, through the deployed search."""
    searcher = open_pinned(workspace, generation)
    try:
        asked = [Question(text=question.text, asker=question.asker) for question in questions]
        results = list(searcher.search_all(asked))
    finally:
        searcher.close()
    owners = Owners(Library(workspace.database)).learn(results)
    orders = {
        stage: [
            ranked(result, question, stage, owners, len(result.hits))
            for result, question in zip(results, questions, strict=True)
        ]
        for stage in STAGES
    }
    golds = [question.gold for question in questions]
    return Held(
        ids=tuple(question.id for question in questions),
        scores={
            stage: dict(zip(map(str, MEASURES), score_all(MEASURES, found, golds).T, strict=True))
            for stage, found in orders.items()
        },
        rankings=tuple(tuple(order) for order in orders["fused"]),
    )


def compare(before: Held, after: Held) -> Gain:
    """Hold two generations beside each other."""
    missed = np.stack([before.misses, after.misses], axis=1)
    names = ((NDCG, "fused"), (NDCG, "dense"), (SUCCESS, "fused"), (RECALL, "fused"))
    differences = np.stack([after.of(*name) - before.of(*name) for name in names], axis=1)
    ndcg, dense, success, recall = bootstrap_columns(differences)
    return Gain(
        questions=len(before.ids),
        missed_before=int(missed[:, 0].sum()),
        missed_after=int(missed[:, 1].sum()),
        removed=bootstrap(missed, _removed),
        fixed=int(((missed[:, 0] == 1) & (missed[:, 1] == 0)).sum()),
        new=int(((missed[:, 0] == 0) & (missed[:, 1] == 1)).sum()),
        ndcg=ndcg,
        dense_ndcg=dense,
        success=success,
        recall=recall,
    )


def _removed(rows: Numbers) -> Numbers:
    """Return the share of misses that are gone, for each resampling."""
    before, after = rows[:, :, 0].sum(axis=1), rows[:, :, 1].sum(axis=1)
    return 1 - np.divide(after, before, out=np.ones_like(after), where=before > 0)
