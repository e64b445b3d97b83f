"""Measures as values: they print, parse back, and score rankings against what is known.

    >>> measure = parse_measure("nDCG@10")
    >>> measure.score(["b", "a"], {"a": 2, "b": 1})
    0.859...

A question whose answer is an empty ranking scores zero; none is ever left out here. Definitions are those of trec_eval
and ir-measures: linear gains, and every grade above zero is relevant.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hone.errors import UsageError

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Ranking = Sequence[str]  # ids, best first
Gold = Mapping[str, float]  # an id → its grade

_WRITTEN = re.compile(r"(?P<name>[A-Za-z-]+)(?:@(?P<cutoff>[1-9][0-9]*))?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Graded:
    """Rankings with each place's grade looked up: one row a question, short ones filled up with zeros."""

    grades: Floats  # those below zero count as zero, as in trec_eval
    judged: Flags
    lengths: NDArray[np.int64]
    ideal: Floats  # grades above zero, best first, as wide as the grades
    relevant: NDArray[np.int64]  # how many grades above zero there are

    def hits(self, cutoff: int | None) -> Flags:
        """Find which of the first results are relevant."""
        return self.grades[:, :cutoff] > 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """A measure and how deep it looks."""

    name: str
    cutoff: int | None = None  # none: to the end of the ranking

    def __str__(self) -> str:
        return self.name if self.cutoff is None else f"{self.name}@{self.cutoff}"

    def score(self, ranked: Ranking, gold: Gold) -> float:
        """Score one ranking."""
        return float(score_all([self], [ranked], [gold])[0, 0])


def parse_measure(text: str) -> Measure:
    """Read a measure as it prints: nDCG@10, R@20, RR@10, AP@100, Success@20, all-gold@10, P@5, Judged@10."""
    found = _WRITTEN.fullmatch(text.strip())
    names = {kind.name.lower(): kind for kind in KINDS}
    kind = names.get(found["name"].lower()) if found else None
    if found is None or kind is None:
        raise UsageError(
            f"{text!r} isn't a measure Hone knows.",
            hint=f"Name one of {', '.join(kind.name for kind in KINDS)} with a cutoff, as in nDCG@10.",
        )
    if found["cutoff"] is None and not kind.to_the_end:
        raise UsageError(f"{kind.name} needs a cutoff.", hint=f"Add one, as in {kind.name}@10.")
    return Measure(name=kind.name, cutoff=int(found["cutoff"]) if found["cutoff"] else None)


def score_all(measures: Sequence[Measure], rankings: Sequence[Ranking], golds: Sequence[Gold]) -> Floats:
    """Score many rankings at once: one row a question, one column a measure."""
    graded = grade(rankings, golds, _deepest(measures))
    if not measures:
        return np.zeros((len(rankings), 0))
    return np.stack([_BY_NAME[item.name].compute(graded, item.cutoff) for item in measures], axis=1)


def grade(rankings: Sequence[Ranking], golds: Sequence[Gold], depth: int | None = None) -> Graded:
    """Look up the grades of rankings, as deep as needed; an id that stands twice counts where it stands first."""
    rows = [
        [gold.get(name, np.nan) for name in list(dict.fromkeys(ranked))[:depth]]
        for ranked, gold in zip(rankings, golds, strict=True)
    ]
    ideals = [sorted((value for value in gold.values() if value > 0), reverse=True) for gold in golds]
    relevant = np.array([len(ideal) for ideal in ideals], dtype=np.int64)
    width = max([1, *map(len, rows), *(len(ideal[:depth]) for ideal in ideals)])
    found = _table(rows, width, np.nan)
    return Graded(
        grades=np.maximum(np.nan_to_num(found), 0.0),
        judged=~np.isnan(found),
        lengths=np.array([len(row) for row in rows], dtype=np.int64),
        ideal=_table([ideal[:width] for ideal in ideals], width, 0.0),
        relevant=relevant,
    )


