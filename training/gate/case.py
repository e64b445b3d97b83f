"""A trial with everything open that checks look at."""

from collections.abc import Sequence
from dataclasses import dataclass

from eval.gold import GoldFinder
from hone.workspace import Workspace
from training.gate.canary import Canary
from training.gate.heldout import Exam
from training.gate.scored import Line
from training.gate.searching import Bench
from training.gate.trial import Trial

STRANGE = 200  # questions from outside that the library is asked, to see what rises in all of them


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A trial with both models open, and what they made of the held-out questions."""

    workspace: Workspace
    trial: Trial
    exam: Exam
    lines: Sequence[Line]
    bench: Bench
    canary: Canary
    finder: GoldFinder

    @property
    def texts(self) -> list[str]:
        """Give what is asked where no answer need be known: held-out questions, and the canary's for want of them."""
        return [item.question.text for item in self.exam.questions] or self.strange

    @property
    def strange(self) -> list[str]:
        """Give questions about something else altogether."""
        return [question.text for question, _ in self.canary.questions[:STRANGE]]
