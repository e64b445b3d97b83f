"""What hangs together: questions that nearly say the same, by words and by vectors, and chains of things."""

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from math import ceil
from typing import Generic, TypeVar

import numpy as np

from hone.log.interactions import key_of
from retriever.encoding.encoder import Encoder
from retriever.ranking.words import content_words

Thing = TypeVar("Thing", bound=Hashable)


class UnionFind(Generic[Thing]):
    """Disjoint sets that grow together; anything never named stands alone."""

    def __init__(self) -> None:
        self._above: dict[Thing, Thing] = {}

    def union(self, one: Thing, other: Thing) -> None:
        """Put two things, and all that belongs to either, into one set."""
        self._above[self.find(one)] = self.find(other)

    def find(self, thing: Thing) -> Thing:
        """Return the member that stands for a thing's set."""
        top = thing
        while (above := self._above.get(top, top)) != top:
            top = above
        while thing != top:  # the next look is one step
            above, self._above[thing] = self._above[thing], top
            thing = above
        return top


ALIKE = 0.8 - 1e-9  # of both sets' words; 0.8 exactly counts, however floats round
CLOSE = 0.95  # cosine; the usual bound for near-duplicates, under the encoder that serves
ROWS = 2048  # multiplied at a time: 16 MB of products

Words = frozenset[str]


def cluster_questions(questions: Iterable[str], encoder: Encoder | None = None) -> Mapping[str, str]:
    """Return for each question's key the smallest key of its cluster, whatever order they come in."""
    keys = sorted({key_of(question) for question in questions})
    joined = UnionFind[str]()
    by_words: dict[Words, str] = {}
    for key in keys:
        joined.union(key, by_words.setdefault(content_words(key), key))
    for one, other in alike(list(by_words)):
        joined.union(by_words[one], by_words[other])
    if encoder is not None and keys:
        for one, other in close(keys, encoder):
            joined.union(keys[one], keys[other])
    smallest: dict[str, str] = {}
    for key in keys:
        smallest.setdefault(joined.find(key), key)
    return {key: smallest[joined.find(key)] for key in keys}


def alike(sets: Sequence[Words]) -> Iterator[tuple[Words, Words]]:
    """Find all pairs of sets that share `ALIKE` of their words.

    Two such sets share one of the rarest words of each, so only sets that meet there are compared.
    """
    counts = Counter(word for words in sets for word in words)
    meeting: dict[str, list[Words]] = defaultdict(list)
    for words in sorted(sets, key=lambda found: (len(found), sorted(found))):
        rarest = sorted(words, key=lambda word: (counts[word], word))[: len(words) - ceil(ALIKE * len(words)) + 1]
        met: set[Words] = set()
        for word in rarest:
            for other in meeting[word]:
                if len(other) >= ALIKE * len(words) and other not in met:
                    met.add(other)
                    if len(words & other) >= ALIKE * len(words | other):
                        yield words, other
            meeting[word].append(words)


def close(texts: Sequence[str], encoder: Encoder) -> Iterator[tuple[int, int]]:
    """Find all pairs of questions, by their places, whose vectors are close."""
    vectors = encoder.encode_queries(texts)
    for start in range(0, len(vectors), ROWS):
        for below in range(start, len(vectors), ROWS):
            near = vectors[start : start + ROWS] @ vectors[below : below + ROWS].T >= CLOSE
            for row, column in np.argwhere(near):
                one, other = start + int(row), below + int(column)
                if one < other:
                    yield one, other
