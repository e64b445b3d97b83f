"""What every model finds, by its vectors and fused with the live search's other legs; its scores, and its speed."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

import numpy as np
from numpy.typing import NDArray

from eval.measures import Measure, parse_measure, score_all
from eval.records import EvalQuestion, GoldFinder, KnownGold
from eval.retrieval import line_of
from eval.runs import RetrievedQuestion
from eval.slices import slice_all
from hone.records import FusionWeights
from retriever.encoding.encoder import Encoder, Vectors
from retriever.ranking.background import Background, measure_background
from retriever.ranking.fusion import WEIGHTS, Weighing
from retriever.ranking.leg import Query
from retriever.ranking.legs import DENSE, FUSED, RERANKED
from retriever.ranking.rank import rank
from retriever.ranking.sources import MatrixSource, within
from retriever.searching.live import OpenIndex
from retriever.searching.searcher import Question, Searcher, query_of

AT_ONCE = 64  # questions multiplied with all passages together
FOR_BACKGROUND = 2000  # passages; some thousand are enough


@dataclass(frozen=True, slots=True, kw_only=True)
class Corpus:
    """Every passage of the library, with what decides who finds it."""

    ids: tuple[str, ...]
    documents: tuple[str, ...]  # of each passage
    groups: tuple[frozenset[str], ...]
    texts: tuple[str, ...]  # as they are encoded


Found = Mapping[str, tuple[str, ...]]  # passages in order, by leg; what people get comes first


def shown_leg(systems: Sequence[str]) -> str:
    """Name the leg of the first system, `model:leg`, which is what people get."""
    return systems[0].rpartition(":")[2]


class Ranker:
    """Ranks the passages of a corpus with one model's vectors."""

    def __init__(
        self,
        corpus: Corpus,
        vectors: Vectors,
        weights: FusionWeights = WEIGHTS,
        background: Background | None = None,  # measured where nothing has been
    ) -> None:
        self._corpus = corpus
        self._vectors = vectors
        self._places = {name: place for place, name in enumerate(corpus.ids)}
        chosen = np.random.default_rng(0).permutation(len(vectors))[:FOR_BACKGROUND]
        self._weighing = Weighing(weights=weights, background=background or measure_background(vectors[chosen]))
        self._masks: dict[frozenset[str], NDArray[np.bool_]] = {}

    def rank(
        self, questions: Sequence[EvalQuestion], vectors: Vectors, searcher: Searcher, opened: OpenIndex
    ) -> Iterator[Found]:
        """Rank for each question, with every other leg as the live search has it."""
        for start in range(0, len(questions), AT_ONCE):
            part = slice(start, start + AT_ONCE)
            nearest = MatrixSource(scores=vectors[part] @ self._vectors.T, rows=self._places, readable=self._mask)
            legs = {name: within(source, self._places) for name, source in searcher.sources(opened).items()}
            queries = [query_of(Question(text=item.text, asker=item.asker), None) for item in questions[part]]
            for ranked in rank(queries, {**legs, DENSE.name: nearest}, self._weighing, searcher.reranking):
                orders = {RERANKED: ranked.order} if searcher.reranking is not None else {}
                orders |= {leg: ranked.stages[leg] for leg in (FUSED, DENSE.name)}
                yield {leg: tuple(hit.id for hit in hits) for leg, hits in orders.items()}

    def _mask(self, query: Query) -> NDArray[np.bool_]:
        groups = query.filter.groups
        if groups not in self._masks:
            readable = [not groups.isdisjoint(readers) for readers in self._corpus.groups]
            self._masks[groups] = np.array(readable, dtype=np.bool_)
        return self._masks[groups]


def by_document(names: Sequence[str], owners: Mapping[str, str]) -> list[str]:
    """Rank documents by their best passage."""
    return list(dict.fromkeys(owners[name] for name in names))


ROUNDS = 3  # models take turns in each, so that what else the machine does hits all of them


@dataclass(frozen=True, slots=True, kw_only=True)
class Speed:
    """What was measured, and how it stands against the live model in the same rounds."""

    passages_a_second: float
    query_ms: float
    passage_cost: float  # times the live model's time for a passage
    query_cost: float  # times the live model's time for a question


def measure_speeds(encoders: Sequence[Encoder], passages: Sequence[str], queries: Sequence[str]) -> list[Speed]:
    """Time models in turns on the same texts, questions one by one as people ask them; the live one comes first."""
    for encoder in encoders:  # what a first call loads is nobody's speed
        encoder.encode_passages(passages[:2])
        encoder.encode_queries(queries[:1])
    rounds = [[_turn(encoder, passages, queries) for encoder in encoders] for _ in range(ROUNDS)]
    best = [(min(a for a, _ in taken), min(b for _, b in taken)) for taken in zip(*rounds, strict=True)]
    return [
        Speed(
            passages_a_second=len(passages) / passage,
            query_ms=query * 1000,
            passage_cost=passage / best[0][0],
            query_cost=query / best[0][1],
        )
        for passage, query in best
    ]


def _turn(encoder: Encoder, passages: Sequence[str], queries: Sequence[str]) -> tuple[float, float]:
    return _timed(encoder.encode_passages, passages), median(_timed(encoder.encode_queries, [one]) for one in queries)


def _timed(encode: Callable[[Sequence[str]], object], texts: Sequence[str]) -> float:
    began = time.perf_counter()
    encode(texts)
    return time.perf_counter() - began


MEASURES: tuple[Measure, ...] = tuple(map(parse_measure, ("nDCG@10", "R@20", "RR@10", "Success@5")))

Scorable = tuple[EvalQuestion, KnownGold]


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoredSystem:
    """One system's scores and results, by question."""

    scores: Mapping[str, Mapping[str, float]]
    ranked: Mapping[str, list[str]]


def score_systems(
    asked: Sequence[Scorable], corpus: Corpus, found: Mapping[str, Sequence[Found]]
) -> dict[str, ScoredSystem]:
    """Score what every model found; what people get comes first."""
    owners = dict(zip(corpus.ids, corpus.documents, strict=True))
    golds, names = [known.grades for _, known in asked], [str(measure) for measure in MEASURES]
    systems = dict[str, ScoredSystem]()
    for leg in next(iter(found.values()))[0]:
        for model, results in found.items():
            orders = [result[leg] for result in results]
            ranked = [
                list(order) if question.unit == "passage" else by_document(order, owners)
                for (question, _), order in zip(asked, orders, strict=True)
            ]
            table = score_all(MEASURES, ranked, golds).tolist()
            systems[f"{model}:{leg}"] = ScoredSystem(
                scores={
                    question.id: dict(zip(names, row, strict=True))
                    for (question, _), row in zip(asked, table, strict=True)
                },
                ranked={question.id: order for (question, _), order in zip(asked, ranked, strict=True)},
            )
    return systems


def lines_of(
    questions: Sequence[EvalQuestion],
    known: Sequence[KnownGold],
    systems: Mapping[str, ScoredSystem],
    finder: GoldFinder,
) -> list[RetrievedQuestion]:
    """Write a line for each question, with all systems in it."""
    lines = list[RetrievedQuestion]()
    for item in zip(questions, known, slice_all(questions, known), strict=True):
        name = item[0].id
        scores = {system: found.scores[name] for system, found in systems.items() if name in found.scores}
        ranked = {system: found.ranked.get(name, []) for system, found in systems.items()}
        lines.append(line_of(item, scores, ranked, finder))
    return lines
