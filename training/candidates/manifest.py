"""A model's lineage: what it was made from, of what, and with which settings. It is the last file of its folder."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, ValidationError

TierName = Literal["fusion", "query-head", "two-sided-head", "full"]
KnownTier = TierName | Literal["lora"]  # as manifests name them: those of older releases have adapters among them
TIERS: tuple[TierName, ...] = get_args(TierName)  # cheapest first

FILE = "manifest.json"


class _ManifestPart(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Tried(_ManifestPart):
    """What one tier came to on the development questions."""

    tier: KnownTier
    score: float  # nDCG@10 of the fused order
    lost: float = 0.0  # R@10 outside the domain, by meaning alone
    seconds: float
    said: str = ""  # why it stopped, or was not tried


class HistoryPoint(_ManifestPart):
    """One evaluation of the development questions while an encoder was being fitted."""

    step: int
    seconds: float
    score: float
    loss: float
    rank: float  # effective rank of passages' vectors beside the base's
    cosine: float  # of random passages, less the base's


class ModelManifest(_ManifestPart):
    """Everything that has to be known to make a model again, and to know whose words are in it."""

    version: str  # m0003
    model: str  # as the registry knows it
    base: str  # the model it began from, as the registry knows it
    base_hash: str
    tier: KnownTier
    location: str  # of the encoder, below the workspace: models/m0003; the base's where vectors are untouched
    fusion: dict[str, float]  # how the legs are weighed, as the registry keeps it
    created: datetime
    read: datetime | None = None  # when the log was read, which is before the training; what came later it has not seen
    hone: str  # the release
    code: str  # hash of the code
    training_set: str  # fingerprint of all pairs with their splits
    pairs: dict[str, int]  # by split
    sources: dict[str, int]  # of pairs
    evidence: frozenset[str] = frozenset()  # ids of what the training pairs rest on
    measured: frozenset[str] = frozenset()  # ids of what the development and held-out pairs rest on
    restricted: tuple[str, ...] = ()  # documents it learned from that not everybody may read
    settings: dict[str, Any]
    seed: int
    tried: tuple[Tried, ...] = ()
    history: tuple[HistoryPoint, ...] = ()


def sheet_of(folder: Path) -> ModelManifest | None:
    """Read a model's manifest; nothing where it was not trained here, or can't be read."""
    try:
        return ModelManifest.model_validate_json((folder / FILE).read_bytes())
    except (OSError, ValidationError):
        return None


def below(folder: Path) -> Iterator[tuple[Path, ModelManifest]]:
    """Return what a model was trained on top of, nearest first; a trained model's id begins with its folder's name."""
    seen, sheet = {folder}, sheet_of(folder)
    while sheet is not None:
        folder = folder.parent / sheet.base.partition("@")[0]
        if folder in seen or (sheet := sheet_of(folder)) is None:
            return
        seen.add(folder)
        yield folder, sheet
