"""The questions of pairs, each once, with the places of its pairs."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from retriever.encoding.encoder import Vectors
from training.mining.records import MiningOrder
from training.pairs.questions import key_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A question; its spellings share everything but their pairs."""

    text: str
    key: str
    pairs: tuple[int, ...]  # places among the order's pairs


def questions_of(order: MiningOrder) -> Sequence[Asked]:
    """Give the questions in the order that pairs name them in."""
    places: dict[str, list[int]] = {}
    for place, pair in enumerate(order.pairs):
        places.setdefault(key_of(pair.query), []).append(place)
    return [Asked(text=order.pairs[found[0]].query, key=key, pairs=tuple(found)) for key, found in places.items()]


def positives_of(order: MiningOrder) -> Vectors:
    """Give each pair's positive as a vector; those that the passages lack are encoded from their text."""
    rows = [order.passages.rows.get(pair.passage) for pair in order.pairs]
    texts = list(dict.fromkeys(pair.text for pair, row in zip(order.pairs, rows, strict=True) if row is None))
    made = order.encoder.encode_passages(texts) if texts else np.empty((0, order.encoder.card.dimensions), np.float32)
    own = dict(zip(texts, made, strict=True))
    vectors = np.empty((len(rows), order.encoder.card.dimensions), dtype=np.float32)
    for place, (pair, row) in enumerate(zip(order.pairs, rows, strict=True)):
        vectors[place] = own[pair.text] if row is None else order.passages.vectors[row]
    return vectors
