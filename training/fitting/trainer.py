"""The sentence-transformers trainer, with batches that hold each text once and a loss over the whole of them."""

from typing import Any

import torch
from datasets import Dataset  # pyright: ignore[reportMissingTypeStubs]  # it ships none
from sentence_transformers import SentenceTransformer, SentenceTransformerTrainer, SentenceTransformerTrainingArguments
from sentence_transformers.base.evaluation import BaseEvaluator
from torch import Tensor
from torch.utils.data import DataLoader
from transformers import TrainerCallback

from training.fitting.batches import Collator, GlobalBatches
from training.fitting.loss import loss_of
from training.fitting.processes import gathered


class _Loader(DataLoader[Any]):
    """Tells its batches which epoch it is, as the trainer tells it."""

    def set_epoch(self, epoch: int) -> None:
        loader: Any = self
        loader.batch_sampler.set_epoch(epoch)


class _Holder(torch.nn.Module):
    """Stands in for a loss: the trainer optimises the parameters that it finds in one."""

    def __init__(self, model: SentenceTransformer) -> None:
        super().__init__()
        self.model = model


class Fitter(SentenceTransformerTrainer):
    """Fits an encoder; checkpoints, schedules, callbacks and processes are the trainer's own."""

    def __init__(
        self,
        model: SentenceTransformer,
        args: SentenceTransformerTrainingArguments,
        collator: Collator,
        batches: GlobalBatches,
        evaluator: BaseEvaluator,
        callbacks: list[TrainerCallback],
    ) -> None:
        self._batches, self._collator = batches, collator
        made: Any = Dataset
        rows = made.from_dict({"example": range(len(collator.data.examples))})
        start: Any = super()  # its signature is partly untyped
        start.__init__(
            model=model,
            args=args,
            train_dataset=rows,
            data_collator=collator,
            loss=_Holder(model),
            evaluator=evaluator,
            callbacks=callbacks,
        )

    def add_model_card_callback(self, default_args_dict: dict[str, Any]) -> None:
        """Gather nothing for a model card: a model's lineage is its manifest."""

    def get_train_dataloader(self) -> DataLoader[Any]:
        """Hand every process all batches; the collator takes its share of each."""
        rows: Any = range(len(self._collator.data.examples))
        batches: Any = self._batches
        return _Loader(rows, batch_sampler=batches, collate_fn=self._collator)

    def compute_loss(
        self,
        model: Any,
        inputs: dict[str, Any],
        return_outputs: bool = False,
        num_items_in_batch: Any = None,  # noqa: ARG002
    ) -> Any:
        """Encode the batch and compare everything in it with everything."""
        parts = loss_of(self.encode(model, inputs), inputs, self._collator.options)
        self.track_loss_components(parts)
        loss = torch.stack(list(parts.values())).sum()
        # Each process's gradient reaches its own texts alone, and processes take the mean of theirs.
        loss = loss * self._collator.world
        return (loss, {}) if return_outputs else loss

    def encode(self, model: Any, batch: dict[str, Any]) -> Tensor:
        """Return the vectors of the whole batch, in its order, with gradients for what this process has encoded."""
        total = int(batch["counts"].sum())
        found = [(group["rows"], _forward(model, group)) for group in batch["groups"]]
        rows, vectors = torch.cat([rows for rows, _ in found]), torch.cat([vectors for _, vectors in found])
        return gathered(rows, vectors, total)


def _forward(model: Any, group: dict[str, Any]) -> Tensor:
    features = {name: group[name] for name in ("input_ids", "attention_mask")}
    return model(features, task=group["side"])["sentence_embedding"].float()
