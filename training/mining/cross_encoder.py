"""Confirming by a cross-encoder in a local folder, checked before it is loaded as every model is."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from sentence_transformers import CrossEncoder

from hone.errors import UsageError
from retriever.encoding.loading import resolve_device
from retriever.encoding.modelcheck import check_model, check_parts
from retriever.encoding.modelparts import Part, read_object

TRANSFORMER = "sentence_transformers.base.modules.transformer.Transformer"  # what a folder without a list of modules is


class CrossEncoderConfirmer:
    """Reads question and passage together; slower by far than two vectors, and seldom wrong in the same places."""

    def __init__(self, folder: Path, *, device: str = "auto") -> None:
        _check(folder)
        self._model = CrossEncoder(
            str(folder),
            device=resolve_device(device),
            trust_remote_code=False,
            local_files_only=True,
            model_kwargs={"use_safetensors": True},
        )

    def score(self, pairs: Sequence[tuple[str, str]]) -> Sequence[float | None]:
        """Score how well passages answer questions, from 0 to 1."""
        if not pairs:
            return ()
        model: Any = self._model  # its overloads are partly untyped
        found = model.predict(list(pairs), activation_fn=torch.nn.Sigmoid(), show_progress_bar=False)
        return [float(score) for score in found]


def _check(folder: Path) -> None:
    """Refuse what is no cross-encoder with one output, or not safe to load."""
    if not folder.is_dir():
        raise UsageError(f"There is no folder {folder}.", hint="Give the folder of a cross-encoder.")
    config = read_object(folder / "config.json")
    if (folder / "modules.json").is_file():
        check_model(folder)
    else:
        check_parts(folder, (Part(type=TRANSFORMER, folder=folder, config=config),))
    labels: Any = config.get("id2label") or {}
    kind = ", ".join(config.get("architectures") or ["a model of no known kind"])
    if len(labels) != 1 or not kind.endswith("ForSequenceClassification"):
        raise UsageError(
            f"{folder} holds {kind} with {len(labels)} outputs; a cross-encoder has one, the score of a pair.",
            hint="Give a model that was trained to rank, such as a copy of cross-encoder/ms-marco-MiniLM-L6-v2.",
        )
