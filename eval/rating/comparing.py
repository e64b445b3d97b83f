"""Two systems, blind: a judge sees both lists without names, in either order, and has to say the same twice."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np

from eval.rating.judge import JudgeIdentity, Ungraded
from eval.statistics import Interval, bootstrap
from hone.records import Asker, Hit
from retriever.progress import Progress, Silent

Choice = Literal["first", "second", "tie"]
Winner = Literal["a", "b", "tie"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Faceoff:
    """What two systems show for one question."""

    query: str
    asker: Asker
    a: tuple[Hit, ...]
    b: tuple[Hit, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lists:
    """Two lists as a judge sees them: nothing tells which system either is of."""

    query: str
    asker: Asker
    first: tuple[Hit, ...]
    second: tuple[Hit, ...]


HeardChoice = Callable[[Lists, Choice | Ungraded], None]


class Chooser(Protocol):
    """Says which of two lists is better."""

    @property
    def identity(self) -> JudgeIdentity: ...

    def choose(self, lists: Sequence[Lists], heard: HeardChoice) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What came of one question."""

    query: str
    winner: Winner | None  # none: an order got no answer
    flipped: bool  # whichever came first won, or whichever came second
    same: bool  # both showed the same, and nobody was asked
    why: str = ""  # it has no winner


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """How often each system was better."""

    judge: JudgeIdentity
    verdicts: tuple[Verdict, ...]

    def count(self, winner: Winner | None) -> int:
        """Count the questions that this system won; none counts those without an answer."""
        return sum(verdict.winner == winner for verdict in self.verdicts)

    @property
    def same(self) -> int:
        """Count the questions for which both showed the same."""
        return sum(verdict.same for verdict in self.verdicts)

    @property
    def gain(self) -> Interval:
        """The share of questions that B wins less the share that A wins, ties among them."""
        points = {"a": -1.0, "b": 1.0, "tie": 0.0}
        judged = [verdict for verdict in self.verdicts if verdict.winner is not None]
        return bootstrap(np.array([points[verdict.winner or "tie"] for verdict in judged], dtype=np.float64))

    @property
    def flip_rate(self) -> float:
        """The share of the questions asked both ways in which the place on the page decided; not a number of none."""
        asked = [verdict for verdict in self.verdicts if verdict.winner is not None and not verdict.same]
        return sum(verdict.flipped for verdict in asked) / len(asked) if asked else float("nan")


def compare_blind(
    faceoffs: Sequence[Faceoff], chooser: Chooser, *, seed: int = 7, progress: Progress | None = None
) -> Comparison:
    """Ask for each question in both orders; where the two answers differ it is a tie.

    All are asked in an order drawn by chance, so that nothing can be told from what came before.
    """
    differing = [place for place, face in enumerate(faceoffs) if _shown(face.a) != _shown(face.b)]
    orders = [(place, swapped) for place in differing for swapped in (False, True)]
    chance: list[int] = np.random.default_rng(seed).permutation(len(orders)).tolist()
    shuffled = [orders[index] for index in chance]
    lists = [_lists(faceoffs[place], swapped) for place, swapped in shuffled]
    whose = {id(item): order for item, order in zip(lists, shuffled, strict=True)}
    said: dict[tuple[int, bool], Choice | Ungraded] = {}
    listener = progress or Silent()

    def heard(item: Lists, choice: Choice | Ungraded) -> None:
        said[whose[id(item)]] = choice
        listener.advance(1)

    listener.stage("comparing", len(lists))
    if lists:
        chooser.choose(lists, heard)
    lost = Ungraded(kind="not asked", what="the comparison was interrupted")
    verdicts = [
        _verdict(face, said.get((place, False), lost), said.get((place, True), lost))
        if place in differing
        else Verdict(query=face.query, winner="tie", flipped=False, same=True)
        for place, face in enumerate(faceoffs)
    ]
    return Comparison(judge=chooser.identity, verdicts=tuple(verdicts))


def _verdict(face: Faceoff, straight: Choice | Ungraded, swapped: Choice | Ungraded) -> Verdict:
    for said in (straight, swapped):
        if isinstance(said, Ungraded):
            return Verdict(query=face.query, winner=None, flipped=False, same=False, why=f"{said.kind}: {said.what}")
    winners: dict[object, Winner] = {"first": "a", "second": "b", "tie": "tie"}
    mirrored: dict[object, Winner] = {"first": "b", "second": "a", "tie": "tie"}
    one, other = winners[straight], mirrored[swapped]
    flipped = straight == swapped != "tie"
    return Verdict(query=face.query, winner=one if one == other else "tie", flipped=flipped, same=False)


def _lists(face: Faceoff, swapped: bool) -> Lists:
    first, second = (face.b, face.a) if swapped else (face.a, face.b)
    return Lists(query=face.query, asker=face.asker, first=first, second=second)


def _shown(hits: Sequence[Hit]) -> list[str]:
    return [hit.passage for hit in hits]
