"""One trap at a time: ranked before any other passage that may be taken, and not to be taken."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from retriever.encoding.encoder import unit_rows
from tests.training.mining.planted import CLUSTER, DIMENSIONS, QUESTION, Planted, judgment, pair
from training.mining.records import Reason
from training.pairs.passages import PassagePlace
from training.records import Pair

HERE = PassagePlace(document="answer.md", ordinal=4)
THIRD = "washing falcons"  # and one more
CLUSTERS = {QUESTION: CLUSTER, CLUSTER: CLUSTER, THIRD: CLUSTER}
ANSWER = "Falcons › Washing\nHold the falcon under lukewarm water, and dry its wings one after the other."


@dataclass(slots=True, kw_only=True)
class Trap:
    """How a trap is laid, and what else is known."""

    reason: Reason
    lay: Callable[[Planted], object]
    pairs: tuple[Pair, ...] = ()
    options: dict[str, Any] = field(default_factory=dict[str, Any])


def plain(planted: Planted) -> object:
    return planted.lay("trap", 0.8)


def near_copy(planted: Planted) -> object:
    """Lay it .96 from the positive."""
    row = np.zeros((1, DIMENSIONS), dtype=np.float32)
    row[0, 0] = 0.96 * 0.9 - 0.28 * (1 - 0.9**2) ** 0.5
    row[0, 1] = 0.96 * (1 - 0.9**2) ** 0.5 + 0.28 * 0.9
    return planted.lay("trap", vector=unit_rows(row)[0])


TRAPS = {
    "a judgment likes it": Trap(reason="answers", lay=plain, options={"liked": [judgment("trap")]}),
    "a judgment of its cluster likes it": Trap(
        reason="answers",
        lay=plain,
        options={"liked": [judgment("trap", THIRD, cluster=CLUSTER)], "clusters": {QUESTION: CLUSTER}},
    ),
    "a judgment likes it for what is of its cluster by now": Trap(
        reason="answers", lay=plain, options={"liked": [judgment("trap", THIRD)], "clusters": CLUSTERS}
    ),
    "a judgment likes its document": Trap(
        reason="answers", lay=plain, options={"liked": [judgment("", document="trap.md")]}
    ),
    "it is the question's other positive": Trap(
        reason="answers", lay=plain, pairs=(pair("trap", "How is the  FALCON washed?"),)
    ),
    "it is a positive of its cluster": Trap(
        reason="answers", lay=plain, pairs=(pair("trap", THIRD),), options={"clusters": CLUSTERS}
    ),
    "it stands in the positive's document": Trap(
        reason="answers",
        lay=lambda planted: planted.lay("trap", 0.8, at=PassagePlace(document="answer.md", ordinal=9)),
    ),
    "it says nearly the same": Trap(reason="near-copy", lay=near_copy),
    "it is nearer than the positive": Trap(reason="nearer", lay=lambda planted: planted.lay("trap", 0.92)),
}


@pytest.fixture
def planted(tmp_path: Path) -> Planted:
    """An answer, and passages further and further away."""
    found = Planted(folder=tmp_path)
    found.lay("answer", 0.9, ANSWER, at=HERE)
    for place in range(6):
        found.lay(f"far-{place}", 0.5 - place / 20)
    return found


@pytest.mark.parametrize("trap", TRAPS.values(), ids=TRAPS)
def test_a_trap_is_never_taken(planted: Planted, trap: Trap) -> None:
    trap.lay(planted)
    mined = planted.mine([pair("answer"), *trap.pairs], **trap.options)
    assert planted.named(mined) == ["far-0", "far-1"]
    assert mined.report.excluded[trap.reason] >= 1


HARMLESS: dict[str, Trap] = {
    "nothing is known of it": Trap(reason="answers", lay=plain),
    "a judgment speaks against it": Trap(
        reason="answers", lay=plain, options={"liked": [judgment("trap", grade=0)], "clusters": CLUSTERS}
    ),
    "a judgment likes it for another question": Trap(
        reason="answers", lay=plain, options={"liked": [judgment("trap", "who feeds it")], "clusters": CLUSTERS}
    ),
    "it is just below the positive": Trap(reason="nearer", lay=lambda planted: planted.lay("trap", 0.89)),
}


@pytest.mark.parametrize("trap", HARMLESS.values(), ids=HARMLESS)
def test_what_nothing_speaks_for_is_taken_first(planted: Planted, trap: Trap) -> None:
    trap.lay(planted)
    mined = planted.mine([pair("answer"), *trap.pairs], **trap.options)
    assert planted.named(mined)[0] == "trap"
