"""How well the answer measures agree with people: 237 answers of mtrag, each scored by three persons.

Rank correlations over answers with 95 % bootstrap intervals that draw questions (each has three answers). Shapes of
groundedness were compared on the development half of the conversations (by a hash of their ids); the test half was
looked at when one had been chosen.

    python -m benchmarks.metric_agreement --results runs/benchmarks
"""

import argparse
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import fmean
from typing import Any

import numpy as np
from numpy.typing import NDArray

from agents.heuristics.facts import names_of, numbers_of, terms_of
from benchmarks.metric_agreement_shapes import RIDGE, SHAPES, Scored, cross_validated, measure_shapes
from benchmarks.record import data_folder, keep
from benchmarks.resampling import spearman
from benchmarks.retrieval import half_of
from eval.answers.abstention import abstains
from eval.answers.groundedness import groundedness
from eval.answers.measures import MEASURES
from eval.answers.records import AnswerRecord, NotApplicable
from eval.statistics import Interval

Floats = NDArray[np.float64]
Figures = dict[str, object]

SCALES = ("faithfulness", "completeness")
PUBLISHED = ("Bert-KPrec", "RougeL", "rb_llm", "rl_f")  # of the data set's authors; the last two ask LLMs
FEWEST = 30  # answers, below which no correlation is given
STEP = 41  # records from one answer to another question's; the three answers to one stand 79 apart


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """An answer with what people gave it."""

    question: str
    conversation: str
    model: str
    record: AnswerRecord
    said: tuple[str, ...]  # in the conversation before
    people: Mapping[str, tuple[float, ...]]  # by scale, 1 to 4
    published: Mapping[str, float]

    def mean(self, scale: str) -> float:
        """Return what people gave on average."""
        return float(np.mean(self.people[scale]))


