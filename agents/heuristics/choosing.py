"""Which block of the evidence answers a question: its words compared one by one with the question's, and more."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from agents.heuristics.blocks import AnswerBlock, blocks_of
from agents.heuristics.facts import rarity, terms_of
from agents.records import Evidence
from retriever.encoding.tokenvectors import TokenVectors
from retriever.ranking.words import STOP_WORDS

ReadTokens = Callable[[Sequence[str]], Sequence[TokenVectors]]

MOST = 24  # blocks that are read token by token for all questions together, which is nearly all the time this takes
LONGEST = 900  # characters that are read of one
SELDOM = 0.15  # what a word weighs at least
STOP, BESIDE = 0.1, 0.05  # what a word of every text weighs, and a token that is part of no word

_WORD = re.compile(r"[^\W_]+(?:[-_./'’&+]?[^\W_]+)*")


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockWeights:
    """What each feature of a block counts for; the difference of two scores is a log odds."""

    matched: float  # the question's tokens, each by the one nearest to it in block, title and headings
    within: float  # likewise, in the block alone
    cosine: float  # of the block as a whole, read with title and headings
    asks: float  # it is a question itself


# Fitted as a choice among each question's blocks: docs/experiments/2026-12-01-best-match.md.
WEIGHTS = BlockWeights(matched=14.7, within=6.1, cosine=5.4, asks=-2.2)


@dataclass(frozen=True, slots=True, kw_only=True)
class CandidateBlock:
    """A block that could answer, with the titles it is read under."""

    evidence: Evidence
    block: AnswerBlock
    under: str

    @property
    def text(self) -> str:
        """What is read of it."""
        return f"{self.under}\n{self.block.text[:LONGEST]}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoredBlock:
    """A candidate with its score for one question, and what that is made of."""

    candidate: CandidateBlock
    score: float
    features: Mapping[str, float]
    met: NDArray[np.float32]  # of each of the question's words that say something, the nearest token's cosine
    matches: NDArray[np.float32]  # a row for each of the question's tokens: its weight times each token's cosine
    starts: NDArray[np.int32]  # where those tokens stand in the block's text


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """A question as it is compared."""

    tokens: TokenVectors
    weights: NDArray[np.float32]  # of its tokens; they add up to one
    telling: NDArray[np.bool_]  # which of them are of words that say something


def candidates_of(evidence: Sequence[Evidence]) -> list[CandidateBlock]:
    """Take all evidence apart."""
    return [
        CandidateBlock(evidence=item, block=block, under=_under(item, block))
        for item in evidence
        for block in blocks_of(item.hit)
    ]


def score_blocks(questions: Sequence[str], evidence: Sequence[Evidence], read: ReadTokens) -> list[list[ScoredBlock]]:
    """Score the likeliest blocks for each question, best first; all of them are read in one batch."""
    asks = frozenset[str]().union(*(terms_of(question) for question in questions))
    every = candidates_of(evidence)
    # A follow-up holds what was answered before, so where every block repeats it, they all count.
    found = [item for item in every if item.block.form == "row" or _tells(item.block.text, asks)] or every
    rarities = [_weigh(question, evidence) for question in questions]
    kept = _likeliest(found, rarities)
    if not kept:
        return [[] for _ in questions]
    tokens = read([*questions, *(candidate.text for candidate in kept)])
    blocks = tokens[len(questions) :]
    asked = [_asked(text, rare, own) for text, rare, own in zip(questions, rarities, tokens, strict=False)]
    scored = [[_scored(one, candidate, block) for candidate, block in zip(kept, blocks, strict=True)] for one in asked]
    return [sorted(own, key=lambda item: -item.score) for own in scored]


def _tells(text: str, asks: frozenset[str]) -> bool:
    """Check whether a text says more than the question does, and does more than announce what is not in it."""
    return bool(terms_of(text) - asks) and not text.rstrip(" *_").endswith((":", ",", "："))


def _asked(text: str, rare: Mapping[str, float], tokens: TokenVectors) -> _Asked:
    """Weigh a question's tokens by how rare their words are among the passages."""
    words = [(word.start(), word.end(), word.group()) for word in _WORD.finditer(text)]
    places = [next((n for n, (a, b, _) in enumerate(words) if a <= at < b), -1) for at in tokens.starts.tolist()]
    weights = [BESIDE if n < 0 else _weight(words[n][2], rare) / sqrt(places.count(n)) for n in places]
    made = np.array(weights, dtype=np.float32)
    telling = np.array([n >= 0 and words[n][2].lower() not in STOP_WORDS for n in places], dtype=np.bool_)
    return _Asked(
        tokens=tokens,
        weights=(made / max(float(made.sum()), 1e-6)).astype(np.float32),
        telling=telling if telling.any() else np.ones(len(places), dtype=np.bool_),
    )


