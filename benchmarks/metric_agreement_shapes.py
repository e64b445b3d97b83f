"""The shapes of groundedness that were tried beside the one that is used, for `benchmarks.metric_agreement`."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import log
from statistics import fmean
from typing import Any

import numpy as np
from numpy.typing import NDArray

from agents.heuristics.facts import share, terms_of
from agents.heuristics.sentences import read_aloud, units_of
from eval.answers.abstention import sentences_of, speech_of
from eval.answers.groundedness import ground
from eval.answers.overlap import tokens_of
from eval.answers.records import AnswerRecord, as_hit
from retriever.encoding import open_encoder
from retriever.encoding.encoder import Vectors

Floats = NDArray[np.float64]
Terms = frozenset[str]
Shape = Callable[["Parts"], float]

STRENGTH = 10.0  # of the ridge's penalty, on standardised features; not chosen on anything
RIDGE = ("words, used", "words anywhere", "cosine", "bigrams")


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """An answer, and what had been said before it."""

    record: AnswerRecord
    said: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """An answer and its passages, taken apart."""

    scored: Scored
    statements: list[str]
    terms: list[Terms]  # of each statement
    stretches: list[Terms]  # of the passages
    passages: list[Terms]
    cosines: Floats  # statement by stretch


def measure_shapes(scored: Sequence[Scored]) -> Floats:
    """Measure every answer in every shape: an answer a row."""
    statements = [_statements(item.record.response) for item in scored]
    stretches = [_stretches(item.record.contexts or ()) for item in scored]
    texts = list(dict.fromkeys(text for part in (*statements, *stretches) for text in part))
    encoder = open_encoder("default")  # the packaged one: never the retriever that is being measured
    vectors = dict(zip(texts, encoder.encode_passages(texts), strict=True))
    return np.array(
        [
            [shape(_parts(item, said, found, vectors)) for shape in SHAPES.values()]
            for item, said, found in zip(scored, statements, stretches, strict=True)
        ]
    )


def cross_validated(table: Floats, people: Floats, folds: Sequence[str]) -> Floats:
    """Predict each conversation's scores by a ridge regression fitted on all the others."""
    features = table[:, [list(SHAPES).index(name) for name in RIDGE]]
    predicted, groups = np.empty(len(people)), np.array(folds)
    for group in dict.fromkeys(folds):
        known = groups != group
        centre, spread = features[known].mean(axis=0), features[known].std(axis=0)
        x: Floats = (features[known] - centre) / spread
        penalised: Floats = x.T @ x + STRENGTH * np.eye(len(RIDGE))
        wanted: Floats = people[known] - people[known].mean()
        weights: NDArray[np.floating[Any]] = np.linalg.solve(penalised, x.T @ wanted)
        predicted[~known] = (features[~known] - centre) / spread @ weights
    return predicted


def _parts(scored: Scored, statements: list[str], stretches: list[str], vectors: Mapping[str, Vectors]) -> Parts:
    rows = [[float(vectors[one] @ vectors[other]) for other in stretches] or [0.0] for one in statements]
    return Parts(
        scored=scored,
        statements=statements,
        terms=[terms_of(text) for text in statements],
        stretches=[terms_of(text) for text in stretches],
        passages=[terms_of(text) for text in scored.record.contexts or ()],
        cosines=np.array(rows),
    )


def _statements(response: str) -> list[str]:
    return [item for item in sentences_of(response) if terms_of(item) and speech_of(item) == "statement"]


def _stretches(texts: Sequence[str]) -> list[str]:
    return [read_aloud(unit) for text in texts for unit in units_of(as_hit(text))]


def _best(wanted: Terms, among: Sequence[Terms]) -> float:
    return max((share(wanted, terms) for terms in among), default=0.0)


def _words(parts: Parts) -> list[float]:
    return [_best(wanted, parts.stretches) for wanted in parts.terms]


def _used(parts: Parts) -> float:
    return fmean(item.score for item in ground(parts.scored.record.response, parts.scored.record.contexts or ()))


def _with_conversation(parts: Parts) -> float:
    sources = (*(parts.scored.record.contexts or ()), *parts.scored.said)
    return fmean(item.score for item in ground(parts.scored.record.response, sources))


def _rare_words(parts: Parts) -> float:
    counts = Counter(word for terms in parts.stretches for word in terms)
    total = len(parts.stretches)

    def weight(terms: Terms) -> float:
        return sum(log((total + 1) / (counts[word] + 0.5)) + 0.1 for word in terms)

    return fmean(
        max((weight(wanted & terms) / weight(wanted) for terms in parts.stretches), default=0.0)
        for wanted in parts.terms
    )


def _two_stretches(parts: Parts) -> float:
    pairs = [one | other for one, other in pairwise(parts.stretches)] or parts.stretches
    return fmean(_best(wanted, pairs) for wanted in parts.terms)


def _anywhere(parts: Parts) -> float:
    union = frozenset[str]().union(*parts.passages)
    return fmean(share(wanted, union) for wanted in parts.terms)


def _standardised(parts: Parts) -> float:
    best, background = parts.cosines.max(axis=1), parts.cosines.mean(axis=1)
    return float(((best - background) / (parts.cosines.std(axis=1) + 0.05)).mean())


def _grams(length: int) -> Shape:
    def found(parts: Parts) -> float:
        known = {gram for text in parts.scored.record.contexts or () for gram in _runs(text, length)}
        said = [gram for text in parts.statements for gram in _runs(text, length)]
        return fmean(gram in known for gram in said) if said else 0.0

    return found


def _runs(text: str, length: int) -> list[tuple[str, ...]]:
    words = tokens_of(text)
    return [tuple(words[place : place + length]) for place in range(len(words) - length + 1)]


def _nothing_missing(parts: Parts) -> float:
    return fmean(not item.missing for item in ground(parts.scored.record.response, parts.scored.record.contexts or ()))


SHAPES: dict[str, Shape] = {
    "words, used": _used,
    "words, numbers and names not looked at": lambda parts: fmean(_words(parts)),
    "words, the worst sentence": lambda parts: min(_words(parts)),
    "words, the lower quartile of sentences": lambda parts: float(np.quantile(_words(parts), 0.25)),
    "words, conversation as a source too": _with_conversation,
    "words, rare ones counting more": _rare_words,
    "words, two stretches together": _two_stretches,
    "words, whole passages": lambda parts: fmean(_best(wanted, parts.passages) for wanted in parts.terms),
    "words anywhere": _anywhere,
    "bigrams": _grams(2),
    "runs of four words": _grams(4),
    "numbers and names alone": _nothing_missing,
    "cosine": lambda parts: float(parts.cosines.max(axis=1).mean()),
    "cosine, standardised": _standardised,
    "words and cosine, mean": lambda parts: (_used(parts) + float(parts.cosines.max(axis=1).mean())) / 2,
}
