"""The development questions while an encoder is being fitted: their score, and which checkpoint is kept."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from sentence_transformers import SentenceTransformer
from sentence_transformers.base.evaluation import BaseEvaluator

from retriever.encoding.encoder import Vectors
from training.fitting.processes import is_first
from training.gate.geometry import Geometry, measure_geometry
from training.lesson.dev_set import DevSet

FILE = "best-look.npy"

Scores = NDArray[np.float64]  # one a development question


class CheckpointChoice:
    """Holds every evaluation against the best one before it, which a fit that goes on finds again."""

    def __init__(self, dev: DevSet, work: Path, *, resume: bool) -> None:
        self._dev, self._file = dev, work / FILE
        self._best: Scores | None = np.load(self._file) if resume and self._file.is_file() else None

    def may_be_kept(self, scores: Scores) -> bool:
        """Check whether a checkpoint is as good as the best before it, as far as these questions can tell."""
        if self._best is None or self._dev.mean(scores) > self._dev.mean(self._best):
            self._best = scores
            if is_first():
                self._file.parent.mkdir(parents=True, exist_ok=True)
                np.save(self._file, scores)
            return True
        gap, error = self._dev.gap(self._best, scores)
        return gap <= error


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
