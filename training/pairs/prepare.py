"""Everything between judgments and a training run: pairs of all sources, split, mixed, and without leaks."""

import hashlib
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import get_args

from retriever.encoding.encoder import Encoder
from training.pairs.clusters import cluster_questions
from training.pairs.leaks import close_leaks
from training.pairs.sources import PairInputs, collect, from_headings
from training.pairs.splits import SHARES, SPLITS, Shares, Splits, documents_of, split_pairs
from training.records import Pair, Source

GENERAL = 0.1  # of what is trained on; published mixes against forgetting are from a tenth to a third


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """What a model is trained and measured on, and what a manifest has to say of it."""

    splits: Splits
    sources: Mapping[Source, int]  # pairs by where they came from
    refused: int  # pairs from documents that not everybody may read
    restricted: frozenset[str]  # such documents among the pairs, where that is allowed
    fingerprint: str
    clusters: Mapping[str, str]  # of questions that nearly say the same, by key


def prepare(
    given: PairInputs,
    *,
    shares: Shares = SHARES,
    general: float = GENERAL,
    restricted: bool = False,
    encoder: Encoder | None = None,
) -> Prepared:
    """Make splits of all pairs; near-duplicates are told by words, and by vectors where the live encoder is given."""
    pairs = collect(given)
    open_pairs = [pair for pair in pairs if restricted or not pair.restricted]
    clusters = cluster_questions((pair.query for pair in open_pairs), encoder)
    splits = split_pairs(open_pairs, clusters, shares)
    mixed = replace(splits, train=(*splits.train, *_general(given, splits, general)))
    closed = close_leaks(mixed, encoder)
    everything = [pair for split in SPLITS for pair in closed.of(split)]
    counts = Counter(pair.source for pair in everything)
    return Prepared(
        splits=closed,
        sources={source: counts[source] for source in get_args(Source)},
        refused=len(pairs) - len(open_pairs),
        restricted=documents_of(pair for pair in everything if pair.restricted),
        fingerprint=fingerprint_of_splits(closed),
        clusters=clusters,
    )


def fingerprint_of_splits(splits: Splits) -> str:
    """Hash what is learned from and measured on, however much each counts: that changes as days and searches pass."""
    lines = [
        json.dumps([split, pair.query, pair.passage, pair.text, pair.grade, pair.source])
        for split in SPLITS
        for pair in splits.of(split)
    ]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _general(given: PairInputs, splits: Splits, share: float) -> Sequence[Pair]:
    """Take general pairs for a share of the training pairs, from no document that is held out."""
    wanted = round(share / (1 - share) * len(splits.train))
    held_out = documents_of((*splits.dev, *splits.test))
    found = from_headings(given.library, wanted + len(held_out))  # as many more as might have to be left out
    return [pair for pair in found if pair.document not in held_out][:wanted]
