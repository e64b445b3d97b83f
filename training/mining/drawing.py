"""Which of a question's surviving passages become negatives: every leg has its turn."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from training.mining.records import Origin


@dataclass(frozen=True, slots=True)  # positional: there are a million of them
class Candidate:
    """A passage that may become a negative, and whose turn it was taken in."""

    row: int
    origin: Origin


def draw(lists: Mapping[Origin, Sequence[int]], survivors: Collection[int], wanted: int) -> list[Candidate]:
    """Take survivors in turns, the best of each list that is still there, until there are enough."""
    waiting: dict[Origin, Iterator[int]] = {origin: _left(rows, survivors) for origin, rows in lists.items()}
    taken: dict[int, Candidate] = {}
    while waiting and len(taken) < wanted:
        for origin in list(waiting):
            row = next((row for row in waiting[origin] if row not in taken), None)
            if row is None:
                del waiting[origin]
            elif len(taken) < wanted:
                taken[row] = Candidate(row, origin)
    return list(taken.values())


def _left(rows: Sequence[int], survivors: Collection[int]) -> Iterator[int]:
    return (row for row in rows if row in survivors)
