"""Answers are made side by side, as many as were asked for and no more."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator
from dataclasses import dataclass

from eval.answers.asking import AskedAnswer
from eval.answers.measures import measures_named
from eval.answers.runs.run import AnswersJob, evaluate_answers, run_settings
from eval.answers.runs.scoring import AnsweredQuestion
from eval.data.datasets import AnswerSet
from eval.records import EvalQuestion, QuestionSet
from eval.runs import read_scores
from hone.progress import Silent
from hone.workspace import Workspace


@dataclass(slots=True, kw_only=True)
class Counting:
    """Answers after a moment, and counts how many answers are being made."""

    now: int = 0
    most: int = 0

    async def answer(self, question: EvalQuestion) -> tuple[AskedAnswer, bool]:
        self.now += 1
        self.most = max(self.most, self.now)
        await asyncio.sleep(0.02)
        self.now -= 1
        found = AskedAnswer(
            response=question.text,
            verdict="sufficient",
            probability=None,
            sources=(),
            claims=(),
            degraded=(),
            took_ms={"total": 20.0},
            llm_calls=0,
            tokens=0,
        )
        return found, False


def test_so_many_questions_are_answered_side_by_side_and_no_more(company_workspace: Workspace) -> None:
    questions = tuple(EvalQuestion(id=str(number), text=f"Question {number}?") for number in range(12))
    found = QuestionSet(name="s", questions=questions, origin="x", fingerprint="f", people_wrote=True)
    measures, counting = measures_named(["abstention"]), Counting()

    @contextlib.asynccontextmanager
    async def opened() -> AsyncGenerator[Counting]:
        yield counting

    order = AnswersJob(
        answers=AnswerSet(questions=found),
        settings=run_settings(AnswerSet(questions=found), 12, {}, measures, None),
        open_answerer=opened,
        measures=measures,
        concurrency=3,
    )
    run = evaluate_answers(company_workspace, order, Silent())
    lines = read_scores(run, AnsweredQuestion)
    assert {line.id: line.response for line in lines} == {one.id: one.text for one in questions}
    assert counting.most == 3
