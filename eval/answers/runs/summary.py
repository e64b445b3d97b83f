"""What a run of answers came to: each measure with its coverage, abstentions apart, and everything left out."""

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from statistics import fmean, pstdev
from typing import Any

import numpy as np

from eval.answers.risk import Discrimination, discriminate
from eval.answers.runs.scoring import AnsweredQuestion
from eval.statistics import Interval, bootstrap
from eval.summary import FEWEST, MOST_VALUES

# Of every question; the others say something of an answer's text, and of an abstention it would mean something else.
OF_EVERYTHING = frozenset(
    {
        "context-precision",
        "context-recall",
        "abstention",
        "abstention-precision",
        "abstention-recall",
        "ragas-context-precision",
        "ragas-context-recall",
    }
)
JUDGED = "ragas-"  # what the measures of an LLM that grades begin with
TELLING = 20  # answers from which one score for all of them is no chance
LEADS = ("ragas-factual-correctness", "token-f1", "ragas-faithfulness", "groundedness", "context-recall")  # shown first


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasureSummary:
    """One measure over a run."""

    name: str
    mean: Interval  # over answers; of measures that are not about an answer's text, over everything
    abstentions: Interval  # the same of those that abstain, where they are left out of the mean
    scored: int  # answers that the mean is over
    abstained: int  # scored abstentions beside them
    not_applicable: int
    failed: int
    why: Mapping[str, int]  # reasons for having no score, and how often
    spread: float | None = None  # the standard deviation between repeats, the mean over answers
    by_repeat: tuple[float, ...] = ()  # the mean of each repeat, over answers that have them all
    same: float | None = None  # the judge's score, if it gave so many answers no other; then it tells nothing apart


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerSlice:
    """The questions that have something in common."""

    name: str
    value: str
    questions: int
    abstained: float  # share
    means: Mapping[str, Interval]


@dataclass(frozen=True, slots=True, kw_only=True)
class Latency:
    """How long a stage took, in milliseconds; of answers that were made in this run."""

    stage: str
    answers: int
    p50: float
    p95: float


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswersSummary:
    """One evaluation of answers."""

    system: str
    questions: int
    failed: Mapping[str, str]  # questions without an answer, and why
    degraded: Mapping[str, int]  # what did not work on the way to answers, and how often
    abstained: int
    verdicts: Mapping[str, int]
    lacking: tuple[str, ...]  # questions whose gold the library lacks, in whole or in part
    strange_ids: bool  # nothing retrieved is ever gold: perhaps the ids are of two kinds
    measures: tuple[MeasureSummary, ...]
    discrimination: tuple[Discrimination, ...]
    latency: tuple[Latency, ...]
    slices: tuple[AnswerSlice, ...]
    from_cache: int
    llm_calls: int
    tokens: int
    judge_calls: int
    judge_tokens: int

    @property
    def leads(self) -> tuple[MeasureSummary, ...]:
        """Return the measures that say most, of those that scored anything."""
        known = {item.name: item for item in self.measures if item.scored}
        return tuple(known[name] for name in LEADS if name in known) or tuple(known.values())[:1]


def summarise(lines: Sequence[AnsweredQuestion], names: Sequence[str]) -> AnswersSummary:
    """Sum up the lines of a run, in whatever order they came: intervals drawn from another order would differ."""
    lines = sorted(lines, key=lambda line: line.id)
    system = next((name for line in lines for name in line.scores), "")
    measures = tuple(_measure(name, lines, system) for name in names)
    compared = [line for line in lines if line.gold and line.contexts]
    return AnswersSummary(
        system=system,
        questions=len(lines),
        failed={line.id: line.failed for line in lines if line.failed},
        degraded=dict(Counter(what for line in lines for what in line.degraded).most_common()),
        abstained=sum(line.abstained for line in lines),
        verdicts=dict(Counter(line.verdict for line in lines if line.verdict).most_common()),
        lacking=tuple(line.id for line in lines if line.lacking),
        strange_ids=len(compared) >= FEWEST and not any(line.found for line in compared),
        measures=measures,
        discrimination=_discrimination(lines),
        latency=_latency(lines),
        slices=tuple(_slices(lines, system, [item.name for item in measures if item.scored])),
        from_cache=sum(line.from_cache for line in lines),
        llm_calls=sum(line.llm_calls for line in lines),
        tokens=sum(line.tokens for line in lines),
        judge_calls=sum(line.judge_calls for line in lines),
        judge_tokens=sum(line.judge_tokens for line in lines),
    )


