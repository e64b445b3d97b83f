"""Pairs of every source, each once."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from training.pairs.files import from_files
from training.pairs.headings import from_headings
from training.pairs.judged import from_judgments
from training.pairs.questions import key_of
from training.pairs.sources import NamedSource, PairInputs
from training.records import Pair

SOURCES: tuple[NamedSource, ...] = (
    NamedSource(name="log", pairs=from_judgments),
    NamedSource(name="file", pairs=from_files),
    NamedSource(name="headings", pairs=from_headings, general=True),
)


def collect(given: PairInputs, *, general: bool = False) -> list[Pair]:
    """Return the pairs of all sources of one sort, each once."""
    return once(pair for source in SOURCES if source.general == general for pair in source.pairs(given))


def once(pairs: Iterable[Pair]) -> list[Pair]:
    """Make one pair of those that say the same, with the strongest's weight and what all of them rest on."""
    found: dict[tuple[str, str], Pair] = {}
    for pair in pairs:
        place = (key_of(pair.query), pair.passage)
        known = found.get(place)
        found[place] = pair if known is None else _both(known, pair)
    return sorted(found.values(), key=lambda pair: (key_of(pair.query), pair.passage))


def questions_of(pairs: Sequence[Pair]) -> set[str]:
    """Return the questions of pairs, normalised."""
    return {key_of(pair.query) for pair in pairs}


def _both(one: Pair, other: Pair) -> Pair:
    strongest = max(one, other, key=lambda pair: (pair.grade, pair.weight, pair.source))
    grounds = sorted({*one.grounds, *other.grounds}, key=lambda ground: (ground.kind, ground.id))
    return replace(strongest, weight=max(one.weight, other.weight), grounds=tuple(grounds))
