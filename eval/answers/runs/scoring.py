"""One answer through every measure and the judge, each outcome kept: a score, or why there is none.

Each measure takes the answer under the ids that it needs.
"""

import asyncio
import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from statistics import fmean

from pydantic import BaseModel, ConfigDict, Field

from eval.answers.abstention import abstains
from eval.answers.asking import AskedAnswer
from eval.answers.judging import SPENT, Cost, Judge, Judgement
from eval.answers.measures import AnswerMeasure
from eval.answers.records import AnswerRecord, CitedClaim, NotApplicable, Value, read_cited_claims
from eval.data.rows import GivenAnswer
from eval.records import EvalQuestion, GoldFinder, KnownGold, Unit
from eval.runs import ScoredQuestion
from hone.errors import in_words

ASSISTANT, GIVEN = "assistant", "given"  # systems: Hone's own, and answers that a dataset brings along


class UnscoredMeasure(BaseModel):
    """Why a measure has no score for an answer."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    failed: bool  # false: it does not apply
    why: str


class AnsweredQuestion(ScoredQuestion):
    """What a run of answers says of one question."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    asker: str = ""
    response: str = ""
    reference: str = ""
    answerable: bool | None = None
    abstained: bool = False
    found: bool | None = None  # whether any of the gold was given to the answerer; none where no gold is known
    verdict: str = ""
    probability: float | None = None
    failed: str = ""  # why there is no answer
    degraded: tuple[str, ...] = ()
    unscored: dict[str, UnscoredMeasure] = Field(default_factory=dict[str, UnscoredMeasure])  # by measure
    repeats: dict[str, tuple[float, ...]] = Field(
        default_factory=dict[str, tuple[float, ...]]
    )  # where judged repeatedly
    contexts: tuple[str, ...] = ()  # ids of the passages given
    gold: tuple[str, ...] = ()
    lacking: tuple[str, ...] = ()  # gold that the library has not
    titles: dict[str, str] = Field(default_factory=dict[str, str])
    took_ms: dict[str, float] = Field(default_factory=dict[str, float])
    llm_calls: int = 0
    tokens: int = 0
    from_cache: bool = False
    judge_calls: int = 0
    judge_tokens: int = 0


NOTHING_KNOWN = KnownGold(grades={}, documents=(), lacking=(), forbidden=())


@dataclass(frozen=True, slots=True, kw_only=True)
class Gold:
    """What holds a question's answer, under the library's ids."""

    ids: tuple[str, ...] | None  # none: nobody has said; empty: nothing does
    unit: Unit
    known: KnownGold


@dataclass(frozen=True, slots=True, kw_only=True)
class Records:
    """One answer twice: the ids of passages go with texts, and the gold may name documents."""

    texts: AnswerRecord
    ids: AnswerRecord

    def for_measure(self, measure: AnswerMeasure) -> AnswerRecord:
        """Return the record whose ids a measure compares."""
        return self.ids if "reference_ids" in measure.needs else self.texts


def gold_of(question: EvalQuestion, finder: GoldFinder | None) -> Gold:
    """Find what the gold names: documents or passages, whichever the library has; without one, names as they are."""
    known, unit = NOTHING_KNOWN, question.unit
    names = tuple(name for name, grade in question.gold.items() if grade > 0)
    if finder is not None and names:
        known = finder.find(question)
        if len(known.lacking) == len(names) and unit == "document":  # ragas does not say what its ids are of
            passages = finder.find(replace(question, unit="passage"))
            known, unit = (passages, "passage") if len(passages.lacking) < len(names) else (known, unit)
        names = tuple(name for name, grade in known.grades.items() if grade > 0)
    nothing = () if question.answerable is False else None
    return Gold(ids=names or nothing, unit=unit, known=known)


def asked_records(question: EvalQuestion, asked: AskedAnswer, gold: Gold) -> Records:
    """Make the records of an answer by the assistant."""
    owner = {item.passage: item.document if gold.unit == "document" else item.passage for item in asked.sources}
    plain = _record(question, asked.response, gold)
    return Records(
        texts=replace(
            plain,
            contexts=tuple(item.text for item in asked.sources),
            context_ids=tuple(item.passage for item in asked.sources),
            claims=asked.claims,
        ),
        ids=replace(plain, context_ids=_once(owner.values()), claims=_renamed(asked.claims, owner)),
    )


def given_records(question: EvalQuestion, given: GivenAnswer, gold: Gold) -> Records:
    """Make the records of an answer that came with the dataset; what it cites is read from marks such as [2]."""
    contexts = given.contexts
    ids = given.context_ids or (None if contexts is None else tuple(map(str, range(1, len(contexts) + 1))))
    claims = read_cited_claims(given.response, contexts, ids) if contexts and ids else ()
    record = replace(
        _record(question, given.response, gold),
        contexts=contexts,
        context_ids=ids if contexts is not None else None,
        claims=claims if any(claim.ids for claim in claims) else None,  # it does not cite, or in another way
    )
    named = replace(record, context_ids=None if given.context_ids is None else _once(given.context_ids))
    return Records(texts=record, ids=named)


def _record(question: EvalQuestion, response: str, gold: Gold) -> AnswerRecord:
    return AnswerRecord(
        question=question.text,
        response=response,
        reference=question.reference or None,
        reference_contexts=question.contexts or None,
        reference_ids=gold.ids,
        answerable=question.answerable,
    )


def _renamed(claims: Iterable[CitedClaim], names: Mapping[str, str]) -> tuple[CitedClaim, ...]:
    return tuple(replace(item, ids=_once(names.get(one, one) for one in item.ids)) for item in claims)


def _once(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))


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
