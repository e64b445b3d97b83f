"""A calibration for the live model, fitted on labelled questions that take the path an ask takes in its first round.

The questions come from a file of JSON lines that says of each whether the documents answer it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from agents.assistant import sources_of
from agents.calibration import AnswerCalibration, calibration_file, packaged_calibration
from agents.fitted import save_fit
from agents.heuristics.choosing import ReadTokens
from agents.heuristics.merging import merge
from agents.heuristics.planning import plan
from agents.heuristics.signals import measure_signals
from agents.records import Evidence, Plan, Retrieved, Turn
from agents.retrieve import search_of
from eval.answers.risk import auroc, risks_at
from eval.calibration.fit import FEWEST, LabelledSignals, fit_calibration, held_out
from eval.data.problems import Problems
from eval.data.questions import Askers
from hone.errors import HoneError
from hone.progress import Progress
from hone.records import Asker
from hone.settings import Settings
from retriever.encoding.tokenvectors import TokenVectors
from retriever.searching.searcher import Searcher

EXAMPLE = '{"id": "q1", "question": "…", "asker": "ana", "answerable": true, "history": [["user", "…"]]}'


class _LabelledLine(BaseModel):
    """What is wanted of a line; files of questions say more, which is no fault."""

    model_config = ConfigDict(extra="ignore", strict=True)

    id: str = Field(min_length=1)
    question: str = Field(pattern=r"\S")
    answerable: bool
    asker: str = ""
    history: list[Annotated[tuple[Literal["user", "assistant"], str], Field(strict=False)]] = []


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelledQuestion:
    """A question with who asks, what was said before, and whether it has an answer that they may read."""

    id: str
    turns: tuple[Turn, ...]
    asker: Asker
    answerable: bool


def read_labelled(file: Path, settings: Settings) -> tuple[LabelledQuestion, ...]:
    """Read a file of labelled questions, or say everything that is wrong with it at once."""
    problems = Problems(where=file, expected=f"Each line: {EXAMPLE}")
    askers, lines = Askers(settings, "", problems), problems.records(file, _LabelledLine)
    found = [
        _labelled(line, askers.find(line.asker, number))
        for number, line in lines
        if problems.is_new(number, line.id, "the id")
    ]
    for kind, words in ((True, "with an answer"), (False, "that no document answers")):
        count = sum(one.answerable is kind for one in found)
        if count < FEWEST:
            problems.add_to_file(f"{count} questions {words}; fitting needs at least {FEWEST}")
    problems.refuse()
    return tuple(found)


def _labelled(line: _LabelledLine, asker: Asker) -> LabelledQuestion:
    before = [Turn(role=role, text=text) for role, text in line.history]
    turns = (*before, Turn(role="user", text=line.question))
    return LabelledQuestion(id=line.id, turns=turns, asker=asker, answerable=line.answerable)


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstRound:
    """How a question was understood, and what was found for it."""

    plan: Plan
    retrieved: tuple[Retrieved, ...]
    evidence: tuple[Evidence, ...]

    @property
    def top(self) -> float:
        """The best passage's fused score."""
        return max((item.hit.score for item in self.evidence[:1]), default=0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasuredQuestion:
    """What was measured for one question."""

    id: str
    labelled: LabelledSignals
    top: float  # the best passage's fused score, which anybody could have put a threshold on


@dataclass(frozen=True, slots=True, kw_only=True)
class CalibrationResult:
    """What came of a fit; each AUROC but the packaged calibration's is of questions that were left out of it."""

    calibration: AnswerCalibration
    questions: int
    unanswerable: int
    auroc: float
    auroc_top: float
    auroc_packaged: float
    risks: Mapping[float, float]  # share without an answer, by share of questions answered


def calibrate(
    questions: Sequence[LabelledQuestion], searcher: Searcher, progress: Progress, today: date
) -> CalibrationResult:
    """Measure every question, fit, and keep the calibration of the live model; nothing is kept unless all went well."""
    registry = searcher.workspace.registry
    before = registry.move()
    rows = measure(questions, searcher, progress, today)
    with searcher.live.current() as opened:
        model = opened.encoder.card.hash
    if registry.move() != before:
        raise HoneError("A different index went live during the measurement.", hint="Run it again.")
    learned = learn(rows, model)
    file = calibration_file(searcher.workspace, model)
    file.parent.mkdir(parents=True, exist_ok=True)
    save_fit(learned.calibration, file)
    return learned


def measure(
    questions: Sequence[LabelledQuestion], searcher: Searcher, progress: Progress, today: date
) -> list[MeasuredQuestion]:
    """Ask every question as its asker and measure what was found; what is no question for the documents is left out."""
    progress.stage("measuring questions", len(questions))
    rows: list[MeasuredQuestion] = []
    for one in questions:
        found = first_round(one.turns, one.asker, searcher, today)
        if found.evidence:
            labelled = LabelledSignals(signals=signals_of(found, searcher), answerable=one.answerable)
            rows.append(MeasuredQuestion(id=one.id, labelled=labelled, top=found.top))
        progress.advance(1)
    return rows


def signals_of(found: FirstRound, searcher: Searcher, read: ReadTokens | None = None) -> Mapping[str, float]:
    """Measure a first round; another reader than the live one may be given, such as one that remembers."""

    def live(texts: Sequence[str]) -> Sequence[TokenVectors]:
        return opened.encoder.encode_tokens(texts)

    with searcher.live.current() as opened:
        return measure_signals(found.plan, found.evidence, read or live).signals


def learn(rows: Sequence[MeasuredQuestion], model: str) -> CalibrationResult:
    """Fit a calibration, and tell what it is worth on questions that it was not fitted on."""
    labelled = [row.labelled for row in rows]
    calibration = fit_calibration(labelled, model)
    answerable = np.array([row.answerable for row in labelled], dtype=np.float64)
    chances, packaged = held_out(labelled), packaged_calibration()
    return CalibrationResult(
        calibration=calibration,
        questions=len(rows),
        unanswerable=int((1 - answerable).sum()),
        auroc=auroc(chances, answerable),
        auroc_top=auroc(np.array([row.top for row in rows]), answerable),
        auroc_packaged=auroc(np.array([packaged.probability(row.signals) for row in labelled]), answerable),
        risks=risks_at(chances, answerable),
    )


def first_round(turns: Sequence[Turn], asker: Asker, searcher: Searcher, today: date) -> FirstRound:
    """Plan, search and merge as an ask does; nothing is logged."""
    made = plan(turns, sources_of(searcher, asker), searcher.library.kinds(), today)
    wanted = [search_of(one, asker) for one in made.questions]
    results = searcher.search_all(wanted) if wanted else ()
    retrieved = tuple(
        Retrieved(question=one, result=result) for one, result in zip(made.questions, results, strict=True)
    )
    return FirstRound(plan=made, retrieved=retrieved, evidence=merge(made, retrieved))
