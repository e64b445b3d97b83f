"""Candidates written directly: a manifest and a verdict of a model that nobody trained."""

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from tests.training.office import NOW
from training.candidates.manifest import ModelManifest
from training.gate.verdict import Decision, Verdict


def candidate(
    home: Path,
    version: str,
    *,
    evidence: Iterable[str] = (),
    measured: Iterable[str] = (),
    base: str = "hash@0",
    created: datetime = NOW,
    read: datetime | None = None,
    decision: Decision | None = "promoted",
) -> Path:
    """Write a candidate and give its folder."""
    folder = home / "models" / version
    folder.mkdir(parents=True)
    manifest = ModelManifest(
        version=version,
        model=f"{version}@1",
        base=base,
        base_hash="0",
        tier="fusion",
        location="hash",
        fusion={"bm25": 0.1, "power": 1.0},
        created=created,
        read=read,
        hone="1",
        code="1",
        training_set="t",
        pairs={"train": 1},
        sources={"log": 1},
        evidence=frozenset(evidence),
        measured=frozenset(measured),
        settings={},
        seed=7,
    )
    (folder / "manifest.json").write_text(manifest.model_dump_json())
    if decision is not None:
        (folder / "verdict.json").write_text(verdict(version, decision, created).model_dump_json())
    return folder


def verdict(version: str, decision: Decision, decided: datetime) -> Verdict:
    """Return what the gate said."""
    return Verdict(
        version=version,
        model=f"{version}@1",
        live="hash@0",
        live_generation="g1",
        generation="",
        decided=decided,
        decision=decision,
    )
