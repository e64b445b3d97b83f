"""How fast models encode, as ratios to the live one in the same minutes: seconds differ from machine to machine."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median

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
