"""What is put before the gate, and that with everything open which checks look at."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from eval.records import GoldFinder
from hone.registry import Generation
from hone.workspace import Workspace
from training.gate.canary import Canary
from training.gate.heldout import HeldOutSet
from training.gate.rules import RULES, GateRules
from training.gate.scored import QuestionResult
from training.gate.searching import Bench
from training.pairs.splits import Splits
from training.records import Judgment


@dataclass(frozen=True, slots=True, kw_only=True)
class GateInput:
    """A candidate beside the live model, and what both are asked."""

    version: str  # m0003
    live: Generation
    candidate: Generation  # built beside the live one
    splits: Splits  # the test pairs are held out
    judgments: Sequence[Judgment] = ()  # what else is known to answer the held-out questions
    rules: GateRules = RULES
    inverse_propensity: Callable[[int], float] = lambda _: 1.0  # what a question counts, by its answer's place
    canary: Path | None = None  # a BEIR folder; the sample company where none is given


STRANGE = 200  # questions from outside that the library is asked, to see what rises in all of them


@dataclass(frozen=True, slots=True, kw_only=True)
class GateContext:
    """A trial with both models open, and what they made of the held-out questions."""

    workspace: Workspace
    inputs: GateInput
    held_out: HeldOutSet
    lines: Sequence[QuestionResult]
    bench: Bench
    canary: Canary
    finder: GoldFinder

    @property
    def texts(self) -> list[str]:
        """Return what is asked where no answer need be known: held-out questions, and the canary's for want of them."""
        return [item.question.text for item in self.held_out.questions] or self.strange

    @property
    def strange(self) -> list[str]:
        """Return questions about something else altogether."""
        return [question.text for question, _ in self.canary.questions[:STRANGE]]
