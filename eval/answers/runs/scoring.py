"""One answer through every measure and the judge, each outcome kept: a score, or why there is none."""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import fmean

from eval.answers.abstention import abstains
from eval.answers.asking import AskedAnswer
from eval.answers.judging import SPENT, Cost, Judge, Judgement
from eval.answers.measures import AnswerMeasure
from eval.answers.records import NotApplicable, Value
from eval.answers.runs.records import ASSISTANT, GIVEN, AnsweredQuestion, Gold, Records, UnscoredMeasure
from eval.records import EvalQuestion
from hone.errors import in_words

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerScores:
    """What measures and judge say of one answer."""

    scores: Mapping[str, float | None]
    unscored: Mapping[str, UnscoredMeasure]
    repeats: Mapping[str, tuple[float, ...]]
    judge: Cost = field(default_factory=Cost)


async def score(
    records: Records, measures: Sequence[AnswerMeasure], judge: Judge | None, *, failed: str
) -> AnswerScores:
    """Score an answer; one that failed has no scores, and every measure says so."""
    names = [*(measure.name for measure in measures), *(judge.measures if judge is not None else ())]
    if failed:
        return AnswerScores(
            scores=dict.fromkeys(names),
            unscored=dict.fromkeys(names, UnscoredMeasure(failed=True, why="there is no answer")),
            repeats={},
        )
    values = await asyncio.to_thread(_measured, records, measures)
    SPENT.set(spent := Cost())
    judged = await _judged(records, judge)
    scores = {name: None if isinstance(value, UnscoredMeasure) else value for name, value in values.items()}
    scores |= {name: fmean(item.scores) if item.scores else None for name, item in judged.items()}
    unscored = {name: value for name, value in values.items() if isinstance(value, UnscoredMeasure)}
    unscored |= {
        name: UnscoredMeasure(failed=item.status == "failed", why=item.why)
        for name, item in judged.items()
        if not item.scores
    }
    repeats = {name: item.scores for name, item in judged.items() if len(item.scores) > 1}
    return AnswerScores(scores=scores, unscored=unscored, repeats=repeats, judge=spent)


def line_of(
    question: EvalQuestion,
    gold: Gold,
    slices: Mapping[str, str],
    records: Records,
    scored: AnswerScores,
    asked: AskedAnswer | None = None,
) -> AnsweredQuestion:
    """Make the line that a run keeps of an answer; `asked` where the assistant gave it."""
    found = records.ids.context_ids
    line = AnsweredQuestion(
        id=question.id,
        text=question.text,
        asker=question.asker.name,
        response=records.texts.response,
        reference=question.reference,
        answerable=question.answerable,
        abstained=not (asked is not None and asked.failed) and abstains(records.texts.response),
        found=None if gold.ids is None or found is None else bool(set(gold.ids) & set(found)),
        contexts=found or (),
        gold=gold.ids or (),
        lacking=gold.known.lacking,
        slices=dict(slices),
        scores={
            ASSISTANT if asked is not None else GIVEN: {name: _short(value) for name, value in scored.scores.items()}
        },
        unscored=dict(scored.unscored),
        judge_calls=scored.judge.calls,
        judge_tokens=scored.judge.tokens,
        repeats={name: tuple(round(value, 6) for value in values) for name, values in scored.repeats.items()},
    )
    return line if asked is None else line.model_copy(update=_told(asked))


def _told(asked: AskedAnswer) -> dict[str, object]:
    return {
        "verdict": asked.verdict,
        "probability": asked.probability,
        "failed": asked.failed,
        "degraded": asked.degraded,
        "titles": {name: item.title for item in asked.sources for name in (item.document, item.passage)},
        "took_ms": dict(asked.took_ms),
        "llm_calls": asked.llm_calls,
        "tokens": asked.tokens,
    }


def _measured(records: Records, measures: Sequence[AnswerMeasure]) -> dict[str, float | UnscoredMeasure]:
    return {measure.name: _measure(measure, records) for measure in measures}


def _measure(measure: AnswerMeasure, records: Records) -> float | UnscoredMeasure:
    try:
        value: Value = measure(records.for_measure(measure))
    except Exception as error:  # a measure that stumbles over one answer is told, and stops no run
        log.exception("%s failed", measure.name)
        return UnscoredMeasure(failed=True, why=in_words(error))
    return UnscoredMeasure(failed=False, why=value.why) if isinstance(value, NotApplicable) else value


async def _judged(records: Records, judge: Judge | None) -> dict[str, Judgement]:
    if judge is None:
        return {}
    abstained = abstains(records.texts.response)
    found = await asyncio.gather(*(judge.grade(name, records.texts, abstained=abstained) for name in judge.measures))
    return dict(zip(judge.measures, found, strict=True))


def _short(value: float | None) -> float | None:
    return None if value is None else round(value, 6)
