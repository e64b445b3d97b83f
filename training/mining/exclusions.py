"""Passages that may answer a question, or stand too near to one that does: never negatives of it."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from retriever.encoding.encoder import Vectors
from training.lesson.passages import Passages
from training.mining.duplicates import Copies
from training.mining.questions import Asked
from training.mining.records import MiningOrder, Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Avoidance:
    """What is avoided for one question."""

    own: frozenset[int]  # rows of its positives
    rows: Mapping[int, Reason]  # of its cluster
    good: Vectors  # positives and liked passages of the cluster, whose near-copies are avoided too

    def reasons(self, rows: Sequence[int], vectors: Vectors, close: float) -> dict[int, Reason]:
        """Tell which of these rows are avoided, and why."""
        found: dict[int, Reason] = {row: self.rows[row] for row in rows if row in self.rows}
        found |= {row: "positive" for row in rows if row in self.own}
        rest = [row for row in rows if row not in found]
        if rest and len(self.good):
            near = (vectors[rest] @ self.good.T).max(axis=1) >= close
            found |= {row: "duplicate" for row, is_near in zip(rest, near.tolist(), strict=True) if is_near}
        return found


class Avoided:
    """Knows for every question what is avoided; what questions of one cluster have in common is found once."""

    def __init__(self, order: MiningOrder, questions: Iterable[Asked], positives: Vectors) -> None:
        self._order, self._positives = order, positives
        self._surroundings, self._copies = Surroundings(order.passages), Copies(order.passages.texts)
        self._pairs, self._liked = defaultdict[str, list[int]](list), defaultdict[str, set[str]](set)
        self._shown = defaultdict[str, set[str]](set)
        for asked in questions:
            self._pairs[order.cluster(asked.key)] += asked.pairs
        for judgment in order.liked:
            if judgment.grade > 0:
                for cluster in {judgment.cluster, order.cluster(judgment.key)}:
                    self._liked[cluster].add(judgment.target)
        for key, names in order.shown.items():
            self._shown[order.cluster(key)] |= names
        self._known: dict[str, Avoidance] = {}

    def of(self, asked: Asked) -> Avoidance:
        """Give what is avoided for a question."""
        cluster, rows = self._order.cluster(asked.key), self._order.passages.rows
        if cluster not in self._known:
            self._known[cluster] = self._of_cluster(cluster)
        own = frozenset(
            rows[name] for name in (self._order.pairs[place].passage for place in asked.pairs) if name in rows
        )
        known = self._known[cluster]
        return Avoidance(own=own, rows=known.rows, good=known.good)

    def skipped(self, asked: Asked) -> frozenset[int]:
        """Give what people passed over for the question or its cluster: nothing that is taken without confirming."""
        return self._skipped(self._order.cluster(asked.key))

    def _skipped(self, cluster: str) -> frozenset[int]:
        rows = self._order.passages.rows
        return frozenset(rows[name] for name in self._shown.get(cluster, ()) if name in rows)

    def _of_cluster(self, cluster: str) -> Avoidance:
        passages, places = self._order.passages, self._pairs[cluster]
        pairs = [self._order.pairs[place] for place in places]
        names = dict.fromkeys([*(pair.passage for pair in pairs), *sorted(self._liked[cluster])])
        good = [row for name in names for row in _rows_of(name, passages)]
        texts = dict.fromkeys([*(pair.text for pair in pairs), *(passages.texts[row] for row in good)])
        reasons: dict[int, Reason] = dict.fromkeys(good, "liked")
        near: Sequence[tuple[Reason, Iterable[int]]] = (
            ("neighbour", (other for row in good for other in self._surroundings.neighbours(row))),
            ("section", (other for row in good for other in self._surroundings.section(row))),
            ("duplicate", (other for text in texts for other in self._copies.of(text))),
            ("skipped", self._skipped(cluster) if self._order.confirm is None else ()),
        )
        for reason, rows in near:
            for row in rows:
                reasons.setdefault(row, reason)
        vectors = np.concatenate([self._positives[places], passages.vectors[good]])
        return Avoidance(own=frozenset(), rows=reasons, good=vectors)


class Surroundings:
    """Finds what stands beside a passage, and under the same heading."""

    def __init__(self, passages: Passages) -> None:
        self._places = passages.places
        self._ordinals = {(place.document, place.ordinal): row for row, place in enumerate(passages.places)}
        self._sections: dict[tuple[str, tuple[str, ...]], list[int]] = {}
        for row, place in enumerate(passages.places):
            self._sections.setdefault((place.document, place.heading), []).append(row)

    def neighbours(self, row: int) -> Iterator[int]:
        """Give the passages before and after."""
        place = self._places[row]
        for ordinal in (place.ordinal - 1, place.ordinal + 1):
            if (place.document, ordinal) in self._ordinals:
                yield self._ordinals[place.document, ordinal]

    def section(self, row: int) -> Sequence[int]:
        """Give the passages of the same document under the same headings; all of one without headings."""
        place = self._places[row]
        return self._sections[place.document, place.heading]


def _rows_of(name: str, passages: Passages) -> Sequence[int]:
    """Give the rows of a passage, or of a whole document."""
    row = passages.rows.get(name)
    return passages.by_document.get(name, ()) if row is None else (row,)
