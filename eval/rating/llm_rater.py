"""The rater with an LLM: one question and one passage a call."""

from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import BeforeValidator

from agents.llm.budget import new_boundary
from agents.llm.client import Llm
from agents.llm.passages import cleaned, fenced, room
from agents.llm.requests import LlmFailure, Shape, prompt
from agents.llm.structured import structured
from agents.records import Evidence
from eval.llm_batch import Pace, budget_of, drive
from eval.rating.judge import Heard, JudgedResult, JudgeIdentity, Ungraded
from eval.rating.prompts import ASKED, GRADE, version_of


def _number(value: object) -> object:
    """Take what small models write for a number: "2", 2.0, "2 = …"."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, str) and (value := value.strip())[:1].isdecimal() and not value[1:2].isdecimal():
        return int(value[0])
    return value


Grade = Annotated[Literal[0, 1, 2, 3], BeforeValidator(_number)]


class GradeReply(Shape):
    """A grade, and the two views it is made from."""

    match: Grade = 0
    trust: Grade = 0
    grade: Grade


class LlmRater:
    """Grades by an LLM."""

    def __init__(self, llm: Llm, pace: Pace | None = None) -> None:
        self._llm = llm
        self._pace = pace or Pace()

    @property
    def identity(self) -> JudgeIdentity:
        """The LLM, and the prompt to the letter."""
        return JudgeIdentity(kind="llm", model=self._llm.name, version=version_of(GRADE, ASKED))

    @property
    def agreement(self) -> tuple[str, ...]:
        """Nothing is known of an LLM before people have labelled some of what it graded."""
        return ("an LLM's grades tend to be higher than people's; long passages and shared words raise them",)

    def grade(self, pairs: Sequence[JudgedResult], heard: Heard) -> None:
        """Grade pairs."""

        def told(pair: JudgedResult, reply: GradeReply | LlmFailure) -> None:
            failed = isinstance(reply, LlmFailure)
            heard(pair, Ungraded(kind=reply.kind, what=reply.what) if failed else reply.grade)

        drive(self._llm, pairs, lambda pair: ask_grade(pair, self._llm), told, self._pace)


async def ask_grade(pair: JudgedResult, llm: Llm) -> GradeReply | LlmFailure:
    """Ask for the grade of one passage, given as data between marks that nobody could have written into it."""
    boundary = new_boundary()
    rules, question = GRADE.filled(boundary=boundary), cleaned(pair.query, boundary).strip()
    evidence = [Evidence(number=1, hit=pair.hit, questions=frozenset())]
    passages = fenced(evidence, boundary, room(llm, rules + question))
    if not passages:
        return LlmFailure(kind="too_large", what="the passage and question don't fit into the LLM's context")
    said = ASKED.filled(passages=passages, question=question)
    return await structured(GradeReply, prompt(rules, said), llm, budget_of(llm))
