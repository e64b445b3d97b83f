"""Scores of every model by question, in the form that every run of retrieval has."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from eval.gold import GoldFinder, KnownGold
from eval.measures import Measure, parse_measure, score_all
from eval.model_selection.ranking import Corpus, Found, by_document
from eval.records import EvalQuestion
from eval.scores import RetrievedQuestion
from eval.slices import slice_all
from retriever.encoding.encoder import Encoder

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
KEPT = 10  # results that a run remembers

Scorable = tuple[EvalQuestion, KnownGold]


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoredSystem:
    """One system's scores and results, by question."""

    scores: Mapping[str, Mapping[str, float]]
    top: Mapping[str, list[str]]


def score_systems(
    asked: Sequence[Scorable], corpus: Corpus, found: Mapping[str, Sequence[Found]]
) -> dict[str, ScoredSystem]:
    """Score what every model found; what people get comes first."""
    owners = dict(zip(corpus.ids, corpus.documents, strict=True))
    golds, names = [known.grades for _, known in asked], [str(measure) for measure in MEASURES]
    systems = dict[str, ScoredSystem]()
    for leg in ("fused", "dense"):
        for model, results in found.items():
            orders = [result.fused if leg == "fused" else result.dense for result in results]
            ranked = [
                list(order) if question.unit == "passage" else by_document(order, owners)
                for (question, _), order in zip(asked, orders, strict=True)
            ]
            table = score_all(MEASURES, ranked, golds).tolist()
            systems[f"{model}:{leg}"] = ScoredSystem(
                scores={
                    question.id: {name: round(value, 6) for name, value in zip(names, row, strict=True)}
                    for (question, _), row in zip(asked, table, strict=True)
                },
                top={question.id: order[:KEPT] for (question, _), order in zip(asked, ranked, strict=True)},
            )
    return systems


def lines_of(
    questions: Sequence[EvalQuestion],
    known: Sequence[KnownGold],
    systems: Mapping[str, ScoredSystem],
    finder: GoldFinder,
) -> list[RetrievedQuestion]:
    """Write a line for each question, with all systems in it."""
    sliced, lines = slice_all(questions, known), list[RetrievedQuestion]()
    for question, gold, slices in zip(questions, known, sliced, strict=True):
        top = {name: item.top.get(question.id, []) for name, item in systems.items()}
        named = {*gold.grades, *(name for names in top.values() for name in names)}
        lines.append(
            RetrievedQuestion(
                id=question.id,
                text=question.text,
                asker=question.asker.name,
                gold=dict(gold.grades),
                lacking=gold.lacking,
                forbidden=gold.forbidden,
                slices=dict(slices),
                scores={
                    name: dict(item.scores[question.id]) for name, item in systems.items() if question.id in item.scores
                },
                top=top,
                titles={name: title for name in sorted(named) if (title := finder.title(name))},
            )
        )
    return lines
