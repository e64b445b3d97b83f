"""The rater with an LLM: one passage and one question a call, several side by side, tried again where it may help."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import BeforeValidator

from agents.llm.budget import RESERVE, Budget, estimate_tokens
from agents.llm.client import Llm
from agents.llm.outcomes import FailureKind, LlmFailure
from agents.llm.passages import cleaned, fenced, new_boundary
from agents.llm.requests import Message, Shape
from agents.llm.structured import structured
from agents.records import Evidence
from eval.rating.judge import Heard, JudgeIdentity, Outcome, Pair, Ungraded
from eval.rating.prompts import ASKED, GRADE, version_of

PASSING: frozenset[FailureKind] = frozenset(
    {"timeout", "rate_limited", "server_error", "unreachable", "cut_off", "malformed", "wrong_schema", "empty"}
)
HOPELESS: frozenset[FailureKind] = frozenset({"unauthorised", "no_model"})  # every other call would fail alike
IN_A_ROW = 5  # failures after which the endpoint is taken to be down, and nothing more is asked of it
CALLS = 6  # of one attempt: structured modes that do not work, and a repair
SPARE = 200  # tokens for what estimates miss


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How hard an endpoint is driven."""

    at_once: int = 4
    pauses: tuple[float, ...] = (2.0, 10.0)  # seconds before each further try


def _grade(value: object) -> object:
    """Take what small models write for a number: "2", 2.0, "2 = …"."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, str) and (value := value.strip())[:1].isdecimal() and not value[1:2].isdecimal():
        return int(value[0])
    return value


Grade = Annotated[Literal[0, 1, 2, 3], BeforeValidator(_grade)]


class GradeReply(Shape):
    """A grade, with the two views it is made from."""

    match: Grade = 0
    trust: Grade = 0
    grade: Grade


class LlmRater:
    """Grades by an LLM."""

    def __init__(self, llm: Llm, pace: Pace | None = None) -> None:
        self._llm = llm
        self._pace = pace or Pace()
        self._stopped: LlmFailure | None = None
        self._failed = 0  # in a row

    @property
    def identity(self) -> JudgeIdentity:
        """The LLM, and the prompt to the letter."""
        return JudgeIdentity(kind="llm", model=self._llm.name, version=version_of(GRADE, ASKED))

    @property
    def agreement(self) -> tuple[str, ...]:
        """Nothing is known of an LLM before people have labelled some of what it graded."""
        return ("an LLM's grades tend to be higher than people's, and long passages and shared words raise them",)

    def grade(self, pairs: Sequence[Pair], heard: Heard) -> None:
        """Grade pairs; `heard` hears of each as its reply comes."""
        self._stopped, self._failed = None, 0
        asyncio.run(self._grade_all(pairs, heard))

    async def _grade_all(self, pairs: Sequence[Pair], heard: Heard) -> None:
        waiting = iter(pairs)

        async def work() -> None:
            for pair in waiting:  # shared: each takes the next that nobody has
                heard(pair, await self._one(pair))

        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(self._pace.at_once):
                    group.create_task(work())
        finally:
            await self._llm.close()  # its connections belong to this event loop, which ends here

    async def _one(self, pair: Pair) -> Outcome:
        reply: GradeReply | LlmFailure | None = None
        for pause in (*self._pace.pauses, None):
            if self._stopped is not None:
                return Ungraded(kind="not asked", what=f"the LLM was given up: {self._stopped.what}")
            reply = await ask_grade(pair, self._llm)
            if isinstance(reply, GradeReply):
                self._failed = 0
                return reply.grade
            if reply.kind not in PASSING or pause is None:
                break
            await asyncio.sleep(pause)
        assert isinstance(reply, LlmFailure)
        self._failed += 1
        if reply.kind in HOPELESS or (reply.kind in {"unreachable", "timeout"} and self._failed >= IN_A_ROW):
            self._stopped = reply
        return Ungraded(kind=reply.kind, what=reply.what)


async def ask_grade(pair: Pair, llm: Llm) -> GradeReply | LlmFailure:
    """Ask for the grade of one passage, given as data between marks that nobody could have written into it."""
    boundary = new_boundary()
    rules, question = GRADE.filled(boundary=boundary), cleaned(pair.query, boundary).strip()
    evidence = [Evidence(number=1, hit=pair.hit, questions=frozenset())]
    passages = fenced(evidence, boundary, room(llm, rules + question))
    if not passages:
        return LlmFailure(kind="too_large", what="the passage does not fit into the LLM's context beside the question")
    said = ASKED.filled(passages=passages, question=question)
    return await structured(GradeReply, prompt(rules, said), llm, budget_of(llm))


def prompt(rules: str, said: str) -> tuple[Message, ...]:
    """Make a prompt of what is to be done and what it is to be done with."""
    return Message(role="system", text=rules), Message(role="user", text=said)


def room(llm: Llm, taken: str) -> int:
    """Give how many tokens of passages fit beside what is taken and the reply."""
    return llm.settings.context_tokens - llm.settings.max_tokens - estimate_tokens(taken) - SPARE


def budget_of(llm: Llm) -> Budget:
    """Give one attempt as long as the settings give a reply, whatever an ask may cost."""
    tokens = (llm.settings.context_tokens + llm.settings.max_tokens) * CALLS
    return Budget(seconds=llm.settings.timeout + RESERVE, llm_calls=CALLS, tokens=tokens)
