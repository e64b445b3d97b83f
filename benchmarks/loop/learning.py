"""One retraining, and what its candidate is worth to people whom it has never heard."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace

from benchmarks.loop.canary import Canary
from benchmarks.loop.homes import PATIENCE
from benchmarks.loop.known import Known
from benchmarks.loop.measuring import Gain, Held, compare, measure
from hone.progress import Progress
from hone.registry import Generation
from hone.workspace import Workspace
from retriever.indexing.beside import build_beside
from training.candidates.candidates import find_candidate
from training.candidates.manifest import ModelManifest
from training.gate.verdict import Verdict
from training.plan import TrainingPlan
from training.retrain import retrain


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """What every candidate of one data set is held against."""

    known: Known
    base: Held  # the held-out questions with the packaged model
    canary: Canary | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a retraining came to; a refused candidate is measured too."""

    verdict: Verdict
    seconds: float  # all of it: evidence, fitting, encoding the library anew, the gate, promotion
    manifest: ModelManifest | None = None
    held: Held | None = None
    gain: Gain | None = None  # over the packaged model
    unseen: Gain | None = None  # the same, on questions none of whose documents anybody asked for
    canary: Mapping[str, Gain] | None = None


def learn(workspace: Workspace, bench: Bench, plan: TrainingPlan, progress: Progress) -> Outcome:
    """Retrain as `hone models retrain` does, and measure what came of it."""
    began = time.monotonic()
    verdict = retrain(workspace, replace(plan, keep_refused=True), progress)
    outcome = Outcome(verdict=verdict, seconds=time.monotonic() - began)
    if not verdict.version:
        return outcome
    manifest = find_candidate(workspace.home, verdict.version).manifest
    generation = index_of(workspace, manifest.model, progress)
    progress.stage("measuring", None)
    held = measure(workspace, generation, bench.known.held_out)
    canary = bench.canary.held_against(workspace, generation.model, progress) if bench.canary else None
    unseen = bench.known.unseen
    return replace(
        outcome,
        manifest=manifest,
        held=held,
        gain=compare(bench.base, held),
        unseen=compare(bench.base.only(unseen), held.only(unseen)) if unseen else None,
        canary=canary,
    )


def index_of(workspace: Workspace, name: str, progress: Progress) -> Generation:
    """Return a model's index: what the gate has looked at, passed or not."""
    model = next(item for item in workspace.registry.models() if item.id == name)
    return build_beside(workspace, model, progress, wait=PATIENCE)
