"""Batches: each text once, grouped by length, and what may be held against what.

Every process sees the whole batch's arrangement and encodes its share of the texts, so that two processes compute
what one would.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray

from training.fitting.options import FitOptions
from training.lesson.training_data import Example, TrainingData

loose: Any = torch  # its stubs leave out what comes from numpy

GROUP_TOKENS = 4096  # padded, in one forward pass: more is no faster on a processor and takes memory
STEP_TOKENS, FEWEST = 24_000, 16  # in one step, since memory grows with them; and examples, whatever they read
MEGABATCH = 16  # batches whose examples are sorted by length before they are cut; the batches are then shuffled
SLACK = 1.15  # how much longer the longest of a group may be than it would be without padding

Side = Literal["query", "document"]
Tokens = Sequence[Sequence[int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokenized:
    """The training data's texts as tokens, once."""

    questions: Tokens
    passages: Tokens
    general: Tokens
    pad: int


class GlobalBatches:
    """Rows of examples by batch, in an order that the epoch decides; the same in every process."""

    def __init__(self, lengths: Sequence[int], size: int, seed: int) -> None:
        self._lengths = np.asarray(lengths)
        self._size, self._seed, self.epoch = size, seed, 0

    def __len__(self) -> int:
        return max(1, len(self._lengths) // self._size)

    def set_epoch(self, epoch: int) -> None:
        """Shuffle otherwise from now on."""
        self.epoch = epoch

    def __iter__(self) -> Iterator[list[int]]:
        rng = np.random.default_rng((self._seed, self.epoch))
        order = rng.permutation(len(self._lengths))
        mega, batches = MEGABATCH * self._size, list[NDArray[np.int64]]()
        for start in range(0, len(order), mega):
            part = order[start : start + mega]
            part = part[np.argsort(self._lengths[part], kind="stable")]
            batches += [part[at : at + self._size] for at in range(0, len(part), self._size)]
        full: Any = [batch for batch in batches if len(batch) == self._size] or batches
        for place in rng.permutation(len(full)):
            yield full[place].tolist()


@dataclass(frozen=True, slots=True, kw_only=True)
class Collator:
    """Lays out one batch for one process."""

    data: TrainingData
    tokens: Tokenized
    options: FitOptions
    rank: int = 0
    world: int = 1

    def __call__(self, rows: Sequence[int]) -> dict[str, Any]:
        data, examples = self.data, [self.data.examples[row] for row in rows]
        questions = list(dict.fromkeys(item.question for item in examples))
        wrong = (name for item in examples for name in item.negatives[: self.options.hard_negatives])
        passages = list(dict.fromkeys([*(item.positive for item in examples), *wrong]))
        question_at = {name: place for place, name in enumerate(questions)}
        passage_at = {name: place for place, name in enumerate(passages)}
        general = self._general(rows)
        texts: list[tuple[Side, Sequence[int]]] = [
            *(("query", self.tokens.questions[name]) for name in questions),
            *(("document", self.tokens.passages[name]) for name in passages),
            *(("document", self.tokens.general[name]) for name in general),
        ]
        asked = torch.tensor([question_at[item.question] for item in examples])
        right = torch.tensor([passage_at[item.positive] for item in examples])
        return {
            "groups": self._groups(texts),
            "counts": torch.tensor([len(questions), len(passages), len(general)]),
            "asked": asked,
            "right": right,
            "weights": torch.tensor([item.weight for item in examples], dtype=torch.float32),
            "masked": loose.from_numpy(self._masked(questions, passage_at, examples, asked.numpy(), right.numpy())),
            "general": loose.from_numpy(data.general.vectors[general])
            if general
            else torch.empty(0, data.passages.vectors.shape[1]),
        }

    def _general(self, rows: Sequence[int]) -> list[int]:
        there = len(self.data.general.texts)
        if not there or not self.options.distillation_weight:
            return []
        rng = np.random.default_rng((self.data.seed, *sorted(rows)[:4]))
        return rng.choice(there, size=min(there, self.options.general_texts), replace=False).tolist()

    def _masked(
        self,
        questions: Sequence[int],
        passage_at: Mapping[int, int],
        examples: Sequence[Example],
        asked: NDArray[np.int64],
        right: NDArray[np.int64],
    ) -> NDArray[np.bool_]:
        """Say for each example which passages must not count as wrong answers to it."""
        passages = list(passage_at)
        known_positives = np.zeros((len(questions), len(passages)), dtype=bool)
        for row, name in enumerate(questions):
            known_positives[
                row, [passage_at[one] for one in self.data.known_positives.get(name, ()) if one in passage_at]
            ] = True
        masked = known_positives[asked]
        if self.options.mask_likely_positives:
            guide = self.data.questions.vectors[questions] @ self.data.passages.vectors[passages].T
            nearness = guide[asked]
            own = nearness[np.arange(len(asked)), right]
            masked |= nearness > (own + self.options.likely_positive_margin)[:, None]
        for row, item in enumerate(examples):  # what was mined has been through the miner's own margin
            for name in item.negatives[: self.options.hard_negatives]:
                masked[row, passage_at[name]] = known_positives[asked[row], passage_at[name]]
        masked[np.arange(len(asked)), right] = False
        return masked

    def _groups(self, texts: Sequence[tuple[Side, Sequence[int]]]) -> list[dict[str, Any]]:
        """Cut this process's share of the texts into groups of like length."""
        order = sorted(range(len(texts)), key=lambda place: (len(texts[place][1]), place))
        mine = order[self.rank :: self.world]
        groups: list[dict[str, Any]] = []
        for side in ("query", "document"):
            places = [place for place in mine if texts[place][0] == side]
            for part in _alike([len(texts[place][1]) for place in places]):
                chosen = places[part.start : part.stop]
                groups.append(
                    {"side": side, "rows": torch.tensor(chosen), **self._padded([texts[p][1] for p in chosen])}
                )
        return groups

    def _padded(self, tokens: Tokens) -> dict[str, torch.Tensor]:
        longest = max(map(len, tokens))
        ids = torch.full((len(tokens), longest), self.tokens.pad)
        mask = torch.zeros((len(tokens), longest), dtype=torch.long)
        for row, found in enumerate(tokens):
            ids[row, : len(found)] = torch.tensor(found)
            mask[row, : len(found)] = 1
        return {"input_ids": ids, "attention_mask": mask}


def tokenize(data: TrainingData, tokenizer: Any, options: FitOptions, prompts: Mapping[Side, str]) -> Tokenized:
    """Turn every text into tokens once, cut to what fitting reads of it."""

    def cut(texts: Sequence[str], side: Side, longest: int) -> Tokens:
        if not texts:
            return []
        read = [prompts[side] + text for text in texts]
        found: Tokens = tokenizer(read, truncation=True, max_length=longest, padding=False)["input_ids"]
        return found

    return Tokenized(
        questions=cut(data.questions.texts, "query", options.question_tokens),
        passages=cut(data.passages.texts, "document", options.passage_tokens),
        general=cut(data.general.texts, "document", options.passage_tokens),
        pad=int(tokenizer.pad_token_id or 0),
    )


def batch_size(data: TrainingData, tokens: Tokenized, options: FitOptions) -> int:
    """Return how many examples a step holds: as many as are wanted, as long as what they read fits into memory."""
    read = sum(
        len(tokens.questions[item.question])
        + len(tokens.passages[item.positive])
        + sum(len(tokens.passages[name]) for name in item.negatives[: options.hard_negatives])
        for item in data.examples
    )
    each = read / max(1, len(data.examples))
    return max(2, min(options.batch_size, len(data.examples), max(FEWEST, int(STEP_TOKENS / max(1.0, each)))))


def lengths_of(data: TrainingData, tokens: Tokenized) -> list[int]:
    """Return each example's length, by which like ones come together: that of its passage."""
    return [len(tokens.passages[item.positive]) for item in data.examples]


def _alike(lengths: Sequence[int]) -> Iterator[range]:
    """Cut rising lengths into stretches that waste little on padding and fit one pass."""
    start = 0
    while start < len(lengths):
        end, used = start + 1, lengths[start]
        while end < len(lengths):
            size = end + 1 - start
            padded = size * lengths[end]
            if padded > GROUP_TOKENS or (size > 16 and padded > SLACK * (used + lengths[end])):
                break
            used += lengths[end]
            end += 1
        yield range(start, end)
        start = end
