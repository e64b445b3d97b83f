"""What stands on both sides of a split though it nearly says the same: found, removed and told."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from retriever.encoding.encoder import Encoder
from retriever.ranking.words import content_words
from training.pairs.clusters import alike, close
from training.pairs.splits import SPLITS, Splits
from training.records import Pair, Split

LeakKind = Literal["questions", "texts", "documents"]
RUN = 5  # words; texts that share 8 of 10 runs of five words are copies of each other


@dataclass(frozen=True, slots=True, kw_only=True)
class Leak:
    """Two things that should not be on two sides."""

    kind: LeakKind
    one: str
    other: str


def close_leaks(splits: Splits, encoder: Encoder | None = None) -> Splits:
    """Take out of the training pairs, then of the development pairs, what is too near to something held out longer."""
    bad: dict[Split, dict[LeakKind, set[str]]] = {split: defaultdict(set) for split in SPLITS}
    for leak, split, name in _leaks(splits, encoder):
        bad[split][leak.kind].add(name)
    kept = {
        split: tuple(
            pair for pair in splits.of(split) if not any(NAMES[kind](pair) in bad[split][kind] for kind in NAMES)
        )
        for split in SPLITS
    }
    return Splits(**kept)


def find_leaks(splits: Splits, encoder: Encoder | None = None) -> tuple[Leak, ...]:
    """Find everything that stands on two sides."""
    return tuple(dict.fromkeys(leak for leak, _, _ in _leaks(splits, encoder)))


NAMES: dict[LeakKind, Callable[[Pair], str]] = {
    "questions": lambda pair: pair.key,
    "texts": lambda pair: pair.text,
    "documents": lambda pair: pair.document,
}


def _leaks(splits: Splits, encoder: Encoder | None) -> Iterator[tuple[Leak, Split, str]]:
    """Return leaks with the split that has to let go, and of what: splits stand in the order of what is kept."""
    for kind, name in NAMES.items():
        where: dict[str, set[Split]] = defaultdict(set)
        for split in SPLITS:
            for pair in splits.of(split):
                where[name(pair)].add(split)
        for near in _near(kind, sorted(where), encoder):
            for one, other in (near, near[::-1]):
                latest = max(map(SPLITS.index, where[other]))
                for split in sorted(where[one], key=SPLITS.index):
                    if SPLITS.index(split) < latest:
                        yield Leak(kind=kind, one=_told(one), other=_told(other)), split, one


def _near(kind: LeakKind, names: Sequence[str], encoder: Encoder | None) -> Iterator[tuple[str, str]]:
    """Pair up what is the same or nearly."""
    yield from ((name, name) for name in names)
    if kind == "documents":
        return
    sets: dict[frozenset[str], list[str]] = defaultdict(list)
    for name in names:
        sets[content_words(name) if kind == "questions" else _runs(name)].append(name)
    for same in sets.values():
        yield from ((one, other) for one in same for other in same if one < other)
    for one, other in alike(list(sets)):
        yield from ((a, b) for a in sets[one] for b in sets[other])
    if kind == "questions" and encoder is not None and names:
        yield from ((names[one], names[other]) for one, other in close(names, encoder))


def _runs(text: str) -> frozenset[str]:
    words = text.casefold().split()
    return frozenset(" ".join(words[start : start + RUN]) for start in range(max(1, len(words) - RUN + 1)))


def _told(name: str) -> str:
    return name if len(name) <= 200 else f"{name[:200]}…"
