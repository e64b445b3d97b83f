"""Confirmed questions with their vectors, and which of them a new question is near."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hone.log.confirmations import Confirmation
from hone.log.interactions import key_of, overlap
from retriever.ranking.words import content_words

NEAREST = 40  # questions that are looked at


@dataclass(frozen=True, slots=True, kw_only=True)
class Nearness:
    """When a question is near another, and how near; how it was chosen: docs/experiments/2026-12-01-memory.md."""

    words: float = 0.3  # of the likeness that the words in common decide; the rest is the cosine
    like: float = 0.7  # likeness from which on it is near: 0 is two random passages, 1 the same question
    steepness: float = 3.0  # of how nearness grows from there to 1

    @property
    def least(self) -> float:
        """Return the cosine below which not even the same words would do."""
        return (self.like - self.words) / (1 - self.words)

    def between(self, one: str, other: str, cosine: float) -> float:
        """Say how near two questions are: 0 for others, 1 for the same."""
        if key_of(one) == key_of(other):
            return 1.0
        likeness = (1 - self.words) * cosine + self.words * overlap(content_words(one), content_words(other))
        return max(0.0, min(1.0, (likeness - self.like) / (1 - self.like))) ** self.steepness


NEARNESS = Nearness()


@dataclass(frozen=True, slots=True, kw_only=True)
class Near:
    """Something confirmed for a question that is near, and how near that is: above 0, and 1 for the same one."""

    confirmation: Confirmation
    nearness: float
    same: bool  # question, whatever its case and spacing


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ConfirmedQuestions:
    """Everything that is confirmed at one moment, for one encoder; it never changes."""

    revision: int  # of what is confirmed
    people: int  # who have searched
    rows: Mapping[str, int]  # by question
    vectors: NDArray[np.float32]  # a question a row, of length 1
    said: Sequence[Sequence[Confirmation]]  # of each question

    def near(self, text: str, vector: NDArray[np.float32], mean: float, nearness: Nearness = NEARNESS) -> list[Near]:
        """Find what is confirmed for near questions; `mean` is the cosine of two random passages."""
        if not self.rows:
            return []
        cosines = (self.vectors @ vector - mean) / (1 - mean)
        count = min(NEAREST, len(cosines))
        best: list[int] = np.argpartition(-cosines, count - 1)[:count].tolist()
        texts, found = list(self.rows), list[Near]()
        for row in best:
            if cosines[row] > nearness.least:
                how = nearness.between(text, texts[row], float(cosines[row]))
                same = key_of(text) == key_of(texts[row])
                found += [Near(confirmation=item, nearness=how, same=same) for item in self.said[row]]
        return [item for item in found if item.nearness > 0]

    def known(self) -> dict[str, NDArray[np.float32]]:
        """Name the vector of each question."""
        return {text: self.vectors[row] for text, row in self.rows.items()}


def questions_of(
    confirmations: Sequence[Confirmation], vectors: Mapping[str, NDArray[np.float32]], *, revision: int, people: int
) -> ConfirmedQuestions:
    """Put together what is confirmed; questions without a vector are left out."""
    said = defaultdict[str, list[Confirmation]](list)
    for item in confirmations:
        if item.question in vectors:
            said[item.question].append(item)
    matrix = np.stack([vectors[text] for text in said]) if said else np.zeros((0, 0), dtype=np.float32)
    rows = {text: row for row, text in enumerate(said)}
    return ConfirmedQuestions(revision=revision, people=people, rows=rows, vectors=matrix, said=list(said.values()))