def ndcg(grades: Floats, ideal: Floats, cutoff: int | None) -> Floats:
    """Score tables of grades, a ranking a row, against the best that each row could be."""
    discounts = 1 / np.log2(_ranks(grades.shape[1]) + 1)
    found, best = ((table * discounts)[:, :cutoff].sum(axis=1) for table in (grades, ideal))
    return _share(found, best)


def _deepest(measures: Sequence[Measure]) -> int | None:
    cutoffs = [item.cutoff for item in measures]
    return max((cutoff for cutoff in cutoffs if cutoff), default=1) if None not in cutoffs else None


def _table(rows: Sequence[Sequence[float]], width: int, empty: float) -> Floats:
    table = np.full((len(rows), width), empty)
    lengths = np.array([len(row) for row in rows], dtype=np.int64)
    table[np.arange(width) < lengths[:, None]] = np.fromiter((value for row in rows for value in row), dtype=np.float64)
    return table


def _ranks(width: int) -> Floats:
    return np.arange(1, width + 1, dtype=np.float64)


def _ndcg(graded: Graded, cutoff: int | None) -> Floats:
    return ndcg(graded.grades, graded.ideal, cutoff)


def _recall(graded: Graded, cutoff: int | None) -> Floats:
    return _share(graded.hits(cutoff).sum(axis=1), graded.relevant)


def _precision(graded: Graded, cutoff: int | None) -> Floats:
    return graded.hits(cutoff).sum(axis=1) / (cutoff or 1)


def _reciprocal_rank(graded: Graded, cutoff: int | None) -> Floats:
    hits = graded.hits(cutoff)
    return np.where(hits.any(axis=1), 1 / (hits.argmax(axis=1) + 1), 0.0)


def _average_precision(graded: Graded, cutoff: int | None) -> Floats:
    hits = graded.hits(cutoff)
    precisions = hits.cumsum(axis=1) / _ranks(hits.shape[1])
    return _share(np.sum(precisions * hits, axis=1), graded.relevant)


def _success(graded: Graded, cutoff: int | None) -> Floats:
    return (graded.hits(cutoff).sum(axis=1) > 0).astype(np.float64)


def _all_gold(graded: Graded, cutoff: int | None) -> Floats:
    missing = graded.relevant - graded.hits(cutoff).sum(axis=1)
    return ((missing == 0) & (graded.relevant > 0)).astype(np.float64)


def _judged(graded: Graded, cutoff: int | None) -> Floats:
    shown = np.minimum(graded.lengths, cutoff or graded.judged.shape[1])
    return _share(graded.judged[:, :cutoff].sum(axis=1), shown)


def _share(part: NDArray[np.generic], whole: NDArray[np.generic]) -> Floats:
    parts, wholes = part.astype(np.float64), whole.astype(np.float64)
    return np.divide(parts, wholes, out=np.zeros_like(parts), where=wholes > 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """What is behind a measure's name."""

    name: str
    meaning: str
    compute: Callable[[Graded, int | None], Floats]
    to_the_end: bool = False  # whether it means something without a cutoff


KINDS = (
    Kind(name="nDCG", meaning="gold near the top, higher grades first", compute=_ndcg, to_the_end=True),
    Kind(name="R", meaning="share of the gold that was found", compute=_recall),
    Kind(name="RR", meaning="1 / rank of the first gold", compute=_reciprocal_rank, to_the_end=True),
    Kind(name="AP", meaning="precision at each gold, averaged", compute=_average_precision, to_the_end=True),
    Kind(name="Success", meaning="whether any gold was found", compute=_success),
    Kind(name="all-gold", meaning="whether all gold was found", compute=_all_gold),
    Kind(name="P", meaning="share of the results that are gold", compute=_precision),
    Kind(name="Judged", meaning="share of the results that have a judgment", compute=_judged),
)
_BY_NAME = {kind.name: kind for kind in KINDS}
# None looks deeper than a search asks its legs for (50 passages), so these score what is deployed and nothing else.
DEFAULTS = tuple(
    map(parse_measure, ("nDCG@10", "R@20", "RR@10", "AP@50", "Success@20", "all-gold@10", "P@5", "Judged@10"))
)
