"""Who chooses between two lists: an LLM that reads both, or a rater whose grades are added up."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated, Literal

from pydantic import BeforeValidator

from agents.llm.budget import new_boundary
from agents.llm.client import Llm
from agents.llm.passages import cleaned, fenced, room
from agents.llm.requests import LlmFailure, Shape, prompt
from agents.llm.structured import structured
from agents.records import Evidence
from eval.llm_batch import Pace, budget_of, drive
from eval.rating.comparing import Choice, HeardChoice, Lists
from eval.rating.grades import pwas
from eval.rating.judge import JudgedResult, JudgeIdentity, Outcome, Rater, Ungraded
from eval.rating.prompts import ASKED, PREFER, version_of
from hone.records import Hit

SEEN = 5  # results of each list that an LLM reads
CHARACTERS = 3  # a token, at least


def _letter(value: object) -> object:
    return value.strip().strip(".\"'").casefold() if isinstance(value, str) else value


class PreferReply(Shape):
    """Which list is better."""

    better: Annotated[Literal["a", "b", "tie"], BeforeValidator(_letter)]


class LlmChooser:
    """Lets an LLM read both lists."""

    def __init__(self, llm: Llm, pace: Pace | None = None) -> None:
        self._llm = llm
        self._pace = pace or Pace()

    @property
    def identity(self) -> JudgeIdentity:
        """The LLM, and the prompt to the letter."""
        return JudgeIdentity(kind="llm", model=self._llm.name, version=version_of(PREFER, ASKED))

    def choose(self, lists: Sequence[Lists], heard: HeardChoice) -> None:
        """Choose for every question."""
        names: dict[str, Choice] = {"a": "first", "b": "second", "tie": "tie"}

        def told(item: Lists, reply: PreferReply | LlmFailure) -> None:
            failed = isinstance(reply, LlmFailure)
            heard(item, Ungraded(kind=reply.kind, what=reply.what) if failed else names[reply.better])

        drive(self._llm, lists, lambda item: ask_preference(item, self._llm), told, self._pace)


class RaterChooser:
    """Prefers the list whose grades add up to the higher score; the order it sees them in cannot matter."""

    def __init__(self, rater: Rater, depth: int = SEEN) -> None:
        self._rater = rater
        self._depth = depth

    @property
    def identity(self) -> JudgeIdentity:
        """The rater."""
        return self._rater.identity

    def choose(self, lists: Sequence[Lists], heard: HeardChoice) -> None:
        """Choose for every question."""
        pairs = {
            (pair.query_key, pair.passage_key): pair
            for item in lists
            for hit in (*item.first[: self._depth], *item.second[: self._depth])
            for pair in [JudgedResult(query=item.query, hit=hit, asker=item.asker)]
        }
        grades: dict[tuple[str, str], Outcome] = {}

        def graded(pair: JudgedResult, outcome: Outcome) -> None:
            grades[pair.query_key, pair.passage_key] = outcome

        self._rater.grade(list(pairs.values()), graded)
        for item in lists:
            found = [self._score(item, hits, grades) for hits in (item.first, item.second)]
            failed = next((one for one in found if isinstance(one, Ungraded)), None)
            heard(item, failed or _higher(*(float(one) for one in found if not isinstance(one, Ungraded))))

    def _score(self, item: Lists, hits: Sequence[Hit], grades: dict[tuple[str, str], Outcome]) -> float | Ungraded:
        outcomes = [
            grades[pair.query_key, pair.passage_key]
            for pair in (JudgedResult(query=item.query, hit=hit, asker=item.asker) for hit in hits[: self._depth])
        ]
        failed = next((outcome for outcome in outcomes if isinstance(outcome, Ungraded)), None)
        return failed or pwas([grade for grade in outcomes if isinstance(grade, int)], self._depth) or 0.0


async def ask_preference(item: Lists, llm: Llm) -> PreferReply | LlmFailure:
    """Ask which of two lists is better; both get the same room."""
    boundary = new_boundary()
    rules, question = PREFER.filled(boundary=boundary), cleaned(item.query, boundary).strip()
    tokens = room(llm, rules + question) // 2
    passages = "\n\n".join(
        f"List {name}:\n{_written(hits, boundary, tokens)}" for name, hits in (("A", item.first), ("B", item.second))
    )
    said = ASKED.filled(passages=passages, question=question)
    return await structured(PreferReply, prompt(rules, said), llm, budget_of(llm))


def _written(hits: Sequence[Hit], boundary: str, tokens: int) -> str:
    """Cut every passage to its share of the room, so that none pushes the others out."""
    most = max(0, tokens * CHARACTERS // SEEN - 400)  # what marks, title and date take
    evidence = [
        Evidence(number=number, hit=replace(hit, text=hit.text[:most]), questions=frozenset())
        for number, hit in enumerate(hits[:SEEN], 1)
    ]
    return fenced(evidence, boundary, tokens) or "(nothing was found)"


def _higher(first: float, second: float) -> Choice:
    if abs(first - second) < 1e-9:
        return "tie"
    return "first" if first > second else "second"
