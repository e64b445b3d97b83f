"""What a log cannot teach because it does not say it: nobody finds what the live search does not show.

One head on both sides is learned from what the log says; from the right answers to the same questions; from the right
answers to as many questions, drawn from all that people asked; and from those to all of them. The development split's
questions, which nobody asked, tell what each is worth, over the whole library.

    python -m benchmarks.log_ceiling nl2bash --home /tmp/loop --results docs/results
"""

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from benchmarks.loop.experiment import Experiment, used_home
from benchmarks.loop.habits import HABITS
from benchmarks.loop.homes import open_home
from benchmarks.loop.known import Wanted, read_known
from benchmarks.loop.telling import Telling
from benchmarks.record import data_folder, keep, of_one_set
from eval.data.beir import read_beir
from eval.records import EvalQuestion
from hone.log.interactions import key_of
from hone.progress import Progress
from hone.workspace import Workspace
from retriever.encoding.encoder import Vectors
from retriever.encoding.modelfolder import find_model_folder
from retriever.library.library import Library
from retriever.ranking.background import measure_background
from retriever.ranking.fusion import WEIGHTS, Weighing
from retriever.searching.live import LiveIndex
from retriever.searching.searcher import background_of
from training.evidence.usable import Usable, find_usable
from training.fitting.options import FitOptions
from training.lesson.build import CachingEncoder, TrainingInputs, build_training_data
from training.lesson.dev_sampling import Serving, leg_scores
from training.lesson.dev_set import DevSet, fused, gains_of, places_of, starts_of
from training.pairs.passages import Passages, read_passages
from training.pairs.prepare import Prepared, prepare
from training.pairs.sources import PairInputs
from training.pairs.splits import documents_of
from training.plan import TrainingPlan
from training.records import Pair
from training.tiers.attempt import Heads, TierJob
from training.tiers.heads import turn, two_sided_head

FIRST = 20  # documents: what is not among them is missed


@dataclass(frozen=True, slots=True, kw_only=True)
class School:
    """What all heads are learned with, and measured on."""

    workspace: Workspace
    serving: Serving
    usable: Usable
    prepared: Prepared
    asked: DevSet  # that nobody asked, over the whole library
    progress: Progress


def main() -> None:
    """Learn one head after the other, and tell what each misses."""
    options = of_one_set(__doc__)
    data, telling = data_folder(options.data).resolve(), Telling()
    experiment = Experiment(
        name=options.set,
        homes=options.home,
        data=data,
        habits=HABITS,
        plan=TrainingPlan(),
        canary=None,
        telling=telling,
    )
    workspace = open_home(used_home(experiment).copied)
    live = LiveIndex(workspace)
    try:
        with live.current() as opened:
            encoder = CachingEncoder(opened.encoder)
            serving = Serving(encoder=encoder, store=opened.store, background=background_of(opened), weights=WEIGHTS)
            passages, known = read_passages(workspace, encoder), read_known(data / options.set)
            spoken = {key_of(wanted.text) for wanted in known.asked}
            unasked = [
                question
                for question in read_beir(data / options.set, split="dev").questions
                if key_of(question.text) not in spoken
            ]
            usable = find_usable(workspace, encoder=encoder)
            given = PairInputs(library=Library(workspace.database), judgments=usable.judgments, files=())
            school = School(
                workspace=workspace,
                serving=serving,
                usable=usable,
                prepared=prepare(given, encoder=encoder),
                asked=_asked(unasked, passages, serving),
                progress=telling,
            )
            figures = _figures(school, known.asked, passages)
    finally:
        live.close()
        workspace.close()
    keep(f"unsaid-{options.set}", figures, options.results)


