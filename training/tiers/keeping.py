"""From the best attempt to a candidate: its folder, its lineage, its name in the registry."""

import shutil
from collections.abc import Mapping
from contextlib import closing
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from eval.runs import code_version
from hone.records import EncoderCard
from hone.registry import Generation, Model, model_id
from hone.workspace import Workspace
from retriever.encoding import open_encoder
from retriever.encoding.encoder import Encoder
from retriever.encoding.vectorcache import VectorCache, hash_text
from retriever.indexing.encoders import Encoders
from training.candidates.candidates import Candidate, location_of, seal
from training.candidates.drafts import ModelDraft
from training.candidates.manifest import ModelManifest, Tried
from training.mining.records import MiningReport
from training.pairs.passages import read_passages
from training.plan import TrainingPlan
from training.tiers.attempt import Attempt, Heads
from training.tiers.heads import turn

CODE = ("hone", "retriever", "eval", "training")  # folders whose code decides what a model becomes


@dataclass(frozen=True, slots=True, kw_only=True)
class Lineage:
    """What a manifest says besides the attempt itself."""

    read: datetime
    training_set: str
    pairs: Mapping[str, int]
    sources: Mapping[str, int]
    evidence: frozenset[str]
    measured: frozenset[str]
    restricted: tuple[str, ...]
    plan: TrainingPlan
    tried: tuple[Tried, ...]
    mining: MiningReport | None


def keep(workspace: Workspace, live: Generation, draft: ModelDraft, best: Attempt, lineage: Lineage) -> Candidate:
    """Put an attempt's model into its draft, seal it with its lineage, and register it."""
    location, name, card = live.model.location, draft.version, live.model.card
    if best.folder is not None:
        _move_in(best.folder, draft.folder)
        location = location_of(draft.version)
        card = _card(draft.folder, location, workspace, live.model.card.truncate_dim)
    model = Model(id=model_id(name, card, best.weights), location=location, card=card, fusion=best.weights)
    candidate = seal(draft, _manifest(model, live.model, draft.version, best, lineage))
    workspace.registry.register_model(name, location, card, best.weights)
    if best.heads is not None:
        seed_vectors(workspace, Encoders(workspace).encoder(live.model), best.heads, card.hash)
    return candidate


def _move_in(made: Path, folder: Path) -> None:
    for item in sorted(made.iterdir()):
        target = folder / item.name
        if target.is_dir():
            shutil.rmtree(target)
        item.replace(target)


def _card(folder: Path, location: str, workspace: Workspace, truncate_dim: int | None) -> EncoderCard:
    device = workspace.settings.encoder.device
    return open_encoder(str(folder), truncate_dim=truncate_dim, device=device, name=location).card


def _manifest(model: Model, base: Model, version_name: str, best: Attempt, lineage: Lineage) -> ModelManifest:
    return ModelManifest(
        version=version_name,
        model=model.id,
        base=base.id,
        base_hash=base.card.hash,
        tier=best.tier,
        location=model.location,
        fusion=best.weights.stored(),
        created=datetime.now(UTC),
        read=lineage.read,
        hone=version("hone"),
        code=code_version(CODE),
        training_set=lineage.training_set,
        pairs=dict(lineage.pairs),
        sources=dict(lineage.sources),
        evidence=lineage.evidence,
        measured=lineage.measured,
        restricted=lineage.restricted,
        settings=_settings(lineage),
        seed=lineage.plan.seed,
        tried=lineage.tried,
        history=best.history,
    )


def _settings(lineage: Lineage) -> dict[str, Any]:
    plan = lineage.plan
    return {
        "tier": plan.tier,
        "budget_seconds": plan.budget.total_seconds(),
        "general": plan.general,
        "fit": asdict(plan.options),
        "mining": asdict(plan.mining) if plan.mining else None,
        "mined": asdict(lineage.mining) if lineage.mining else None,
    }


AT_ONCE = 4096


def seed_vectors(workspace: Workspace, encoder: Encoder, heads: Heads, model_hash: str) -> int:
    """Put the new model's vectors of every passage into the cache, and tell how many."""
    passages = read_passages(workspace, encoder, restricted=True)
    with closing(VectorCache(workspace.vectors)) as cache:
        for start in range(0, len(passages.texts), AT_ONCE):
            keys = [hash_text(text) for text in passages.texts[start : start + AT_ONCE]]
            cache.put(model_hash, keys, turn(passages.vectors[start : start + AT_ONCE], heads.passage))
    return len(passages.texts)
