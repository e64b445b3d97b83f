"""Trying tiers, cheapest first, and choosing what the development questions say is best."""

import logging
import shutil
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from hone.progress import Progress
from hone.records import FusionWeights
from training.candidates.manifest import HistoryPoint, Tried
from training.lesson.forgetting_probe import GENERAL_LOSS
from training.lesson.training_data import TrainingData
from training.plan import TrainingPlan
from training.tiers.attempt import Attempt, TierJob
from training.tiers.table import NamedTier, chosen

log = logging.getLogger(__name__)

NEARLY = 0.003  # of nDCG@10: a cheaper tier that is so near is as good, and moves less
DONE = "attempt.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """The best attempt, and what each came to."""

    best: Attempt | None  # none where nothing was better than what is live
    before: float  # what the live model scores on the same questions
    tried: tuple[Tried, ...]


class _Done(BaseModel):
    """An attempt that took long, kept for a retraining that goes on."""

    model_config = ConfigDict(extra="forbid")

    score: float
    lost: float
    weights: dict[str, float]  # as manifests keep them
    history: tuple[HistoryPoint, ...]
    said: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TierContext:
    """Where tiers work, and with what."""

    data: TrainingData
    source: Path
    workdirs: Path
    plan: TrainingPlan
    until: float  # monotonic
    truncate_dim: int | None = None  # of the live model


def try_tiers(context: TierContext, progress: Progress) -> Choice:
    """Try every tier that the data and the time allow."""
    before = context.data.dev.before
    attempts, tried = list[Attempt](), list[Tried]()
    for tier in chosen(context.plan.tier):
        left = context.until - time.monotonic()
        if why := _unfit(tier, context, left):
            tried.append(Tried(tier=tier.name, score=0.0, seconds=0.0, said=why))
            continue
        began = time.monotonic()
        attempt = _attempt(tier, context, _source(tier, attempts, context), progress)
        seconds = round(time.monotonic() - began, 1)
        log.info("tier %s: %.4f after %.0f s (%.4f before)", tier.name, attempt.score, seconds, before)
        attempts.append(attempt)
        score, lost = round(attempt.score, 5), round(attempt.lost, 5)
        tried.append(Tried(tier=tier.name, score=score, lost=lost, seconds=seconds, said=attempt.said))
    return Choice(best=best_of(attempts, before), before=before, tried=tuple(tried))


def _unfit(tier: NamedTier, context: TierContext, left: float) -> str:
    """Say why a tier is not worth trying; one that was asked for by name is tried whatever there is to learn from."""
    examples, named = len(context.data.examples), context.plan.tier == tier.name
    if examples < tier.examples and not named:
        return f"Not tried: needs {tier.examples:,} examples, and there are {examples:,}."
    if left < tier.least.total_seconds():
        return f"Not tried: needs {tier.least.total_seconds():.0f} seconds, and {max(0, left):.0f} were left."
    return ""


def _source(tier: NamedTier, attempts: Sequence[Attempt], context: TierContext) -> Path:
    """Return what a tier begins from: a whole fit from the best head, which has learned the same in seconds."""
    heads = [item for item in attempts if item.heads is not None and item.score > context.data.dev.before]
    if tier.name != "full" or not heads:
        return context.source
    return max(heads, key=lambda item: item.score).folder or context.source


def _attempt(tier: NamedTier, context: TierContext, source: Path, progress: Progress) -> Attempt:
    workdir, plan = context.workdirs / tier.name, context.plan
    if plan.resume and (known := _read(tier, workdir)) is not None:
        return known
    if not plan.resume:
        shutil.rmtree(workdir, ignore_errors=True)
    workdir.mkdir(parents=True, exist_ok=True)
    attempt = tier.learn(
        TierJob(
            data=context.data,
            source=source,
            workdir=workdir,
            options=plan.options,
            until=context.until,
            device=plan.device,
            truncate_dim=context.truncate_dim,
            resume=plan.resume,
        ),
        progress,
    )
    if attempt.heads is None and attempt.folder is not None:
        done = _Done(
            score=attempt.score,
            lost=attempt.lost,
            weights=attempt.weights.stored(),
            history=attempt.history,
            said=attempt.said,
        )
        (workdir / DONE).write_text(done.model_dump_json(), encoding="utf-8")
    return attempt


def _read(tier: NamedTier, workdir: Path) -> Attempt | None:
    """Read an attempt that was finished before the retraining was cut off."""
    try:
        done = _Done.model_validate_json((workdir / DONE).read_bytes())
    except (OSError, ValidationError):
        return None
    return Attempt(
        tier=tier.name,
        score=done.score,
        lost=done.lost,
        weights=FusionWeights.read(done.weights),
        folder=workdir / "model",
        history=done.history,
        said=done.said,
    )


def best_of(attempts: Sequence[Attempt], before: float) -> Attempt | None:
    """Take, of those that forget little, the cheapest of the nearly best; tiers come cheapest first."""
    better = [item for item in attempts if item.score > before]
    better = [item for item in better if item.lost <= GENERAL_LOSS] or better
    if not better:
        return None
    top = max(item.score for item in better)
    return next(item for item in better if item.score >= top - NEARLY)
