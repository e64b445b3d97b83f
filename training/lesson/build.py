"""From prepared pairs to training data: negatives are mined, texts laid out, development questions drawn."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from hone.progress import Progress
from hone.records import EncoderCard
from retriever.encoding.batching import Remembered
from retriever.encoding.encoder import Encoder, Vectors
from training.lesson.dev_sampling import Serving, draw_dev
from training.lesson.dev_set import DevSet
from training.lesson.training_data import Texts, TrainingData, answer_texts, index_examples
from training.mining.mine import mine
from training.mining.records import RULES, MiningInputs, MiningReport, MiningRules
from training.pairs.passages import Passages
from training.pairs.prepare import Prepared
from training.records import Judgment, Pair

GENERAL = 1500  # passages that a fit stays close to the live model on, drawn from all of the library


@dataclass(frozen=True, slots=True, kw_only=True)
class BuiltTrainingData:
    """Training data, and how its negatives were found."""

    data: TrainingData
    mining: MiningReport | None
    restricted: frozenset[str]  # documents that not everybody may read, of negatives and of general text


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingInputs:
    """What training data is made from."""

    prepared: Prepared
    passages: Passages  # that may be learned from
    judgments: Sequence[Judgment]
    serving: Serving
    inverse_propensity: Callable[
        [int], float
    ]  # of a place: how many questions stand behind one whose answer was found there
    outside: DevSet | None = None
    mining: MiningRules | None = RULES  # none: no hard negatives are looked for
    seed: int = 7


def build_training_data(inputs: TrainingInputs, progress: Progress) -> BuiltTrainingData:
    """Build training data of what people showed."""
    serving, splits, passages = inputs.serving, inputs.prepared.splits, inputs.passages
    report, negatives = None, [()] * len(splits.train)
    if inputs.mining is not None:
        mined = mine(_order(inputs, passages, inputs.mining), progress)
        report, negatives = mined.report, mined.negatives
    progress.stage("drawing development questions", None)
    dev = draw_dev(splits.dev, passages, serving, inputs.seed, inverse_propensity=inputs.inverse_propensity)
    general = _general(passages, splits.train, inputs.seed)
    texts = [[passages.texts[row] for row in rows] for rows in negatives]
    indexed = index_examples(splits.train, texts, inputs.judgments)
    data = TrainingData(
        questions=Texts(texts=indexed.questions, vectors=serving.encoder.encode_queries(indexed.questions)),
        passages=answer_texts(indexed.passages, passages, serving.encoder),
        examples=indexed.examples,
        known_positives=indexed.known_positives,
        general=Texts(texts=tuple(passages.texts[row] for row in general), vectors=passages.vectors[general]),
        dev=dev,
        outside=inputs.outside,
        seed=inputs.seed,
    )
    read = [*general, *(row for rows in negatives for row in rows)]
    return BuiltTrainingData(data=data, mining=report, restricted=passages.restricted_among(read))


def _order(inputs: TrainingInputs, passages: Passages, rules: MiningRules) -> MiningInputs:
    serving = inputs.serving
    return MiningInputs(
        pairs=inputs.prepared.splits.train,
        passages=passages,
        store=serving.store,
        encoder=serving.encoder,
        weights=serving.weights,
        background=serving.background,
        liked=inputs.judgments,
        clusters=inputs.prepared.clusters,
        rules=rules,
        groups=passages.groups,
        scorers=serving.scorers,
    )


def _general(passages: Passages, train: Sequence[Pair], seed: int) -> list[int]:
    """Draw passages that nobody has asked about: what is asked about shall move."""
    asked = {pair.passage for pair in train}
    order: list[int] = np.random.default_rng(seed).permutation(len(passages.ids)).tolist()
    return [row for row in order if passages.ids[row] not in asked][:GENERAL]


class CachingEncoder:
    """Keeps every vector it has given, for as long as one retraining takes."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self._queries, self._passages = Remembered(), Remembered()

    @property
    def card(self) -> EncoderCard:
        """Return the encoder's card."""
        return self._encoder.card

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """Turn questions into vectors."""
        return self._queries.look_up(texts, self._encoder.encode_queries)

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        """Turn passages into vectors."""
        return self._passages.look_up(texts, self._encoder.encode_passages)
