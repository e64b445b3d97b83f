"""A model with heads, as a plain sentence-transformers folder: a Router with a way for either side."""

from pathlib import Path
from typing import Any

import numpy as np
import torch
from sentence_transformers import SentenceTransformer
from sentence_transformers.base.modules import Router
from sentence_transformers.sentence_transformer.modules import Dense, Normalize

from retriever.encoding.loading import load_model
from training.tiers.attempt import Heads, Matrix

loose: Any = torch  # its stubs leave out what comes from numpy
Ways = dict[str, list[Any]]


def save_with_heads(source: Path, heads: Heads, target: Path) -> None:
    """Save the model of a folder with heads put on it; heads that it has already are multiplied into the new ones.

    Heads that were learned on shortened vectors stand on the first numbers of whole ones, on both sides.
    """
    model = load_model(source, "cpu")
    ways, width = _ways(model), int(model.get_embedding_dimension() or 0)
    ways["query"] = _headed(ways["query"], _widened(heads.query, width))
    if heads.passage is not None or heads.query.shape[1] < width:
        passage = np.eye(len(heads.query), dtype=np.float32) if heads.passage is None else heads.passage
        ways["document"] = _headed(ways["document"], _widened(passage, width))
    router = Router.for_query_document(query_modules=ways["query"], document_modules=ways["document"])
    prompts = {name: prompt for name, prompt in model.prompts.items() if prompt is not None}
    made = SentenceTransformer(modules=[router], device="cpu", prompts=prompts)
    made.save_pretrained(str(target), create_model_card=False)


def _widened(matrix: Matrix, width: int) -> Matrix:
    return np.pad(matrix, ((0, 0), (0, max(0, width - matrix.shape[1]))))


def _ways(model: SentenceTransformer) -> Ways:
    modules: list[Any] = list(model)
    if isinstance(modules[0], Router):
        found: Any = modules[0].sub_modules
        return {name: list(found[name]) for name in ("query", "document")}
    return {"query": modules, "document": modules}


def _headed(modules: list[Any], matrix: Matrix) -> list[Any]:
    rest, last = modules, loose.from_numpy(matrix)
    if len(modules) > 2 and isinstance(modules[-2], Dense) and isinstance(modules[-1], Normalize):
        rest, last = modules[:-2], last @ modules[-2].linear.weight.detach()
    head = Dense(
        in_features=last.shape[1],
        out_features=last.shape[0],
        bias=False,
        activation_function=torch.nn.Identity(),
        init_weight=last.contiguous(),
    )
    return [*rest, head, Normalize()]
