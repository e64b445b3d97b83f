"""What can be measured of one result for one question, without an LLM, by the live search."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from agents.heuristics.answer_type import has_wanted
from agents.heuristics.facts import names_of, numbers_of, rarity, terms_of
from agents.heuristics.sentences import read_aloud, units_of
from eval.rating.fitted import FittedRater, sentences, shipped_rater
from eval.rating.judge import Heard, JudgedResult, JudgeIdentity, Ungraded
from hone.errors import HoneError
from hone.records import Asker, Hit
from retriever.indexing.keeping import require_live
from retriever.ranking.background import Background
from retriever.ranking.fusion import Weighing, combine, weighing_of
from retriever.ranking.legs import BM25, DENSE
from retriever.ranking.rank import score
from retriever.searching.live import OpenIndex
from retriever.searching.searcher import Question, Searcher, query_of

SIGNALS = (
    "dense",
    "bm25",
    "bm25_share",
    "fused",
    "fused_share",
    "coverage",
    "sentence",
    "sentence_coverage",
    "wanted",
    "named",
    "terms",
)  # fmt: skip - one list

# Of all that is measured. On sets that a fit has not seen, these four agree with labels better than all eleven (mean
# kappa .51 against .47), and as well on held-out questions of sets that it has (.56, .55).
COUNTED = ("bm25_share", "fused", "fused_share", "sentence")

STRETCHES = 4  # of a passage are encoded, those with most of the question's words; encoding is nearly all of the time
LONGEST = 500  # characters that are encoded of one
BEST = 10  # results of the live search, from which the rarity of words is known


@dataclass(frozen=True, slots=True, kw_only=True)
class _Standard:
    """What a result of this question is measured against: what the live search finds best."""

    fused: float
    bm25: float
    weighing: Weighing  # by which it found it
    rare: Mapping[str, float]  # the question's words, the rare ones weighing more


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stretch:
    """A stretch of a result that could answer."""

    text: str  # as one reads it
    terms: frozenset[str]  # its own
    around: frozenset[str]  # those of its title and headings


_Scores = Mapping[str, float]  # of one passage, by leg


def measure(searcher: Searcher, query: str, hits: Sequence[Hit], asker: Asker) -> list[Mapping[str, float]]:
    """Measure results of one question, in their order; each alone, so that its company on a page changes nothing."""
    with searcher.live.current() as opened:
        vector = opened.encoder.encode_queries([query])[0]
        scores = _scores(searcher, opened, Question(text=query, asker=asker), vector, hits)
        standard = _standard(searcher, query, asker, weighing_of(opened.generation))
        sentences = _sentences(query, hits, standard.rare, vector, opened)
        return [
            _signals(query, hit, scores.get(hit.passage), standard, sentence)
            for hit, sentence in zip(hits, sentences, strict=True)
        ]


def _scores(
    searcher: Searcher, opened: OpenIndex, question: Question, vector: NDArray[np.float32], hits: Sequence[Hit]
) -> dict[str, _Scores]:
    """Ask every leg for its scores of exactly these passages."""
    these = frozenset(hit.passage for hit in hits)
    found = score([query_of(question, vector)], searcher.sources(opened), [these])[0]
    by_leg = {leg: {hit.id: hit.score for hit in scored} for leg, scored in found.items()}
    return {name: {leg: scores.get(name, 0.0) for leg, scores in by_leg.items()} for name in by_leg[DENSE.name]}


def _standard(searcher: Searcher, query: str, asker: Asker, weighing: Weighing) -> _Standard:
    result = next(iter(searcher.search_all([Question(text=query, asker=asker, hits=BEST)])))
    texts = [terms_of(_read(hit)) for hit in result.hits]
    return _Standard(
        fused=max((score for _, score in result.stages["fused"][:1]), default=0.0),
        bm25=max((score for _, score in result.stages["bm25"][:1]), default=0.0),
        weighing=weighing.in_question(query_of(Question(text=query, asker=asker), None)),
        rare=rarity(texts, terms_of(query)),
    )


def _signals(
    query: str, hit: Hit, scores: _Scores | None, standard: _Standard, sentence: Mapping[str, float]
) -> Mapping[str, float]:
    """A passage that the live index does not hold has no scores; what it says is measured all the same.

    The rater was fitted on sums of its own; a share is of what the live search makes of it.
    """
    text = _read(hit)
    own = {
        "coverage": _covered(standard.rare, terms_of(text)),
        "named": _named(query, text),
        "terms": float(np.log1p(len(standard.rare))),
        **sentence,
    }
    if scores is None:
        return own
    return own | {
        "dense": _standardised(scores[DENSE.name], standard.weighing.background),
        "bm25": float(np.log1p(scores[BM25.name])),
        "bm25_share": scores[BM25.name] / standard.bm25 if standard.bm25 > 0 else 0.0,
        "fused": float(np.log1p(_summed(scores, standard.weighing.background))),
        "fused_share": _fused(scores, standard.weighing) / standard.fused if standard.fused > 0 else 0.0,
    }


def _sentences(
    query: str, hits: Sequence[Hit], rare: Mapping[str, float], vector: NDArray[np.float32], opened: OpenIndex
) -> list[Mapping[str, float]]:
    """Measure what the nearest sentence of each passage has; all are encoded together."""
    kept = [_likeliest(hit, rare) for hit in hits]
    texts = list(dict.fromkeys(item.text[:LONGEST] for items in kept for item in items))
    encode = opened.encoder.encode_passages
    cosines = dict(zip(texts, (encode(texts) @ vector).tolist(), strict=True)) if texts else {}
    return [_nearest(query, items, rare, cosines, weighing_of(opened.generation).background) for items in kept]


def _nearest(
    query: str,
    items: Sequence[_Stretch],
    rare: Mapping[str, float],
    cosines: Mapping[str, float],
    base: Background,
) -> Mapping[str, float]:
    if not items:
        return {"sentence": 0.0, "sentence_coverage": 0.0, "wanted": 0.0}
    best = max(items, key=lambda item: cosines[item.text[:LONGEST]])
    return {
        "sentence": _standardised(cosines[best.text[:LONGEST]], base),
        "sentence_coverage": max(_covered(rare, item.terms | item.around) for item in items),
        "wanted": float(any(has_wanted(query, item.text) for item in items)),
    }


def _likeliest(hit: Hit, rare: Mapping[str, float]) -> list[_Stretch]:
    around = terms_of(" ".join((hit.title, *hit.heading)))
    texts = [read_aloud(unit) for unit in units_of(hit)]
    found = [_Stretch(text=text, terms=terms_of(text), around=around) for text in texts]
    return sorted(found, key=lambda item: -_covered(rare, item.terms))[:STRETCHES]


def _covered(rare: Mapping[str, float], present: frozenset[str]) -> float:
    mass = sum(rare.values())
    return sum(weight for word, weight in rare.items() if word in present) / mass if mass else 0.0


def _named(query: str, text: str) -> float:
    """Return the share of a question's names and numbers a text has; one where there are none."""
    names, numbers = names_of(query), numbers_of(query)
    if not names and not numbers:
        return 1.0
    lowered = text.casefold()
    found = sum(name in lowered for name in names) + len(numbers & numbers_of(text))
    return found / (len(names) + len(numbers))


