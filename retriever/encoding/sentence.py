"""The encoder that serves: a sentence-transformers model, checked, in bfloat16 where the processor has it.

Texts go through it in batches of like length, so that little is computed on padding.
"""

import math
import threading
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray

from hone.errors import HoneError, UsageError
from retriever.encoding.encoder import EncoderCard, Vectors, identity_of, unit_rows
from retriever.encoding.loading import (
    has_bfloat16,
    keep_linear_layers_in_bfloat16,
    load_model,
    one_thread,
    resolve_device,
)
from retriever.encoding.modelcheck import RESAVE
from retriever.encoding.modelfolder import open_model_folder
from retriever.encoding.tokenvectors import TokenVectors, unread


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenBatch:
    """Some rows of a larger batch, ready for the model."""

    rows: list[int]  # where they stood in the larger batch
    features: dict[str, Any]  # what sentence-transformers' modules pass along

    @property
    def tokens(self) -> int:
        """Count the tokens that are computed, padding too."""
        ids = self.features.get("input_ids")
        return ids.numel() if isinstance(ids, torch.Tensor) else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchLimits:
    """When a batch is full: both numbers count tokens."""

    tokens: int  # in all, padding too
    padding: int  # about as many as can be computed in the time that one more pass through the model takes


def split_by_tokens(features: Mapping[str, Any], count: int, limits: BatchLimits) -> Iterator[TokenBatch]:
    """Cut the features of `count` texts into batches within the limits, longest texts first."""
    mask = features.get("attention_mask")
    if not isinstance(mask, torch.Tensor) or mask.ndim != 2 or mask.shape[0] != count:
        # Models that flatten or average their tokens have no padding to save.
        yield TokenBatch(rows=list(range(count)), features=dict(features))
        return
    left = bool(mask[:, -1].all()) and not bool(mask[:, 0].all())
    positions = torch.arange(1, mask.shape[1] + 1)
    lengths = (mask.cpu() * (positions.flip(0) if left else positions)).amax(dim=1)
    counted = [max(1, int(length)) for length in lengths]
    for rows in _groups(counted, limits):
        width = counted[rows[0]]
        columns = slice(mask.shape[1] - width, None) if left else slice(0, width)
        cut = {name: _cut(value, rows, columns, mask.shape) for name, value in features.items()}
        yield TokenBatch(rows=rows, features=cut)


def _groups(lengths: list[int], limits: BatchLimits) -> Iterator[list[int]]:
    group: list[int] = []
    padding = 0
    for row in sorted(range(len(lengths)), key=lambda row: -lengths[row]):
        width = lengths[group[0]] if group else lengths[row]
        padding += width - lengths[row]
        if group and (padding > limits.padding or width * (len(group) + 1) > limits.tokens):
            yield group
            group, padding = [], 0
        group.append(row)
    if group:
        yield group


def _cut(value: Any, rows: list[int], columns: slice, shape: torch.Size) -> Any:
    if not isinstance(value, torch.Tensor) or value.ndim == 0 or value.shape[0] != shape[0]:
        return value
    return value[rows][:, columns] if value.ndim > 1 and value.shape[1] == shape[1] else value[rows]


# Measured with MiniLM on one core: 4k tokens are as good as any number of them, and a pass costs about 4 ms besides
# 0.13 ms a token. A GPU computes some thousand tokens while a pass is being prepared.
LIMITS = {"cpu": BatchLimits(tokens=4096, padding=48), "cuda": BatchLimits(tokens=65536, padding=8192)}
# A question takes 6 ms on one thread; with two on a busy machine, 40 to 500 ms went by in waiting for each other. For
# the same reason a pass takes one thread where others are under way: with OMP_NUM_THREADS=1 alone, twenty askers were
# answered a fifth sooner.
ONE_THREAD_TOKENS = 64
WINDOW = 512  # texts tokenised at once, then cut by exact length; large enough that little padding is left
MOST_TOKENS = 256  # of a text that is read token by token
UNLIMITED_TOKENS = 1 << 20  # what a card says of a model that reads texts of any length
PASSAGE_PROMPTS = ("document", "passage", "corpus")  # the names that models use, in sentence-transformers' order

Task = Literal["query", "document"]
TASKS: tuple[Task, ...] = ("query", "document")


