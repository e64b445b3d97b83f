"""Which pairs are learned from and which only measure: no question and no document on both sides."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import get_args

from training.pairs.clusters import UnionFind
from training.records import Pair, Split

SPLITS: tuple[Split, ...] = get_args(Split)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shares:
    """How much is held out, of all clusters of questions."""

    dev: float = 0.1
    test: float = 0.2  # the gate's: two hundred questions show a difference of 3 points, and seventy one of 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Splits:
    """Pairs by what they are for."""

    train: tuple[Pair, ...] = ()
    dev: tuple[Pair, ...] = ()
    test: tuple[Pair, ...] = ()

    def of(self, split: Split) -> tuple[Pair, ...]:
        """Return the pairs of one split."""
        pairs: tuple[Pair, ...] = getattr(self, split)
        return pairs


SHARES = Shares()


def split_pairs(pairs: Sequence[Pair], clusters: Mapping[str, str], shares: Shares = SHARES) -> Splits:
    """Split by what hangs together: clusters of questions that share a document, however many hops apart.

    What hangs together is placed by a hash of its smallest question, so that next month's log leaves it where it was
    as long as nothing smaller joins it. A lump larger than what is held out can only be learned from.
    """
    joined, named = UnionFind[str](), dict[str, str]()
    members: dict[str, set[str]] = defaultdict(set)
    for pair in pairs:
        joined.union(f"question {_cluster(pair, clusters)}", f"document {pair.document}")
    for pair in pairs:
        lump, key = joined.find(f"document {pair.document}"), _cluster(pair, clusters)
        members[lump].add(key)
        named[lump] = min(named.get(lump, key), key)
    total = sum(map(len, members.values()))
    most = max(1, min(shares.dev, shares.test) * total)
    where: dict[str, Split] = {
        lump: "train" if len(keys) > most else _drawn(named[lump], shares) for lump, keys in members.items()
    }
    found: dict[Split, list[Pair]] = {split: [] for split in SPLITS}
    for pair in pairs:
        found[where[joined.find(f"document {pair.document}")]].append(pair)
    return Splits(**{split: tuple(found[split]) for split in SPLITS})


def documents_of(pairs: Iterable[Pair]) -> frozenset[str]:
    """Return the documents that pairs stand in."""
    return frozenset(pair.document for pair in pairs)


def _cluster(pair: Pair, clusters: Mapping[str, str]) -> str:
    key = pair.key
    return clusters.get(key, key)


def _drawn(name: str, shares: Shares) -> Split:
    drawn = int(hashlib.sha256(name.encode()).hexdigest()[:13], 16) / 16**13
    if drawn < shares.test:
        return "test"
    return "dev" if drawn < shares.test + shares.dev else "train"