def main() -> None:
    """Print and keep every figure of docs/evaluation.md that comes from people."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, help="the folder with the data sets")
    parser.add_argument("--results", type=Path)
    options = parser.parse_args()
    data = data_folder(options.data) / "mtrag"
    judged = [_read(row) for row in _rows(data / "human_scored.jsonl")]
    figures = _counts(judged) | _ceilings(judged) | _measured(judged) | _headline(judged) | _elsewhere(judged)
    figures |= _published(judged) | _shapes(judged) | _refusals(data / "queries.jsonl")
    keep("people", figures, options.results)


def _read(row: Mapping[str, Any]) -> Judged:
    kinds = set(row["answerability"])
    known = not kinds & {"PARTIAL", "CONVERSATIONAL"}
    return Judged(
        question=row["task_id"],
        conversation=row["task_id"].partition("<")[0],
        model=row["model_id"],
        record=AnswerRecord(
            question=row["user_input"],
            response=row["response"],
            reference=None if row["model_id"] == "reference" else row["reference"],  # it would be held against itself
            contexts=tuple(row["retrieved_contexts"]),
            answerable="ANSWERABLE" in kinds if known else None,
        ),
        said=tuple(turn["text"] for turn in row["history"]),
        people={scale: tuple(map(float, row["human"][scale])) for scale in SCALES},
        published={name: fmean(map(float, row["auto"][name])) for name in PUBLISHED},
    )


def _counts(judged: Sequence[Judged]) -> Figures:
    development = [item for item in judged if half_of(item.conversation) == "development"]
    return {
        "answers": len(judged),
        "questions": len({item.question for item in judged}),
        "conversations": len({item.conversation for item in judged}),
        "answers, development": len(development),
        "conversations, development": len({item.conversation for item in development}),
        "answers without passages": sum(not item.record.contexts for item in judged),
        "answers that abstain": sum(abstains(item.record.response) for item in judged),
    }


def _ceilings(judged: Sequence[Judged]) -> Figures:
    """Hold each person against the mean of the others, and groundedness against those same means."""
    found: Figures = {}
    for scale in SCALES:
        rows = [
            (person, float(np.mean([*scores[:place], *scores[place + 1 :]])), item)
            for item in judged
            for scores in (item.people[scale],)
            for place, person in enumerate(scores)
        ]
        clusters = [item.question for _, _, item in rows]
        ours = [_grounded(item) for _, _, item in rows]
        three = [item.people[scale] for item in judged if len(item.people[scale]) == 3]
        agree = fmean(
            spearman([scores[one] for scores in three], [scores[other] for scores in three]).mean
            for one, other in ((0, 1), (0, 2), (1, 2))
        )
        others = [mean for _, mean, _ in rows]
        found |= {
            f"{scale}: a person and the mean of the others": _shown([own for own, _, _ in rows], others, clusters),
            f"{scale}: groundedness and the same means": _shown(ours, others, clusters),
            f"{scale}: a person and another, mean of three pairs": round(agree, 3),
            f"{scale}: reliability of the mean of three (Spearman-Brown)": round(3 * agree / (1 + 2 * agree), 3),
        }
    return found


def _measured(judged: Sequence[Judged]) -> Figures:
    """Correlate every measure with every scale, over the answers that it applies to."""
    found: Figures = {}
    for measure in MEASURES:
        values = [measure(item.record) for item in judged]
        scored = [
            (item, value) for item, value in zip(judged, values, strict=True) if not isinstance(value, NotApplicable)
        ]
        if len(scored) < FEWEST or len({value for _, value in scored}) < 2:
            found[f"{measure.name}"] = f"{len(scored)} answers: too few to say"
            continue
        for scale in SCALES:
            shown = _correlated([item for item, _ in scored], [value for _, value in scored], scale)
            found[f"{measure.name}, {scale}"] = f"{shown}, {len(scored)} answers"
    return found


def _headline(judged: Sequence[Judged]) -> Figures:
    """Look at groundedness from every side: halves, conversations drawn, all answers, each writer, one question."""
    values = [groundedness(item.record) for item in judged]
    kept = [item for item, value in zip(judged, values, strict=True) if isinstance(value, float)]
    ours = np.array([value for value in values if isinstance(value, float)])
    people = np.array([item.mean("faithfulness") for item in kept])
    conversations = [item.conversation for item in kept]
    found: Figures = {
        "groundedness, conversations drawn": str(spearman(ours, people, clusters=conversations)),
        "groundedness, every answer, abstaining as 1": _correlated(
            judged, [_grounded(item) for item in judged], "faithfulness"
        ),
        "groundedness, within a question": _shown(
            _within(ours, kept), _within(people, kept), [item.question for item in kept]
        ),
    }
    parts = {half: [half_of(name) == half for name in conversations] for half in ("development", "test")}
    parts |= {model: [item.model == model for item in kept] for model in sorted({item.model for item in kept})}
    parts["passages there"] = [bool(item.record.contexts) for item in kept]
    for name, chosen in parts.items():
        part = [item for item, yes in zip(kept, chosen, strict=True) if yes]
        found[f"groundedness, {name}"] = (
            f"{_correlated(part, ours[np.array(chosen)], 'faithfulness')}, {len(part)} answers"
        )
    for remembered in (terms_of, names_of, numbers_of):
        remembered.cache_clear()
    started = time.perf_counter()
    for item in judged:
        groundedness(item.record)
    took = (time.perf_counter() - started) / len(judged)
    return found | {"groundedness, ms an answer": round(1000 * took, 2)}


def _elsewhere(judged: Sequence[Judged]) -> Figures:
    """Hold every answer against the passages of another question too: what groundedness is where nothing is."""
    holding = [item.record for item in judged if item.record.contexts]
    strange = [
        replace(record, contexts=other.contexts)
        for record, other in zip(holding, [*holding[STEP:], *holding[:STEP]], strict=True)
    ]
    own, others = ([groundedness(record) for record in records] for records in (holding, strange))
    return {
        "groundedness, mean": round(float(np.mean([value for value in own if isinstance(value, float)])), 3),
        "groundedness, mean, another question's passages": round(
            float(np.mean([value for value in others if isinstance(value, float)])), 3
        ),
    }


def _published(judged: Sequence[Judged]) -> Figures:
    kept = [item for item in judged if isinstance(groundedness(item.record), float)]
    same: Figures = {
        f"published {name}, faithfulness, where groundedness applies": _correlated(
            kept, [item.published[name] for item in kept], "faithfulness"
        )
        for name in PUBLISHED
    }
    both = _correlated(judged, [item.mean("faithfulness") for item in judged], "completeness")
    found = {"people's faithfulness and completeness": both} | same
    for name in PUBLISHED:
        for scale in SCALES:
            values = [item.published[name] for item in judged]
            found[f"published {name}, {scale}"] = _correlated(judged, values, scale)
    return found


def _shapes(judged: Sequence[Judged]) -> Figures:
    """Compare the shapes that were tried, where there are statements to be held against passages."""
    kept = [item for item in judged if isinstance(groundedness(item.record), float)]
    table = measure_shapes([Scored(record=item.record, said=item.said) for item in kept])
    people = np.array([item.mean("faithfulness") for item in kept])
    folds = [item.conversation for item in kept]
    columns = {name: table[:, place] for place, name in enumerate(SHAPES)}
    columns[f"ridge over {', '.join(RIDGE)}"] = cross_validated(table, people, folds)
    found: Figures = {}
    for name, values in columns.items():
        for half in ("development", "test"):
            chosen = np.array([half_of(item.conversation) == half for item in kept])
            part = [item for item, yes in zip(kept, chosen, strict=True) if yes]
            found[f"shape {name}, {half}"] = _correlated(part, values[chosen], "faithfulness")
        found[f"shape {name}, all"] = _correlated(kept, values, "faithfulness")
    return found


def _refusals(file: Path) -> Figures:
    """Try the reading of refusals on answers that people wrote; it was written on the development half."""
    found: Figures = {}
    rows = _rows(file)
    for half in ("development", "test"):
        part = [row for row in rows if half_of(row["_id"].partition("<")[0]) == half]
        refused = [row for row in part if abstains(row["reference"])]
        unanswerable = [row for row in part if row["answerability"] == "UNANSWERABLE"]
        right = sum(row["answerability"] == "UNANSWERABLE" for row in refused)
        asked = f"which are {len(unanswerable)} of {len(part)}"
        found[f"refusals, {half}"] = f"{right} of {len(refused)} found are of unanswerable questions, {asked}"
    return found


def _grounded(item: Judged) -> float:
    value = groundedness(item.record)
    return value if isinstance(value, float) else 1.0


def _within(values: Floats, judged: Sequence[Judged]) -> Floats:
    """Take each question's mean away, so that only its answers are compared."""
    questions = np.array([item.question for item in judged])
    return np.array([value - values[questions == name].mean() for value, name in zip(values, questions, strict=True)])


def _correlated(judged: Sequence[Judged], values: Sequence[float] | Floats, scale: str) -> str:
    return _shown(values, [item.mean(scale) for item in judged], [item.question for item in judged])


def _shown(x: Sequence[float] | Floats, y: Sequence[float] | Floats, clusters: Sequence[str]) -> str:
    found: Interval = spearman(x, y, clusters=clusters)
    return str(found)


def _rows(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.open(encoding="utf-8")]


if __name__ == "__main__":
    main()
