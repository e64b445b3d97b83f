"""How likely each quotable stretch of the evidence is to hold the answer to a question."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import log1p

import numpy as np
from numpy.typing import NDArray

from agents.heuristics.answer_type import has_wanted
from agents.heuristics.facts import rarity, terms_of
from agents.heuristics.sentences import Unit, read_aloud, units_of
from agents.records import Evidence

Vectors = NDArray[np.float32]
Encode = Callable[[Sequence[str]], Vectors]

# Stretches that are encoded for all questions together, which is nearly all the time this takes: of 40, covid-qa gains
# nothing and the sample a hundredth.
MOST = 24
LONGEST = 500  # characters that are encoded of one
FULL = log1p(60)  # words; longer stretches say no more
SHORT = 5  # words; shorter ones are labels rather than statements


@dataclass(frozen=True, slots=True, kw_only=True)
class SentenceWeights:
    """What each feature of a stretch counts for; the difference of two scores is a log odds."""

    cosine: float
    passage: float  # its passage's score as a share of the best one's
    words: float  # how much of the question's words stretch and headings have, the rare ones counting more
    wanted: float  # it has the kind of thing that the question asks for
    length: float
    short: float
    asks: float  # it is a question itself


# Fitted as a choice among each question's stretches, on covid-qa's training questions and half of the sample;
# fitted on either alone they choose as well on the other: docs/experiments/2026-11-20-quotes.md.
WEIGHTS = SentenceWeights(cosine=7.6, passage=4.5, words=5.4, wanted=0.8, length=0.9, short=-2.0, asks=-2.8)


@dataclass(frozen=True, slots=True, kw_only=True)
class CandidateSentence:
    """A stretch that could be quoted, with what it is judged by."""

    evidence: Evidence
    place: int  # among the stretches of its passage
    unit: Unit
    text: str  # as one reads it
    terms: frozenset[str]  # its own
    around: frozenset[str]  # those of its title and headings


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoredSentence:
    """A candidate with its score for one question, and its vector."""

    candidate: CandidateSentence
    score: float
    cosine: float  # with the question
    vector: Vectors


def candidates_of(evidence: Sequence[Evidence]) -> list[CandidateSentence]:
    """Take all evidence apart."""
    return [candidate for item in evidence for candidate in _candidates(item)]


def score(questions: Sequence[str], evidence: Sequence[Evidence], encode: Encode) -> list[list[ScoredSentence]]:
    """Score the likeliest stretches for each question, in the order they stand; everything is encoded in one batch."""
    found = candidates_of(evidence)
    rarities = [_weigh(question, evidence) for question in questions]
    kept = _likeliest(found, rarities)
    if not kept:
        return [[] for _ in questions]
    vectors = encode([*questions, *(candidate.text[:LONGEST] for candidate in kept)])
    asked, stretches = vectors[: len(questions)], vectors[len(questions) :]
    best = max(1e-6, *(item.hit.score for item in evidence))
    return [
        [
            _scored(question, rare, candidate, best, measured)
            for candidate, measured in zip(kept, zip((stretches @ own).tolist(), stretches, strict=True), strict=True)
        ]
        for question, rare, own in zip(questions, rarities, asked, strict=True)
    ]


def features(
    question: str, rare: Mapping[str, float], candidate: CandidateSentence, best: float, cosine: float
) -> Mapping[str, float]:
    """Compute what a stretch is judged by, under the names of its weights."""
    length = len(candidate.text.split())
    return {
        "cosine": cosine,
        "passage": max(candidate.evidence.hit.score, 0.0) / best,
        "words": _covered(rare, candidate),
        "wanted": float(has_wanted(question, candidate.text)),
        "length": min(log1p(length), FULL),
        "short": float(length < SHORT),
        "asks": float(candidate.text.rstrip().endswith("?")),
    }


def weighed(found: Mapping[str, float], weights: SentenceWeights = WEIGHTS) -> float:
    """Add up features by their weights."""
    return sum(getattr(weights, name) * value for name, value in found.items())


def _scored(
    question: str, rare: Mapping[str, float], candidate: CandidateSentence, best: float, measured: tuple[float, Vectors]
) -> ScoredSentence:
    cosine, vector = measured
    score = weighed(features(question, rare, candidate, best, cosine))
    return ScoredSentence(candidate=candidate, score=score, cosine=cosine, vector=vector)


def _candidates(item: Evidence) -> list[CandidateSentence]:
    around = terms_of(" ".join((item.hit.title, *item.hit.heading)))
    texts = [(unit, read_aloud(unit)) for unit in units_of(item.hit)]
    return [
        CandidateSentence(evidence=item, place=place, unit=unit, text=text, terms=terms_of(text), around=around)
        for place, (unit, text) in enumerate(texts)
    ]


def _weigh(question: str, evidence: Sequence[Evidence]) -> Mapping[str, float]:
    texts = [terms_of("\n".join((item.hit.title, *item.hit.heading, item.hit.text))) for item in evidence]
    return rarity(texts, terms_of(question))


def _covered(rare: Mapping[str, float], candidate: CandidateSentence) -> float:
    mass = sum(rare.values())
    has = candidate.terms | candidate.around
    return sum(weight for word, weight in rare.items() if word in has) / mass if mass else 0.0


def _likeliest(found: Sequence[CandidateSentence], rarities: Sequence[Mapping[str, float]]) -> list[CandidateSentence]:
    """Keep as many as are encoded, by words and place, those of every question in turn; in the order they stand."""
    if len(found) <= MOST:
        return list(found)
    orders = [
        sorted(range(len(found)), key=lambda place: -_covered(rare, found[place]) - 0.5 / found[place].evidence.number)
        for rare in rarities
    ]
    kept = dict.fromkeys(place for turn in zip(*orders, strict=True) for place in turn)
    return [found[place] for place in sorted(list(kept)[:MOST])]
