"""From prepared pairs to a lesson: negatives are mined, texts laid out, development questions drawn."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from hone.progress import Progress
from hone.workspace import Workspace
from training.lesson.dev_sampling import Serving, draw_dev
from training.lesson.dev_set import DevSet
from training.lesson.lesson import Lesson, Texts, answer_texts, lay_out
from training.mining.mine import mine
from training.mining.records import RULES, MiningOrder, MiningReport, MiningRules
from training.pairs.passages import Passages, read_passages
from training.pairs.prepare import Prepared
from training.records import Judgment, Pair

GENERAL = 1500  # passages that a fit stays close to the live model on, drawn from all of the library


@dataclass(frozen=True, slots=True, kw_only=True)
class Taught:
    """A lesson, and how its negatives were found."""

    lesson: Lesson
    mining: MiningReport | None
    restricted: frozenset[str]  # documents that not everybody may read, of negatives and of general text


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """What a lesson is made from."""

    prepared: Prepared
    judgments: Sequence[Judgment]
    serving: Serving
    inverse_propensity: Callable[
        [int], float
    ]  # of a place: how many questions stand behind one whose answer was found there
    outside: DevSet | None = None
    restricted: bool = False  # also from passages that not everybody may read
    mining: MiningRules | None = RULES  # none: no hard negatives are looked for
    seed: int = 7


def teach(workspace: Workspace, material: Material, progress: Progress) -> Taught:
    """Make a lesson of what people showed."""
    serving, splits = material.serving, material.prepared.splits
    progress.stage("reading passages", None)
    passages = read_passages(workspace, serving.encoder, restricted=material.restricted)
    report, negatives = None, [()] * len(splits.train)
    if material.mining is not None:
        mined = mine(_order(material, passages, material.mining), progress)
        report, negatives = mined.report, mined.negatives
    progress.stage("drawing development questions", None)
    dev = draw_dev(splits.dev, passages, serving, material.seed, inverse_propensity=material.inverse_propensity)
    general = _general(passages, splits.train, material.seed)
    texts = [[passages.texts[row] for row in rows] for rows in negatives]
    laid = lay_out(splits.train, texts, material.judgments)
    lesson = Lesson(
        questions=Texts(texts=laid.questions, vectors=serving.encoder.encode_queries(laid.questions)),
        passages=answer_texts(laid.passages, passages, serving.encoder),
        examples=laid.examples,
        kin=laid.kin,
        general=Texts(texts=tuple(passages.texts[row] for row in general), vectors=passages.vectors[general]),
        dev=dev,
        outside=material.outside,
        seed=material.seed,
    )
    read = [*general, *(row for rows in negatives for row in rows)]
    return Taught(lesson=lesson, mining=report, restricted=passages.restricted_among(read))


def _order(material: Material, passages: Passages, rules: MiningRules) -> MiningOrder:
    serving = material.serving
    return MiningOrder(
        pairs=material.prepared.splits.train,
        passages=passages,
        store=serving.store,
        encoder=serving.encoder,
        weights=serving.weights,
        background=serving.background,
        liked=material.judgments,
        clusters=material.prepared.clusters,
        rules=rules,
        groups=passages.groups,
        scorers=serving.scorers,
    )


def _general(passages: Passages, train: Sequence[Pair], seed: int) -> list[int]:
    """Draw passages that nobody has asked about: what is asked about shall move."""
    asked = {pair.passage for pair in train}
    order: list[int] = np.random.default_rng(seed).permutation(len(passages.ids)).tolist()
    return [row for row in order if passages.ids[row] not in asked][:GENERAL]
