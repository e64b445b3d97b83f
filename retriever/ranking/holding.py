"""Holding passages back: some may rise by so many places and no more, whatever their score."""

from collections.abc import Mapping, Sequence

from retriever.storing.store import LegHit


def hold_back(lifted: Sequence[LegHit], plain: Sequence[LegHit], most: Mapping[str, int]) -> tuple[LegHit, ...]:
    """Let each of the named passages rise by at most so many places above where it stands in the plain order."""
    places = {hit.id: place for place, hit in enumerate(plain)}
    highest = {name: _below(plain, places[name] - rise) for name, rise in most.items() if name in places}
    capped = [LegHit(id=hit.id, score=min(hit.score, highest.get(hit.id, hit.score))) for hit in lifted]
    return tuple(sorted(capped, key=lambda hit: -hit.score))  # a stable sort: ties stay as they were


def _below(plain: Sequence[LegHit], place: int) -> float:
    """Return a score that comes just before what stands at a place, and after all that stands before it."""
    if place <= 0:
        return float("inf")
    return (plain[place - 1].score + plain[place].score) / 2
