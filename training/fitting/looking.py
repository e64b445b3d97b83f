"""Looking at the development questions while an encoder is being fitted, and at whether its space is falling in."""

from collections.abc import Callable
from typing import Any

import torch
from sentence_transformers import SentenceTransformer
from sentence_transformers.base.evaluation import BaseEvaluator

from retriever.encoding.encoder import Vectors
from training.dev import DevSet
from training.geometry import Geometry, measure_geometry

METRIC = "dev_ndcg@10"  # the trainer finds it as eval_dev_ndcg@10; another key would switch early stopping off
DENSE, RANK, COSINE = "dev_dense_ndcg@10", "dev_rank", "dev_cosine"
EVAL_KEY = f"eval_{METRIC}"
AT_ONCE = 64


class DevEvaluator(BaseEvaluator):
    """Scores the fused order of the development questions."""

    def __init__(self, dev: DevSet, bfloat16: bool, on_look: Callable[[Geometry], None]) -> None:
        super().__init__()
        self.primary_metric = METRIC
        self.greater_is_better = True
        self._dev, self._bfloat16, self._on_look = dev, bfloat16, on_look

    def __call__(
        self,
        model: Any,
        output_path: str | None = None,  # noqa: ARG002  # the trainer's
        epoch: float = -1,  # noqa: ARG002
        steps: int = -1,  # noqa: ARG002
    ) -> dict[str, float]:
        """Encode questions and pool, and give the mean scores."""
        questions, passages = vectors_of(model, self._dev, self._bfloat16)
        geometry = measure_geometry(passages)
        self._on_look(geometry)
        return {
            METRIC: float(self._dev.ndcg(questions, passages).mean()),
            DENSE: float(self._dev.dense_ndcg(questions, passages).mean()),
            RANK: geometry.rank,
            COSINE: geometry.cosine,
        }


def vectors_of(model: SentenceTransformer, dev: DevSet, bfloat16: bool) -> tuple[Vectors, Vectors]:
    """Encode the development questions and their pool."""
    common: dict[str, Any] = {"batch_size": AT_ONCE, "normalize_embeddings": True, "show_progress_bar": False}
    with torch.inference_mode(), torch.autocast(model.device.type, dtype=torch.bfloat16, enabled=bfloat16):
        loose: Any = model
        questions = loose.encode_query(list(dev.questions), **common)
        passages = loose.encode_document(list(dev.passages), **common)
    return questions.astype("float32"), passages.astype("float32")


def score_of(model: SentenceTransformer, dev: DevSet, bfloat16: bool) -> float:
    """Give the mean score of the development questions."""
    return float(dev.ndcg(*vectors_of(model, dev, bfloat16)).mean())
