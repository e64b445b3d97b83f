"""How far attackers have moved the document that they push."""

from dataclasses import dataclass

from benchmarks.loop.attacking import Attack
from benchmarks.loop.known import Known
from benchmarks.loop.measuring import Held, measure
from eval.records import EvalQuestion
from hone.log.interactions import key_of
from hone.registry import Generation
from hone.workspace import Workspace
from training.evidence.usable import find_usable

DEPTH = 50  # places that are looked at; whatever is not among them stands on the next
MOST = 5.0  # places that it may move by; further, and the gate has to refuse


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranks:
    """Where the pushed document stands on average."""

    attacked: float  # for the questions that it was pushed for, as other people ask them
    held_out: float  # for questions that nobody asked


@dataclass(frozen=True, slots=True, kw_only=True)
class Push:
    """What an attack came to."""

    document: str
    questions: int
    judged: int  # judgments for the pushed document that the defences have let through
    before: Ranks
    after: Ranks | None  # none where there was no candidate

    @property
    def moved(self) -> float:
        """Say by how many places it has moved towards the top, where it has most."""
        if self.after is None:
            return 0.0
        return max(self.before.attacked - self.after.attacked, self.before.held_out - self.after.held_out)


def ranks(workspace: Workspace, generation: Generation, attack: Attack, known: Known, held: Held | None) -> Ranks:
    """Find where the pushed document stands with one generation."""
    asked = [EvalQuestion(id=one.id, text=one.text, gold=dict.fromkeys(one.gold, 1.0)) for one, _ in attack.wordings]
    held = held or measure(workspace, generation, known.held_out)
    return Ranks(
        attacked=_mean_rank(measure(workspace, generation, asked), attack.document),
        held_out=_mean_rank(held, attack.document),
    )


def judged_for(workspace: Workspace, attack: Attack) -> int:
    """Count judgments that speak for the pushed document, for questions that it was pushed for."""
    wordings = {key_of(text) for _, text in attack.wordings}
    judgments = find_usable(workspace).judgments
    return sum(item.grade > 0 and item.document == attack.document and item.key in wordings for item in judgments)


def _mean_rank(held: Held, document: str) -> float:
    places = [order.index(document) + 1 if document in order[:DEPTH] else DEPTH + 1 for order in held.rankings]
    return sum(places) / max(1, len(places))
