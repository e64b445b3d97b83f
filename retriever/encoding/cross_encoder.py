"""A cross-encoder from a local folder, checked before it is loaded as every model is: it reads two texts together."""

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from sentence_transformers import CrossEncoder

from hone.errors import UsageError
from retriever.encoding.loading import load, resolve_device
from retriever.encoding.modelcheck import ModelModule, check_model, check_parts, read_object

TRANSFORMER = "sentence_transformers.base.modules.transformer.Transformer"  # what a folder without a list of modules is


class CrossEncoderReranker:
    """Reads question and passage together: slower by far than two vectors, and seldom wrong in the same places."""

    def __init__(self, folder: Path, *, device: str = "auto") -> None:
        check_cross_encoder(folder)
        self._model = load(CrossEncoder, "cross-encoder", folder, device=resolve_device(device), unneeded=())
        self._reading = threading.Lock()  # fast tokenizers fail with "Already borrowed" when two threads call them

    def score(self, question: str, passages: Sequence[str]) -> list[float]:
        """Score how well passages answer a question: the higher the better, with no bounds."""
        if not passages:
            return []
        model: Any = self._model  # its overloads are partly untyped
        pairs = [(question, passage) for passage in passages]
        with self._reading:
            found = model.predict(pairs, activation_fn=torch.nn.Identity(), show_progress_bar=False)
        return [float(score) for score in found]


def check_cross_encoder(folder: Path) -> None:
    """Refuse what is no cross-encoder with one output, or not safe to load."""
    if not folder.is_dir():
        raise UsageError(f"There is no folder {folder}.", hint="Use the folder of a cross-encoder.")
    config = read_object(folder / "config.json")
    if (folder / "modules.json").is_file():
        check_model(folder)
    else:
        check_parts(folder, (ModelModule(type=TRANSFORMER, folder=folder, config=config),))
    labels: Any = config.get("id2label") or {}
    kind = ", ".join(config.get("architectures") or ["a model of an unknown kind"])
    if len(labels) != 1 or not kind.endswith("ForSequenceClassification"):
        raise UsageError(
            f"The model in {folder} is {kind} with {len(labels)} outputs; a cross-encoder has one: the score.",
            hint="Use a model trained to rank, such as a copy of cross-encoder/ms-marco-MiniLM-L6-v2.",
        )