def answering_sentence(item: ScoredBlock, sentences: Sequence[str]) -> int:
    """Find which of a block's sentences matches the question best; each stands in its text in this order."""
    best, chosen, place = -1.0, 0, 0
    for number, sentence in enumerate(sentences):
        start = item.candidate.block.text.find(sentence, place)
        if start < 0:
            continue
        place = start + len(sentence)
        inside = item.matches[:, (item.starts >= start) & (item.starts < place)]
        value = float(inside.max(axis=1).sum()) if inside.size else 0.0
        if value > best:
            best, chosen = value, number
    return chosen


def _weight(word: str, rare: Mapping[str, float]) -> float:
    if word.lower() in STOP_WORDS:
        return STOP
    return max(max((rare.get(term, 0.3) for term in terms_of(word)), default=0.3), SELDOM)


def _scored(asked: _Asked, candidate: CandidateBlock, tokens: TokenVectors) -> ScoredBlock:
    cosines = asked.tokens.vectors.astype(np.float32) @ tokens.vectors.astype(np.float32).T
    inside = tokens.starts > len(candidate.under)
    if not inside.any():
        inside = np.ones(len(tokens.starts), dtype=np.bool_)
    met = cosines.max(axis=1)
    features = {
        "matched": float(asked.weights @ met),
        "within": float(asked.weights @ cosines[:, inside].max(axis=1)),
        "cosine": float(asked.tokens.whole @ tokens.whole),
        "asks": float(candidate.block.text.rstrip().endswith("?")),
    }
    return ScoredBlock(
        candidate=candidate,
        score=sum(getattr(WEIGHTS, name) * features[name] for name in BlockWeights.__slots__),
        features=features,
        met=met[asked.telling],
        matches=(asked.weights[:, None] * cosines[:, inside]).astype(np.float32),
        starts=tokens.starts[inside] - len(candidate.under) - 1,
    )


def _under(item: Evidence, block: AnswerBlock) -> str:
    names = (item.hit.title, *item.hit.heading, block.section)
    return " › ".join(dict.fromkeys(name for name in names if name))


def _weigh(question: str, evidence: Sequence[Evidence]) -> Mapping[str, float]:
    texts = [terms_of("\n".join((item.hit.title, *item.hit.heading, item.hit.text))) for item in evidence]
    return rarity(texts, terms_of(question))


def _likeliest(found: Sequence[CandidateBlock], rarities: Sequence[Mapping[str, float]]) -> list[CandidateBlock]:
    """Keep as many as are read, by words and place, those of every question in turn; in the order they stand."""
    if len(found) <= MOST:
        return list(found)
    has = [terms_of(item.block.text) | terms_of(item.under) for item in found]
    orders = [
        sorted(range(len(found)), key=lambda at: -_share(rare, has[at]) - 0.8 / _place(found[at].evidence))
        for rare in rarities
    ]
    kept = dict.fromkeys(place for turn in zip(*orders, strict=True) for place in turn)
    return [found[place] for place in sorted(list(kept)[:MOST])]


def _place(item: Evidence) -> int:
    return item.place or item.number


def _share(rare: Mapping[str, float], has: frozenset[str]) -> float:
    return sum(weight for word, weight in rare.items() if word in has) / (sum(rare.values()) or 1.0)