def _figures(school: School, asked: Sequence[Wanted], passages: Passages) -> dict[str, object]:
    said = school.prepared.splits.train
    right = _right(school.prepared, asked, passages)
    keys = {key_of(pair.query) for pair in said}
    same = [pair for pair in right if key_of(pair.query) in keys]
    order: list[int] = np.random.default_rng(7).permutation(len(right)).tolist()
    lessons: dict[str, Sequence[Pair]] = {
        "what the log says": said,
        "the right answers to the same questions": same,
        "as many right answers, to any that were asked": [right[place] for place in order[: len(same)]],
        "the right answers to all that were asked": right,
    }
    told: dict[str, object] = {"questions that nobody asked": len(school.asked.questions)}
    told["before"] = _told(school, None)
    for name, pairs in lessons.items():
        school.progress.stage(name, None)
        told[name] = {"pairs": len(pairs), **_told(school, _learned(school, pairs))}
    return told


def _right(prepared: Prepared, asked: Sequence[Wanted], passages: Passages) -> list[Pair]:
    """Pair what was asked with what is right, but for the questions and documents that are held out."""
    held = (*prepared.splits.dev, *prepared.splits.test)
    documents, keys = documents_of(held), {key_of(pair.query) for pair in held}
    found: list[Pair] = []
    for wanted in asked:
        rows = [passages.by_document[name][0] for name in sorted(wanted.gold) if name in passages.by_document]
        if rows and key_of(wanted.text) not in keys and documents.isdisjoint(wanted.gold):
            found.append(_pair(wanted.text, rows[0], passages))
    return found


def _pair(question: str, row: int, passages: Passages) -> Pair:
    return Pair(
        query=question,
        passage=passages.ids[row],
        document=passages.places[row].document,
        text=passages.texts[row],
        grade=3,
        weight=1.0,
        source="file",
        grounds=(),
    )


def _learned(school: School, pairs: Sequence[Pair]) -> Heads | None:
    prepared = school.prepared
    inputs = TrainingInputs(
        prepared=replace(prepared, splits=replace(prepared.splits, train=tuple(pairs))),
        passages=read_passages(school.workspace, school.serving.encoder),
        judgments=school.usable.judgments,
        serving=school.serving,
        inverse_propensity=school.usable.examination.inverse_propensity,
    )
    data = build_training_data(inputs, school.progress).data
    with tempfile.TemporaryDirectory() as workdir:
        job = TierJob(
            data=data,
            source=find_model_folder(""),
            workdir=Path(workdir),
            options=FitOptions(),
            until=float("inf"),
        )
        return two_sided_head(job, school.progress).heads


def _asked(questions: Sequence[EvalQuestion], passages: Passages, serving: Serving) -> DevSet:
    """Lay out questions with golden labels over all passages."""
    documents = [place.document for place in passages.places]
    starts = starts_of(documents)
    columns = {documents[at]: column for column, at in enumerate(starts)}
    grades = [[(columns[name], round(grade)) for name, grade in item.gold.items() if grade > 0] for item in questions]
    texts = tuple(question.text for question in questions)
    return DevSet(
        questions=texts,
        passages=passages.texts,
        starts=np.asarray(starts, dtype=np.int64),
        gains=gains_of(grades, len(starts)),
        legs=leg_scores(texts, passages, serving),
        weights=serving.weights,
        live_questions=serving.encoder.encode_queries(texts),
        live_passages=passages.vectors,
        importance=np.ones(len(texts)),
        free=np.zeros(len(texts), dtype=bool),
    )


def _told(school: School, heads: Heads | None) -> dict[str, object]:
    asked = school.asked
    questions: Vectors = turn(asked.live_questions, heads.query if heads else None)
    passages: Vectors = turn(asked.live_passages, heads.passage if heads else None)
    weighing = Weighing(weights=asked.weights, background=measure_background(passages))
    scores = fused(questions @ passages.T, asked.legs, weighing)
    missed = int((places_of(scores, asked.starts, asked.gains) > FIRST).sum())
    return {"missed": missed, "nDCG@10": round(asked.mean(asked.ndcg(questions, passages)), 4)}


if __name__ == "__main__":
    main()