class SentenceEncoder:
    """Encodes with a sentence-transformers model; safe to call from several threads."""

    def __init__(
        self, model: str = "", *, truncate_dim: int | None = None, device: str = "auto", name: str = ""
    ) -> None:
        folder = open_model_folder(model)
        self._device = resolve_device(device)
        self._model = load_model(folder.path, self._device)
        self._bfloat16 = has_bfloat16(self._device)
        if self._bfloat16:
            keep_linear_layers_in_bfloat16(self._model)
        self._counting, self._under_way = threading.Lock(), 0
        self._tokenizing = threading.Lock()  # fast tokenizers fail with "Already borrowed" when two threads call them
        prompts = self._model.prompts
        width = self._probe()
        truncate_dim = self._model.truncate_dim if truncate_dim is None else truncate_dim
        _check_truncation(truncate_dim, width)
        settings = {
            "dimensions": truncate_dim or width,
            "max_tokens": _max_tokens(self._model.max_seq_length),
            "query_prompt": prompts.get("query") or "",
            "passage_prompt": next((prompts[name] for name in PASSAGE_PROMPTS if prompts.get(name)), ""),
            "truncate_dim": truncate_dim,
        }
        self.card = _make_card(name or folder.name, folder.hash, settings)

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """Turn questions into unit vectors."""
        return self._encode(texts, self.card.query_prompt, "query")

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        """Turn passages into unit vectors, each distinct text once."""
        return self._encode(texts, self.card.passage_prompt, "document")

    def encode_tokens(self, texts: Sequence[str]) -> list[TokenVectors]:
        """Turn texts into the vectors of their tokens, as passages without a prompt are read."""
        if not texts:
            return []
        features = self._tokenize_with_places(list(texts))
        if features is None:
            return [unread(vector) for vector in self.encode_passages(texts)]
        found: dict[int, TokenVectors] = {}
        for batch in split_by_tokens(features, len(texts), LIMITS[self._device]):
            places, special = batch.features.pop("offset_mapping"), batch.features.pop("special_tokens_mask")
            output = self._run(batch, "document")
            if "token_embeddings" not in output:
                return [unread(vector) for vector in self.encode_passages(texts)]
            tokens, whole = output["token_embeddings"].float().cpu().numpy(), _finite(output["sentence_embedding"])
            wholes = unit_rows(whole[:, : self.card.dimensions])
            for row, own, vector, place, mask in zip(batch.rows, tokens, wholes, places, special, strict=True):
                kept = (mask == 0).numpy()
                vectors = unit_rows(own[kept]).astype(np.float16)
                starts = place[:, 0].numpy()[kept].astype(np.int32)
                found[row] = TokenVectors(starts=starts, vectors=vectors, whole=vector)
        return [found[row] for row in range(len(texts))]

    def _tokenize_with_places(self, texts: list[str]) -> dict[str, Any] | None:
        """Tokenize with each token's place; none where the model's tokenizer does not tell it."""
        tokenizer: Any = getattr(self._model, "tokenizer", None)
        if not getattr(tokenizer, "is_fast", False):
            return None
        with self._tokenizing:
            return dict(
                tokenizer(
                    texts,
                    padding=True,
                    truncation=True,
                    max_length=min(self.card.max_tokens, MOST_TOKENS),
                    return_offsets_mapping=True,
                    return_special_tokens_mask=True,
                    return_tensors="pt",
                )
            )

    def _encode(self, texts: Sequence[str], prompt: str, task: Task) -> Vectors:
        places = {text: place for place, text in enumerate(dict.fromkeys(texts))}
        rows = np.empty((len(places), self.card.dimensions), dtype=np.float32)
        unique = sorted(places, key=len, reverse=True)  # near enough to the order of tokens to choose windows by
        for start in range(0, len(unique), WINDOW):
            window = unique[start : start + WINDOW]
            for batch in self._tokenize(window, prompt, task):
                vectors = self._forward(batch, task)[:, : self.card.dimensions]
                rows[[places[window[row]] for row in batch.rows]] = vectors
        return unit_rows(rows)[[places[text] for text in texts]]

    def _tokenize(self, texts: list[str], prompt: str, task: Task) -> Iterator[TokenBatch]:
        with self._tokenizing:
            model: Any = self._model  # it leaves the keywords of preprocess untyped
            features: dict[str, Any] = model.preprocess(texts, prompt=prompt or None, task=task)
        return split_by_tokens(features, len(texts), LIMITS[self._device])

    def _forward(self, batch: TokenBatch, task: Task) -> NDArray[np.float32]:
        return _finite(self._run(batch, task)["sentence_embedding"])

    @torch.inference_mode()
    def _run(self, batch: TokenBatch, task: Task) -> dict[str, Any]:
        device = torch.device(self._device)
        features = {
            name: value.to(device) if isinstance(value, torch.Tensor) else value
            for name, value in batch.features.items()
        }
        with (
            self._passing() as others,
            one_thread(when=self._device == "cpu" and (batch.tokens <= ONE_THREAD_TOKENS or others > 0)),
            torch.autocast(device.type, dtype=torch.bfloat16, enabled=self._bfloat16),
        ):
            return self._model(features, task=task)

    @contextmanager
    def _passing(self) -> Generator[int]:
        """Count passes through the model, and return how many others are under way as this one begins."""
        with self._counting:
            others, self._under_way = self._under_way, self._under_way + 1
        try:
            yield others
        finally:
            with self._counting:
                self._under_way -= 1

    def _probe(self) -> int:
        """Encode a word each way: modules that do not fit together fail here, before anything depends on them."""
        try:
            widths = {self._forward(next(self._tokenize(["probe"], "", task)), task).shape[1] for task in TASKS}
        except (RuntimeError, ValueError, LookupError, TypeError) as error:
            raise HoneError(f"The model can't encode text: {error}", hint=RESAVE) from error
        if len(widths) != 1:
            given = " and ".join(map(str, sorted(widths)))
            raise HoneError(
                f"The model's vectors for questions and passages have different dimensions: {given}", hint=RESAVE
            )
        return widths.pop()


def _finite(vectors: torch.Tensor) -> NDArray[np.float32]:
    found: NDArray[np.float32] = vectors.float().cpu().numpy()
    if not np.isfinite(found).all():
        raise HoneError(
            "The model returned a vector with NaN or infinite numbers",
            hint="Its training went wrong; use an earlier version of the model.",
        )
    return found


def _check_truncation(truncate_dim: int | None, dimensions: int) -> None:
    """Refuse to cut vectors to more dimensions than they have."""
    if truncate_dim is not None and not 1 <= truncate_dim <= dimensions:
        raise UsageError(
            f"truncate_dim is {truncate_dim}, but the model's vectors have {dimensions} dimensions",
            hint=f"Set truncate_dim to a number from 1 to {dimensions}, or leave it out.",
        )


def _max_tokens(limit: float | None) -> int:
    return UNLIMITED_TOKENS if limit is None or math.isinf(limit) else min(int(limit), UNLIMITED_TOKENS)


def _make_card(name: str, content: str, settings: dict[str, Any]) -> EncoderCard:
    return EncoderCard(model=name, hash=identity_of(content, settings), **settings)
