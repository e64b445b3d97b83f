"""Heads: one matrix on the live model's vectors, of questions alone or of passages too. Texts are encoded once."""

import time
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from sentence_transformers import SentenceTransformer
from sentence_transformers.base.modules import Router
from sentence_transformers.sentence_transformer.modules import Dense, Normalize
from torch import Tensor
from torch.nn.functional import normalize

from hone.progress import Progress
from retriever.encoding.encoder import Vectors, unit_rows
from retriever.encoding.loading import load_model
from training.candidates.manifest import HistoryPoint, TierName
from training.fitting.options import FitOptions
from training.lesson.dev_set import DevSet
from training.lesson.forgetting_probe import general_recall_loss
from training.lesson.training_data import TrainingData
from training.tiers.attempt import Attempt, Heads, Matrix, Tier, TierJob

EPOCHS, BATCH = 40, 256
RATE = 3e-4  # from the unit matrix on, so that little is lost where nothing is to be learned
HOLD = 1.0  # weight of staying near the unit matrix: a linear map that was let loose has lost a third of its answers
SCALE = 20.0
PATIENCE = 5  # evaluations without anything better; one an epoch
NEVER = -1e4
loose: Any = torch  # its stubs leave out what comes from numpy


@dataclass(frozen=True, slots=True, kw_only=True)
class _Learned:
    heads: Heads
    score: float
    history: tuple[HistoryPoint, ...]


def learn_head(job: TierJob, progress: Progress, *, both: bool) -> Attempt:
    """Fit a head, and keep it where the development questions gain by it."""
    dev = job.data.dev
    questions, passages = dev.live_questions, dev.live_passages
    tier: TierName = "two-sided-head" if both else "query-head"
    learned = _fit(job, questions, passages, both, progress)
    if learned.score <= dev.before:
        return Attempt(
            tier=tier, score=dev.before, weights=dev.weights, history=learned.history, said="No epoch was better."
        )
    turned = turn(questions, learned.heads.query), turn(passages, learned.heads.passage)
    weights, score = dev.best_weights(*turned)
    folder = job.workdir / "model"
    save_with_heads(job.source, learned.heads, folder)
    return Attempt(
        tier=tier,
        score=score,
        weights=weights,
        lost=_lost(job.data.outside, learned.heads),
        folder=folder,
        heads=learned.heads,
        history=learned.history,
    )


query_head: Tier = partial(learn_head, both=False)
two_sided_head: Tier = partial(learn_head, both=True)


def _lost(outside: DevSet | None, heads: Heads) -> float:
    if outside is None:
        return 0.0
    return general_recall_loss(
        outside, turn(outside.live_questions, heads.query), turn(outside.live_passages, heads.passage)
    )


def turn(vectors: Vectors, matrix: Vectors | None) -> Vectors:
    """Put a head on vectors."""
    return vectors if matrix is None else unit_rows(vectors @ matrix.T)


def _fit(job: TierJob, questions: Vectors, passages: Vectors, both: bool, progress: Progress) -> _Learned:
    data, dev = job.data, job.data.dev
    width = questions.shape[1]
    matrices = [torch.eye(width, requires_grad=True) for _ in range(1 + both)]
    optimizer = torch.optim.Adam(matrices, lr=RATE)
    table = _Table(data, job.options)
    best = _Learned(heads=_heads(matrices), score=dev.before, history=())
    history, began, worse = list[HistoryPoint](), time.monotonic(), 0
    progress.stage("fitting a head", EPOCHS)
    for epoch in range(EPOCHS):
        loss = _epoch(table, matrices, optimizer, data.seed + epoch)
        heads = _heads(matrices)
        score = dev.mean(dev.ndcg(turn(questions, heads.query), turn(passages, heads.passage)))
        seconds = round(time.monotonic() - began, 1)
        history.append(HistoryPoint(step=epoch + 1, seconds=seconds, score=score, loss=loss, rank=1.0, cosine=0.0))
        progress.advance(1)
        worse = 0 if score > best.score else worse + 1
        if score > best.score:
            best = _Learned(heads=heads, score=score, history=())
        if worse == PATIENCE or time.monotonic() > job.until:
            break
    return _Learned(heads=best.heads, score=best.score, history=tuple(history))


class _Table:
    """Training data as tensors: every example is held against every passage of it."""

    def __init__(self, data: TrainingData, options: FitOptions) -> None:
        self.options = options
        self.questions = loose.from_numpy(data.questions.vectors)
        self.passages = loose.from_numpy(data.passages.vectors)
        self.asked = torch.tensor([item.question for item in data.examples])
        self.right = torch.tensor([item.positive for item in data.examples])
        self.weights = torch.tensor([item.weight for item in data.examples], dtype=torch.float32)
        self.known_positives = data.known_positives

    def masked(self, rows: Tensor) -> Tensor:
        """Mark what may be right: known to be, or much nearer to the question than its answer by the live model."""
        masked = torch.zeros((len(rows), len(self.passages)), dtype=torch.bool)
        if self.options.mask_likely_positives:
            nearness = self.questions[self.asked[rows]] @ self.passages.T
            own = nearness[torch.arange(len(rows)), self.right[rows]]
            masked = nearness > (own + self.options.likely_positive_margin)[:, None]
        for row, place in enumerate(rows):
            if known := self.known_positives.get(int(self.asked[place])):
                masked[row, list(known)] = True
        masked[torch.arange(len(rows)), self.right[rows]] = False
        return masked


def _epoch(table: _Table, matrices: list[Tensor], optimizer: torch.optim.Optimizer, seed: int) -> float:
    order = loose.from_numpy(np.random.default_rng(seed).permutation(len(table.asked)))
    unit, losses = torch.eye(matrices[0].shape[0]), list[float]()
    for start in range(0, len(order), BATCH):
        rows = order[start : start + BATCH]
        asked = normalize(table.questions[table.asked[rows]] @ matrices[0].T, dim=1)
        answers = normalize(table.passages @ matrices[1].T, dim=1) if len(matrices) > 1 else table.passages
        logits = (SCALE * asked @ answers.T).masked_fill(table.masked(rows), NEVER)
        told = logits.logsumexp(dim=1) - logits[torch.arange(len(rows)), table.right[rows]]
        weights = table.weights[rows]
        held = torch.stack([(matrix - unit).square().sum() for matrix in matrices]).sum() / unit.shape[0]
        loss = (told * weights).sum() / weights.sum() + HOLD * held
        optimizer.zero_grad()
        loose.autograd.backward(loss)
        optimizer.step()
        losses.append(float(loss.detach()))
    return round(float(np.mean(losses)), 4)


def _heads(matrices: list[Tensor]) -> Heads:
    query, *passage = [matrix.detach().numpy().copy() for matrix in matrices]
    return Heads(query=query, passage=passage[0] if passage else None)


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
