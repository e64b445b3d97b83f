"""Looking at the development questions while an encoder is being fitted, and at whether its space is falling in."""

from collections.abc import Callable, Sequence
from typing import Any

import torch
from sentence_transformers import SentenceTransformer
from sentence_transformers.base.evaluation import BaseEvaluator

from retriever.encoding.encoder import Vectors
from training.fitting.checkpoint_choice import CheckpointChoice
from training.gate.geometry import Geometry, measure_geometry
from training.lesson.dev_set import DevSet

METRIC, KEPT, RANK, COSINE = "dev_ndcg@10", "dev_kept", "dev_rank", "dev_cosine"
EVAL = "eval_"  # what the trainer puts before an evaluator's keys
SCORE_KEY, KEPT_KEY = EVAL + METRIC, EVAL + KEPT
AT_ONCE = 64


class DevEvaluator(BaseEvaluator):
    """Scores the fused order of the development questions, and tells which checkpoints may be kept."""

    def __init__(
        self, dev: DevSet, bfloat16: bool, on_evaluation: Callable[[Geometry], None], latest: CheckpointChoice
    ) -> None:
        super().__init__()
        self.primary_metric = KEPT
        self.greater_is_better = True
        self._dev, self._bfloat16, self._on_evaluation = dev, bfloat16, on_evaluation
        self._latest = latest

    def __call__(
        self,
        model: Any,
        output_path: str | None = None,  # noqa: ARG002  # the trainer's
        epoch: float = -1,  # noqa: ARG002
        steps: int = -1,
    ) -> dict[str, float]:
        """Encode questions and pool, and give the mean scores."""
        questions, passages = vectors_of(model, self._dev, self._bfloat16)
        geometry = measure_geometry(passages)
        self._on_evaluation(geometry)
        scores = self._dev.ndcg(questions, passages)
        kept = self._latest.may_be_kept(scores)
        return {
            METRIC: self._dev.mean(scores),
            KEPT: float(steps) if kept else 0.0,  # the trainer keeps the checkpoint of the largest
            RANK: geometry.rank,
            COSINE: geometry.cosine,
        }


def vectors_of(model: SentenceTransformer, dev: DevSet, bfloat16: bool) -> tuple[Vectors, Vectors]:
    """Encode the development questions and their pool."""
    return encoded(model, dev.questions, bfloat16, asked=True), encoded(model, dev.passages, bfloat16)


def encoded(model: SentenceTransformer, texts: Sequence[str], bfloat16: bool, *, asked: bool = False) -> Vectors:
    """Encode texts with a model that is being fitted."""
    loose: Any = model
    encode = loose.encode_query if asked else loose.encode_document
    with torch.inference_mode(), torch.autocast(model.device.type, dtype=torch.bfloat16, enabled=bfloat16):
        vectors = encode(list(texts), batch_size=AT_ONCE, normalize_embeddings=True, show_progress_bar=False)
    return vectors.astype("float32")


def score_of(model: SentenceTransformer, dev: DevSet, bfloat16: bool) -> float:
    """Return the mean score of the development questions."""
    return dev.mean(dev.ndcg(*vectors_of(model, dev, bfloat16)))