def summary_json(summary: AnswersSummary) -> dict[str, Any]:
    """Convert a summary to plain data, with a one-line headline."""
    told = [f"{item.name} {item.mean}" for item in summary.leads[:2]]
    abstained = f"{summary.abstained:,} of {summary.questions:,} abstained"
    return {"headline": ", ".join([*told, abstained]), **asdict(summary)}


def value_of(line: AnsweredQuestion, system: str, name: str) -> float | None:
    """Return a line's score by one measure."""
    return line.scores.get(system, {}).get(name)


def _measure(name: str, lines: Sequence[AnsweredQuestion], system: str) -> MeasureSummary:
    scored = [line for line in lines if value_of(line, system, name) is not None]
    apart = [line for line in scored if line.abstained and name not in OF_EVERYTHING]
    counted = _counted(lines, system, name)
    reasons = [line.unscored[name] for line in lines if name in line.unscored]
    repeats = [line.repeats[name] for line in counted if name in line.repeats]
    most = max(map(len, repeats), default=0)
    whole = [values for values in repeats if len(values) == most]
    return MeasureSummary(
        name=name,
        mean=_mean(counted, system, name),
        abstentions=_mean(apart, system, name),
        scored=len(counted),
        abstained=len(apart),
        not_applicable=sum(not item.failed for item in reasons),
        failed=sum(item.failed for item in reasons),
        why=dict(Counter(item.why for item in reasons).most_common()),
        spread=fmean(map(pstdev, repeats)) if repeats else None,
        by_repeat=tuple(fmean(column) for column in zip(*whole, strict=True)),
        same=_same([value_of(line, system, name) for line in counted]) if name.startswith(JUDGED) else None,
    )


def _same(scores: Sequence[float | None]) -> float | None:
    return scores[0] if len(scores) >= TELLING and len(set(scores)) == 1 else None


def _mean(lines: Sequence[AnsweredQuestion], system: str, name: str) -> Interval:
    return bootstrap([value_of(line, system, name) or 0.0 for line in lines])


def _discrimination(lines: Sequence[AnsweredQuestion]) -> tuple[Discrimination, ...]:
    sure = [(line, line.probability) for line in lines if line.probability is not None and not line.failed]
    rights: dict[str, Callable[[AnsweredQuestion], bool | None]] = {
        "answerable": lambda line: line.answerable,
        "gold was found": lambda line: line.found,
    }
    found = list[Discrimination]()
    for about, right in rights.items():
        known = [(chance, good) for line, chance in sure if (good := right(line)) is not None]
        if one := discriminate(about, [chance for chance, _ in known], [good for _, good in known]):
            found.append(one)
    return tuple(found)


def _latency(lines: Sequence[AnsweredQuestion]) -> tuple[Latency, ...]:
    stages: dict[str, list[float]] = defaultdict(list)
    for line in lines:
        if not line.from_cache:
            for stage, took in line.took_ms.items():
                stages[stage].append(took)
    return tuple(
        Latency(
            stage=stage,
            answers=len(took),
            p50=float(np.quantile(took, 0.5)),
            p95=float(np.quantile(took, 0.95)),
        )
        for stage, took in sorted(stages.items(), key=lambda item: -fmean(item[1]))
    )


def _slices(lines: Sequence[AnsweredQuestion], system: str, known: Sequence[str]) -> list[AnswerSlice]:
    leads = [name for name in LEADS if name in known]
    members: dict[tuple[str, str], list[AnsweredQuestion]] = defaultdict(list)
    for line in lines:
        for name, value in line.slices.items():
            members[name, value].append(line)
    found, told = list[AnswerSlice](), Counter[str]()
    for (name, value), inside in sorted(members.items(), key=lambda item: (item[0][0], -len(item[1]))):
        if not FEWEST <= len(inside) < len(lines) or told[name] == MOST_VALUES:
            continue
        told[name] += 1
        means = {lead: _mean(_counted(inside, system, lead), system, lead) for lead in leads}
        share = fmean(line.abstained for line in inside)
        found.append(AnswerSlice(name=name, value=value, questions=len(inside), abstained=share, means=means))
    return found


def _counted(lines: Sequence[AnsweredQuestion], system: str, name: str) -> list[AnsweredQuestion]:
    return [
        line
        for line in lines
        if value_of(line, system, name) is not None and (not line.abstained or name in OF_EVERYTHING)
    ]
