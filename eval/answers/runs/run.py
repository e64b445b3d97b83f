"""Answering a set of questions and scoring every answer, so that nothing is lost and nothing is left out unsaid."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from eval.answers.asking import AskedAnswer
from eval.answers.judging import Judge
from eval.answers.measures import MEASURES, AnswerMeasure
from eval.answers.runs.report import answers_report
from eval.answers.runs.scoring import (
    AnsweredQuestion,
    AnswerScores,
    Gold,
    Records,
    asked_records,
    given_records,
    gold_of,
    line_of,
    score,
)
from eval.answers.runs.summary import summarise, summary_json
from eval.data.datasets import AnswerSet
from eval.records import EvalQuestion, GoldFinder
from eval.reports.writing import finish
from eval.runs import EvalRun, Plain, begin, read_scores
from eval.slices import slice_all
from eval.statistics import RESAMPLINGS, SEED
from hone.progress import Progress
from hone.workspace import Workspace
from retriever.library.library import Library

KIND = "answers"


class Answerer(Protocol):
    """Answers one question."""

    async def answer(self, question: EvalQuestion) -> tuple[AskedAnswer, bool]:
        """Return the answer, and whether it was kept from before."""
        ...


Opened = Callable[[], contextlib.AbstractAsyncContextManager[Answerer]]


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswersJob:
    """What is to be evaluated, and by what."""

    answers: AnswerSet
    settings: Plain  # everything that decides what comes out, besides what the set itself says
    open_answerer: Opened
    measures: Sequence[AnswerMeasure] = MEASURES
    judge: Judge | None = None
    concurrency: int = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """What a run has cost until now."""

    done: int
    llm_calls: int
    tokens: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Item:
    question: EvalQuestion
    gold: Gold
    slices: dict[str, str]


def evaluate_answers(
    workspace: Workspace, order: AnswersJob, progress: Progress, heard: Callable[[Spent], None] = lambda _: None
) -> EvalRun:
    """Answer and score every question; goes on where the same evaluation was interrupted."""
    items = _items(workspace, order)
    with begin(workspace.home, KIND, order.settings) as run:
        done = {line.id: line for line in read_scores(run, AnsweredQuestion)}
        progress.stage("scoring answers" if order.answers.given else "answering", len(items))
        progress.advance(len(done))
        todo = [item for item in items if item.question.id not in done]
        if todo:
            work = _Work(order=order, run=run, progress=progress, heard=heard, lines=list(done.values()))
            asyncio.run(work.all(todo))
        _finish(run, order)
    return run


def _items(workspace: Workspace, order: AnswersJob) -> list[_Item]:
    """Find every question's gold; answers that were given were made from somebody else's documents."""
    questions = order.answers.questions.questions
    finder = None if order.answers.given else GoldFinder(Library(workspace.database))
    golds = [gold_of(question, finder) for question in questions]
    sliced = slice_all(questions, [gold.known for gold in golds])
    return [
        _Item(question=question, gold=gold, slices=slices)
        for question, gold, slices in zip(questions, golds, sliced, strict=True)
    ]


@dataclass(slots=True, kw_only=True)
class _Work:
    order: AnswersJob
    run: EvalRun
    progress: Progress
    heard: Callable[[Spent], None]
    lines: list[AnsweredQuestion]

    async def all(self, items: Sequence[_Item]) -> None:
        """Work several items off side by side; each is written down as soon as it is whole."""
        waiting = iter(items)

        async def work(answerer: Answerer | None) -> None:
            for item in waiting:  # shared: each takes the next that nobody has
                self._keep(await self._one(item, answerer))

        async with self._answerer() as answerer, asyncio.TaskGroup() as group:
            for _ in range(self.order.concurrency):
                group.create_task(work(answerer))

    @contextlib.asynccontextmanager
    async def _answerer(self) -> AsyncGenerator[Answerer | None]:
        if self.order.answers.given:
            yield None
            return
        async with self.order.open_answerer() as answerer:
            yield answerer

    async def _one(self, item: _Item, answerer: Answerer | None) -> AnsweredQuestion:
        question = item.question
        if answerer is None:
            records = given_records(question, self.order.answers.given[question.id], item.gold)
            return line_of(question, item.gold, item.slices, records, await self._scored(records))
        asked, kept = await answerer.answer(question)
        records = asked_records(question, asked, item.gold)
        scored = await self._scored(records, asked.failed)
        if kept:
            asked = replace(asked, llm_calls=0, tokens=0)
        return line_of(question, item.gold, item.slices, records, scored, asked).model_copy(update={"from_cache": kept})

    async def _scored(self, records: Records, failed: str = "") -> AnswerScores:
        return await score(records, self.order.measures, self.order.judge, failed=failed)

    def _keep(self, line: AnsweredQuestion) -> None:
        self.run.append([line.model_dump_json()])
        self.lines.append(line)
        self.progress.advance(1)
        calls = sum(item.llm_calls + item.judge_calls for item in self.lines)
        tokens = sum(item.tokens + item.judge_tokens for item in self.lines)
        self.heard(Spent(done=len(self.lines), llm_calls=calls, tokens=tokens))


def _finish(run: EvalRun, order: AnswersJob) -> None:
    places = {question.id: place for place, question in enumerate(order.answers.questions.questions)}
    lines = sorted(read_scores(run, AnsweredQuestion), key=lambda line: places[line.id])
    judged = tuple(order.judge.measures) if order.judge is not None else ()
    summary = summarise(lines, (*(measure.name for measure in order.measures), *judged))
    report = answers_report(run.settings(), summary, lines)
    finish(run, summary_json(summary), report)


def run_settings(
    answers: AnswerSet, of: int, assistant: Plain, measures: Sequence[AnswerMeasure], judge: Judge | None
) -> Plain:
    """Name everything that decides what comes out; `of` is how many questions there were before a sample was taken."""
    return {
        "questions": {**answers.questions.settings(), "of": of},
        "as_is": bool(answers.given),
        "assistant": assistant,
        "measures": [measure.name for measure in measures],
        "judge": {**judge.identity, "measures": list(judge.measures)} if judge is not None else {},
        "statistics": {"resamplings": RESAMPLINGS, "seed": SEED},
    }
