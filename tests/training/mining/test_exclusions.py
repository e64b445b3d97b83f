"""One trap at a time: nearer to the question than any other passage that may be taken, and not to be taken."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from retriever.encoding.encoder import unit_rows
from tests.training.mining.planted import CLUSTER, DIMENSIONS, QUESTION, Planted, id_of, judgment, pair
from training.lesson.passages import Place
from training.mining.records import Reason
from training.records import Pair

HERE = Place(document="falcons.md", heading=("Falcons", "Washing"), ordinal=4)
ELSEWHERE = ("Falcons", "Feeding")
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


def beside(ordinal: int) -> Callable[[Planted], object]:
    place = Place(document=HERE.document, heading=ELSEWHERE, ordinal=ordinal)
    return lambda planted: planted.lay("trap", 0.8, at=place)


def near_copy(planted: Planted) -> object:
    """Lay it .96 from the positive, and yet below the margin."""
    row = np.zeros((1, DIMENSIONS), dtype=np.float32)
    row[0, 0] = 0.96 * 0.9 - 0.28 * (1 - 0.9**2) ** 0.5
    row[0, 1] = 0.96 * (1 - 0.9**2) ** 0.5 + 0.28 * 0.9
    return planted.lay("trap", vector=unit_rows(row)[0])


TRAPS = {
    "a judgment likes it": Trap(reason="liked", lay=plain, options={"liked": [judgment("trap")]}),
    "a judgment of its cluster likes it": Trap(
        reason="liked",
        lay=plain,
        options={"liked": [judgment("trap", THIRD, cluster=CLUSTER)], "clusters": {QUESTION: CLUSTER}},
    ),
    "a judgment likes it for what is of its cluster by now": Trap(
        reason="liked", lay=plain, options={"liked": [judgment("trap", THIRD)], "clusters": CLUSTERS}
    ),
    "a judgment likes its document": Trap(
        reason="liked", lay=plain, options={"liked": [judgment("", document="trap.md")]}
    ),
    "it is the question's other positive": Trap(
        reason="positive", lay=plain, pairs=(pair("trap", "How is the  FALCON washed?"),)
    ),
    "it is a positive of its cluster": Trap(
        reason="liked", lay=plain, pairs=(pair("trap", THIRD),), options={"clusters": CLUSTERS}
    ),
    "it stands before the positive": Trap(reason="neighbour", lay=beside(3)),
    "it stands after the positive": Trap(reason="neighbour", lay=beside(5)),
    "it stands in the positive's section": Trap(
        reason="section",
        lay=lambda planted: planted.lay("trap", 0.8, at=Place(document=HERE.document, heading=HERE.heading, ordinal=9)),
    ),
    "it says nearly the same": Trap(reason="duplicate", lay=near_copy),
    "it says the same to the letter": Trap(
        reason="duplicate",
        lay=lambda planted: planted.lay("trap", 0.8, "Birds\n" + ANSWER.split("\n")[1].upper().replace(" ", "  ")),
    ),
    "people passed it over": Trap(
        reason="skipped", lay=plain, options={"shown": {QUESTION: frozenset({id_of("trap")})}}
    ),
    "people passed it over for its cluster": Trap(
        reason="skipped",
        lay=plain,
        options={"shown": {THIRD: frozenset({id_of("trap")})}, "clusters": CLUSTERS},
    ),
    "it is nearer than the margin allows": Trap(reason="margin", lay=lambda planted: planted.lay("trap", 0.88)),
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
    assert mined.report.excluded["positive"] >= 1


HARMLESS: dict[str, Trap] = {
    "nothing is known of it": Trap(reason="liked", lay=plain),
    "a judgment speaks against it": Trap(
        reason="liked", lay=plain, options={"liked": [judgment("trap", grade=0)], "clusters": CLUSTERS}
    ),
    "a judgment likes it for another question": Trap(
        reason="liked", lay=plain, options={"liked": [judgment("trap", "who feeds it")], "clusters": CLUSTERS}
    ),
    "people passed it over for another question": Trap(
        reason="skipped", lay=plain, options={"shown": {"who feeds it": frozenset({id_of("trap")})}}
    ),
    "it stands two passages away under another heading": Trap(reason="neighbour", lay=beside(6)),
    "it has the place of the positive in another document": Trap(
        reason="section",
        lay=lambda planted: planted.lay("trap", 0.8, at=Place(document="other.md", heading=HERE.heading, ordinal=5)),
    ),
    "it is just below the margin": Trap(reason="margin", lay=lambda planted: planted.lay("trap", 0.85)),
}


@pytest.mark.parametrize("trap", HARMLESS.values(), ids=HARMLESS)
def test_what_nothing_speaks_for_is_taken_first(planted: Planted, trap: Trap) -> None:
    trap.lay(planted)
    mined = planted.mine([pair("answer"), *trap.pairs], **trap.options)
    assert planted.named(mined)[0] == "trap"


def test_a_copy_of_a_text_that_the_library_lacks_is_avoided_too(planted: Planted) -> None:
    body = ANSWER.split("\n")[1]
    planted.lay("trap", 0.8, f"Birds\n{body}")
    planted.also[body] = planted.vectors[0]
    mined = planted.mine([pair("brought", text=body)])
    # The library's answer is as near as the text itself: its near-copy.
    assert planted.named(mined) == ["far-0", "far-1"]
    assert mined.report.excluded["duplicate"] == 2
