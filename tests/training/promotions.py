"""A workspace with a few documents, and candidates for it that need no training: other dimensions, other weights."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from hone.progress import Progress, Silent
from hone.records import EVERYONE, Document, FusionWeights, Passage
from hone.registry import Generation, Model, model_id
from hone.settings import read_settings
from hone.workspace import Workspace
from retriever.cutting.window import hash_text, passage_id
from retriever.encoding.hashing import HashEncoder
from retriever.indexing.encoders import MODULES, Encoders
from retriever.indexing.generations import bring_up_to_date
from retriever.library.librarian import Librarian
from retriever.library.rows import Fingerprint, StoredDocument
from training.candidates.candidates import Candidate, location_of, seal, write_verdict
from training.candidates.drafts import begin
from training.candidates.manifest import ModelManifest
from training.gate.verdict import Decision, Verdict

NOW = datetime(2026, 11, 27, tzinfo=UTC)
PACKAGED = {"bm25": 0.6, "power": 2.0}
NARROW = 64  # dimensions of the candidates that have vectors of their own

FIVE = ("mews", "glove", "hood", "perch", "lure")


def open_shop(home: Path, toml: str = "") -> Workspace:
    """Make a workspace in which five documents are live."""
    home.mkdir()
    (home / "hone.toml").write_text(toml or '[encoder]\nmodel = "hash"\n', encoding="utf-8")
    workspace = Workspace(read_settings(home))
    for name in FIVE:
        write(workspace, name, f"The falcon and its {name}: what everybody at the {name} has to know.")
    follow(workspace)
    return workspace


def write(workspace: Workspace, name: str, text: str) -> None:
    """Put a document of one passage into the library."""
    document = Document(
        id=name,
        source="docs",
        path=f"{name}.md",
        title=name,
        kind="md",
        url="",
        groups=frozenset({EVERYONE}),
        modified=NOW,
        text_hash=hash_text(text),
    )
    passage = Passage(
        id=passage_id(name, (name,), "", text),
        document=name,
        ordinal=0,
        heading=(name,),
        preface="",
        text=text,
        start=0,
        end=len(text),
    )
    fingerprint = Fingerprint(item=name, version="1", content_hash=text)
    item = StoredDocument(
        document=document, text=text, syntax="markdown", warnings=(), fingerprint=fingerprint, passages=(passage,)
    )
    Librarian(workspace.database).put([item])


def follow(workspace: Workspace, progress: Progress | None = None) -> Generation:
    """Do what a sync does once the library is written."""
    with workspace.writing("hone documents sync", wait=60):
        generation = bring_up_to_date(workspace, Encoders(workspace), progress or Silent())
    assert generation is not None
    return generation


def live_of(workspace: Workspace) -> Generation:
    live = workspace.registry.live()
    assert live is not None
    return live


def reweighed(workspace: Workspace, bm25: float = 3.0) -> Candidate:
    """Seal a candidate that weighs the legs in another way."""
    draft = begin(workspace.home)
    return seal(draft, manifest_for_weights(workspace, draft.version, bm25))


def manifest_for_weights(workspace: Workspace, version: str, bm25: float) -> ModelManifest:
    live, fusion = live_of(workspace).model, {"bm25": bm25, "power": 1.0}
    name = model_id(version, live.card, FusionWeights(legs={"bm25": bm25}, power=1.0))
    return manifest_of(version, name, live, location=live.location, fusion=fusion)


def narrowed(workspace: Workspace, dimensions: int = NARROW) -> Candidate:
    """Seal a candidate whose vectors are others, and that the registry knows already."""
    live = live_of(workspace).model
    draft, card = begin(workspace.home), HashEncoder(truncate_dim=dimensions).card
    model = workspace.registry.register_model(draft.version, "hash", card)
    return seal(draft, manifest_of(draft.version, model.id, live, location="hash"))


def with_encoder(workspace: Workspace, dimensions: int = NARROW) -> Candidate:
    """Seal a candidate whose folder has an encoder of its own, as far as anybody sees who does not load it."""
    live = live_of(workspace).model
    draft, card = begin(workspace.home), HashEncoder(truncate_dim=dimensions).card
    (draft.folder / MODULES).write_text("[]", encoding="utf-8")
    (draft.folder / "1_Pooling").mkdir()
    (draft.folder / "1_Pooling" / "weights").write_bytes(b"0" * 1000)
    location = location_of(draft.version)
    model = workspace.registry.register_model(draft.version, location, card)
    return seal(draft, manifest_of(draft.version, model.id, live, location=location))


def manifest_of(
    version: str, model: str, base: Model, *, location: str, fusion: Mapping[str, float] = PACKAGED
) -> ModelManifest:
    return ModelManifest(
        version=version,
        model=model,
        base=base.id,
        base_hash=base.card.hash,
        tier="fusion" if "+" in model else "full",
        location=location,
        fusion=dict(fusion),
        created=NOW,
        hone="0",
        code="c",
        training_set="t",
        pairs={"train": 1},
        sources={"log": 1},
        settings={},
        seed=7,
    )


def decide(workspace: Workspace, candidate: Candidate, decision: Decision = "passed", *, reason: str = "") -> Verdict:
    """Write what the gate would say of a candidate beside what is live now."""
    live = live_of(workspace)
    verdict = Verdict(
        version=candidate.version,
        model=candidate.manifest.model,
        live=live.model.id,
        live_generation=live.id,
        generation="",
        decided=NOW,
        decision=decision,
        reasons=(reason,) if reason else (),
    )
    write_verdict(workspace.home, verdict)
    return verdict


def passed(workspace: Workspace, candidate: Candidate) -> Candidate:
    return replace(candidate, verdict=decide(workspace, candidate))
