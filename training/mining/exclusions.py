"""What is known to answer a question, and so is never a negative of it."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from retriever.encoding.encoder import Vectors
from training.mining.records import MiningInputs
from training.pairs.questions import key_of
from training.records import Judgment


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownAnswers:
    """What answers the questions of one cluster."""

    documents: frozenset[str]  # whole ones: everything that is measured counts documents
    vectors: Vectors  # of the passages, whose near-copies in other documents answer too


def known_answers(order: MiningInputs, positives: Vectors) -> Mapping[str, KnownAnswers]:
    """Return by cluster what its pairs and judgments say answers it; `positives` are the pairs' vectors."""
    documents, vectors = defaultdict[str, set[str]](set), defaultdict[str, list[Vectors]](list)
    for place, pair in enumerate(order.pairs):
        cluster = order.cluster(key_of(pair.query))
        documents[cluster].add(pair.document)
        vectors[cluster].append(positives[place])
    for judgment in order.liked:
        # Clusters of judgments were made without the pairs of files, and those of pairs with them: either may be wider.
        for cluster in {judgment.cluster, order.cluster(judgment.key)} if judgment.grade > 0 else ():
            documents[cluster].add(judgment.document)
            vectors[cluster] += _vectors_of(judgment, order)
    return {
        cluster: KnownAnswers(documents=frozenset(names), vectors=np.stack(vectors[cluster]))
        for cluster, names in documents.items()
        if vectors[cluster]
    }


def positives_of(order: MiningInputs) -> Vectors:
    """Return each pair's positive as a vector; those that the passages lack are encoded from their text."""
    rows = [order.passages.rows.get(pair.passage) for pair in order.pairs]
    texts = list(dict.fromkeys(pair.text for pair, row in zip(order.pairs, rows, strict=True) if row is None))
    made = order.encoder.encode_passages(texts) if texts else ()
    own = dict(zip(texts, made, strict=True))
    found = [
        own[pair.text] if row is None else order.passages.vectors[row]
        for pair, row in zip(order.pairs, rows, strict=True)
    ]
    return np.stack(found)


def _vectors_of(judgment: Judgment, order: MiningInputs) -> Iterator[Vectors]:
    row = order.passages.rows.get(judgment.passage)
    rows: Sequence[int] = order.passages.by_document.get(judgment.document, ()) if row is None else (row,)
    return (order.passages.vectors[row] for row in rows)