def _standardised(cosine: float, background: Background) -> float:
    return (cosine - background.mean) / background.deviation


def _summed(scores: _Scores, background: Background) -> float:
    """Add up the legs as when the rater was fitted, whatever searches weigh by today."""
    return max(_standardised(scores[DENSE.name], background), 0.0) ** 2 + 0.6 * scores[BM25.name]


def _fused(scores: _Scores, weighing: Weighing) -> float:
    return float(combine({name: np.array([value]) for name, value in scores.items()}, weighing)[0])


def _read(hit: Hit) -> str:
    return "\n".join((hit.title, *hit.heading, hit.text))


class SignalsRater:
    """Grades with the live encoder and index; it shares their blind spots, and says so."""

    def __init__(self, searcher: Searcher, fitted: FittedRater | None = None) -> None:
        self._searcher = searcher
        self._fitted = fitted or shipped_rater()
        self._live = require_live(searcher.workspace).model

    @property
    def identity(self) -> JudgeIdentity:
        """The encoder whose signals are weighed, and the fit that weighs them."""
        return JudgeIdentity(
            kind="signals",
            model=self._live.id,
            version=f"{self._live.card.hash[:12]} fit {self._fitted.model.hash}",
        )

    @property
    def agreement(self) -> tuple[str, ...]:
        """What was measured when it was fitted."""
        said = ["uses signals of the live search: it can tell good searches from bad ones, but not compare models"]
        if self._live.card.hash != self._fitted.encoder:
            said.append(f"fitted for a different encoder than {self._live.id}, so the figures below may not hold here")
        return (*said, *sentences(self._fitted.agreement))

    def grade(self, pairs: Sequence[JudgedResult], heard: Heard) -> None:
        """Grade pairs, those of one question together."""
        for group in _by_question(pairs):
            try:
                found = measure(self._searcher, group[0].query, [pair.hit for pair in group], group[0].asker)
            except HoneError as error:  # a question that can't be searched for: too long, say
                for pair in group:
                    heard(pair, Ungraded(kind="not searchable", what=error.message))
                continue
            for pair, signals in zip(group, found, strict=True):
                heard(pair, self._fitted.model.grade(signals))


def _by_question(pairs: Sequence[JudgedResult]) -> Iterator[list[JudgedResult]]:
    def key(pair: JudgedResult) -> tuple[str, list[str]]:
        return pair.query, sorted(pair.asker.groups)

    for _, group in groupby(sorted(pairs, key=key), key=key):
        yield list(group)
