"""A reader that goes one way: the question's tokens look into a block, which stays as it was encoded alone.

The two last layers of the packaged encoder run over the question's tokens only; their keys and values are of question
and block together. What each token has become is scored, and weighed as `agents.heuristics.choosing` weighs it.
"""

import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn.functional import dropout, gelu, scaled_dot_product_attention

from benchmarks.readers.groups import Group
from benchmarks.readers.tokens import Weighed, Words

loose: Any = torch  # its stubs are in part untyped

HEADS, WIDTH = 12, 384
QUESTION, BLOCK = 50, 128  # tokens that are read; MiniLM reads 256
TOGETHER = 4  # questions a step
ROWS = 8  # blocks of a question in a step
UNANSWERED = 0.25  # of the questions are shown without their answers, so that "none of these" is learned
BASE = (10.3, 4.3, 3.8)  # matched, within, cosine: what the reader begins from, seven tenths of the fitted ones
RATE, WARM = 1e-4, 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Pairs of a question and a block, filled up to one length; everything has a row for each pair."""

    asked: Tensor  # of the question's tokens, below the last two layers
    asked_last: Tensor  # and above them
    asked_real: Tensor
    block: Tensor
    block_last: Tensor
    block_real: Tensor
    weights: Tensor  # of the question's tokens
    base: Tensor  # matched, within, cosine


class Layer(nn.Module):
    """A layer of the encoder that reads more than it writes."""

    def __init__(self, layer: Any) -> None:
        super().__init__()
        own = layer.attention
        self.query, self.key, self.value = own.self.query, own.self.key, own.self.value
        self.out, self.first = own.output.dense, own.output.LayerNorm
        self.wide, self.narrow, self.second = layer.intermediate.dense, layer.output.dense, layer.output.LayerNorm
        self.other = nn.Parameter(torch.zeros(WIDTH))  # tells the block's tokens from the question's

    def forward(self, asked: Tensor, block: Tensor, real: Tensor) -> Tensor:
        """Let the question's tokens look at each other and at the block's."""
        read = torch.cat([asked, block + self.other], 1)
        seen = scaled_dot_product_attention(
            _heads(self.query(asked)), _heads(self.key(read)), _heads(self.value(read)), attn_mask=real
        )
        seen = seen.transpose(1, 2).reshape(asked.shape)
        made = self.first(asked + dropout(self.out(seen), 0.1, self.training))
        return self.second(made + dropout(self.narrow(gelu(self.wide(made))), 0.1, self.training))


class OneWayReader(nn.Module):
    """Scores how well a block answers a question; zero is as likely as not."""

    def __init__(self, encoder: Any) -> None:
        super().__init__()
        self.layers = nn.ModuleList([Layer(layer) for layer in encoder.encoder.layer[-2:]])
        self.hidden, self.score = nn.Linear(3 * WIDTH, 128), nn.Linear(128, 1)
        nn.init.normal_(self.score.weight, std=0.01)
        nn.init.zeros_(self.score.bias)
        self.base, self.none = nn.Parameter(torch.tensor(BASE)), nn.Parameter(torch.tensor(10.0))

    def forward(self, batch: Batch) -> Tensor:
        """Score every pair."""
        real = torch.cat([batch.asked_real, batch.block_real], 1)[:, None, None, :]
        made = self.layers[0](batch.asked, batch.block, real)
        made = self.layers[1](made, batch.block_last, real).float()
        last = batch.asked_last.float()
        each = self.score(gelu(self.hidden(torch.cat([made, last, made * last], -1)))).squeeze(-1)
        return 10 * (each * batch.weights).sum(1) + batch.base @ self.base - self.none


@dataclass(frozen=True, slots=True, kw_only=True)
class Learnable:
    """A group with what its words weigh and how far comparing alone brings each of its blocks."""

    group: Group
    weighed: Weighed


def fit(reader: OneWayReader, groups: Sequence[Learnable], words: Words, *, steps: int, seed: int) -> Iterator[str]:
    """Train on a choice among each question's blocks and none of them; yield a line now and then."""
    rng = random.Random(seed)
    plain = [value for name, value in reader.named_parameters() if name in ("base", "none")]
    heads = [value for name, value in reader.named_parameters() if name.startswith(("hidden", "score"))]
    body = [value for name, value in reader.named_parameters() if name.startswith("layers")]
    rates = (RATE, 5 * RATE, 0.01)
    optimizer: Any = torch.optim.AdamW([{"params": part} for part in (body, heads, plain)], lr=RATE, weight_decay=0.01)
    began, losses = time.perf_counter(), list[float]()
    reader.train()
    for step, together in zip(range(steps), _drawn(groups, rng), strict=False):
        batch, answers = _step(together, words, rng)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            scores = reader(batch)
        loss: Any = _loss(scores.float(), answers)
        loss.backward()
        for part, rate in zip(optimizer.param_groups, rates, strict=True):
            part["lr"] = rate * min(1.0, (step + 1) / WARM) * max(0.03, 1 - step / steps)
        nn.utils.clip_grad_norm_(reader.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()
        losses.append(float(loss.detach()))
        if (step + 1) % 50 == 0:
            yield f"step {step + 1}, {time.perf_counter() - began:.0f} s, loss {np.mean(losses[-100:]):.3f}"


@torch.inference_mode()
def read(reader: OneWayReader, words: Words, question: str, weighed: Weighed, blocks: Sequence[str]) -> NDArray[Any]:
    """Score a question's blocks."""
    reader.eval()
    with torch.autocast("cpu", dtype=torch.bfloat16):
        batch = _batch([(question, block) for block in blocks], [weighed.weights] * len(blocks), weighed.base, words)
        return reader(batch).float().numpy().astype(np.float64)


def _drawn(groups: Sequence[Learnable], rng: random.Random) -> Iterator[list[Learnable]]:
    """Draw without end, questions with blocks of a length together."""
    while True:
        pool = rng.sample(groups, len(groups))
        parts = list[list[Learnable]]()
        for start in range(0, len(pool), 16 * TOGETHER):
            alike = sorted(pool[start : start + 16 * TOGETHER], key=_length)
            parts += [alike[at : at + TOGETHER] for at in range(0, len(alike), TOGETHER)]
        rng.shuffle(parts)
        yield from parts


def _length(item: Learnable) -> int:
    return max(len(block.text) for block in item.group.blocks)


def _step(together: Sequence[Learnable], words: Words, rng: random.Random) -> tuple[Batch, list[list[bool]]]:
    pairs, weights, base, answers = list[tuple[str, str]](), list[Any](), list[Any](), list[list[bool]]()
    for item in together:
        group = item.group
        right = [at for at, answers in enumerate(group.answers) if answers]
        wrong = [at for at, answers in enumerate(group.answers) if not answers]
        rng.shuffle(right)
        used = [] if len(wrong) > 1 and rng.random() < UNANSWERED else right[:2]
        used += rng.sample(wrong, min(len(wrong), ROWS - len(used)))
        pairs += [(group.question, group.blocks[at].text) for at in used]
        weights += [item.weighed.weights] * len(used)
        base.append(item.weighed.base[used])
        answers.append([group.answers[at] for at in used])
    return _batch(pairs, weights, np.concatenate(base), words), answers


def _loss(scores: Tensor, answers: Sequence[Sequence[bool]]) -> Tensor:
    """Choose one of the blocks that answer, or none where none does."""
    total, start = scores.new_zeros(()), 0
    for own in answers:
        each = torch.cat([scores[start : start + len(own)], scores.new_zeros(1)])
        wanted = torch.tensor([*own, not any(own)])
        total = total + torch.logsumexp(each, 0) - torch.logsumexp(each[wanted], 0)
        start += len(own)
    return total / len(answers)


def _batch(
    pairs: Sequence[tuple[str, str]], weights: Sequence[NDArray[Any]], base: NDArray[Any], words: Words
) -> Batch:
    asked = [words.of(question, QUESTION) for question, _ in pairs]
    blocks = [words.of(block, BLOCK) for _, block in pairs]
    (asked_below, asked_above, asked_real), (below, above, real) = _filled(asked), _filled(blocks)
    counts = torch.zeros(asked_real.shape)
    for row, own in enumerate(weights):
        kept = own[: len(asked[row].below) - 2]
        counts[row, 1 : 1 + len(kept)] = loose.from_numpy(kept / max(float(kept.sum()), 1e-6))  # none for [CLS]
    return Batch(
        asked=asked_below,
        asked_last=asked_above,
        asked_real=asked_real,
        block=below,
        block_last=above,
        block_real=real,
        weights=counts,
        base=loose.from_numpy(np.asarray(base, dtype=np.float32)),
    )


def _filled(texts: Sequence[Any]) -> tuple[Tensor, Tensor, Tensor]:
    longest = max(len(text.below) for text in texts)
    below, above = torch.zeros(len(texts), longest, WIDTH), torch.zeros(len(texts), longest, WIDTH)
    real = torch.zeros(len(texts), longest, dtype=torch.bool)
    for row, text in enumerate(texts):
        count = len(text.below)
        below[row, :count], above[row, :count] = (
            loose.from_numpy(text.below).float(),
            loose.from_numpy(text.above).float(),
        )
        real[row, :count] = True
    return below, above, real


def _heads(rows: Tensor) -> Tensor:
    return rows.view(rows.shape[0], -1, HEADS, WIDTH // HEADS).transpose(1, 2)
