"""One question's passages, sieved: what the legs found, what lies deeper, and what chance gives."""

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from retriever.encoding.encoder import Vectors
from retriever.ranking.legs import FUSED
from training.mining.drawing import Candidate, draw
from training.mining.exclusions import Avoidance
from training.mining.legs import Found
from training.mining.records import MiningRules, Origin, Reason

DRAWN = 16  # times what is still wanted: random passages are seldom avoided


@dataclass(frozen=True, slots=True, kw_only=True)
class Sieve:
    """A question with the cosines of all passages, and what it must not take."""

    avoidance: Avoidance
    vectors: Vectors  # of all passages
    line: Vectors  # the question's cosine with each
    rules: MiningRules

    def pick(
        self, found: Found, shown: Sequence[int], bounds: Sequence[float], wanted: int
    ) -> Iterator[tuple[list[Candidate], Counter[Reason]]]:
        """Give each pair's candidates, hardest first, and what was left out; a bound is a pair's highest cosine."""
        lists: dict[Origin, Sequence[int]] = {FUSED: found[FUSED], **found, "shown": shown}
        rows = list(dict.fromkeys([*found[FUSED], *shown]))
        avoided = self.avoidance.reasons(rows, self.vectors, self.rules.close)
        cosines: dict[int, float] = dict(zip(rows, self.line[rows].tolist(), strict=True))
        for bound in bounds:
            survivors = {row for row in rows if row not in avoided and cosines[row] <= bound}
            excluded = Counter(avoided.values())
            excluded["margin"] = len(rows) - len(avoided) - len(survivors)
            taken = draw(lists, survivors, wanted)
            if len(taken) < wanted:
                below = self._below(bound, {*rows, *self.avoidance.rows, *self.avoidance.own})
                taken += [Candidate(row, "deeper") for row in below[: wanted - len(taken)]]
            yield taken, excluded

    def random(self, barred: Collection[int], bound: float, wanted: int, chance: np.random.Generator) -> list[int]:
        """Draw passages that nothing speaks against."""
        count = len(self.vectors)
        drawn: list[int] = chance.choice(count, size=min(count, DRAWN * wanted), replace=False).tolist()
        cosines: dict[int, float] = dict(zip(drawn, self.line[drawn].tolist(), strict=True))
        rows = [row for row in drawn if row not in barred and cosines[row] <= bound]
        avoided = self.avoidance.reasons(rows, self.vectors, self.rules.close)
        return [row for row in rows if row not in avoided][:wanted]

    def _below(self, bound: float, known: set[int]) -> list[int]:
        """Give the nearest passages under the bound that no list has."""
        line = np.where(self.line <= bound, self.line, -np.inf)
        line[list(known)] = -np.inf
        depth = min(self.rules.depth, len(line))
        places = np.argpartition(-line, depth - 1)[:depth]
        places = places[np.lexsort((places, -line[places]))]
        rows: list[int] = places[line[places] > -np.inf].tolist()
        avoided = self.avoidance.reasons(rows, self.vectors, self.rules.close)
        return [row for row in rows if row not in avoided]


def bound_of(cosine: float, margin: float) -> float:
    """Give the highest cosine that a negative may have; below a negative cosine too."""
    return cosine - abs(cosine) * margin
