"""A sealed candidate in the registry, under the id that its manifest gives."""

from hone.errors import HoneError
from hone.records import FusionWeights
from hone.registry import Model, model_id
from hone.workspace import Workspace
from retriever.indexing.encoders import Encoders
from training.candidates import Candidate, location_of


def register(workspace: Workspace, candidate: Candidate) -> Model:
    """Write a candidate into the registry, once; refuse one whose folder is not what was sealed."""
    manifest = candidate.manifest
    known = {model.id: model for model in workspace.registry.models()}
    if manifest.model in known:
        return known[manifest.model]
    base = known.get(manifest.base)
    fusion = FusionWeights(bm25=manifest.fusion.bm25, power=manifest.fusion.power) if "+" in manifest.model else None
    if base is not None and manifest.location != location_of(candidate.version):
        card = base.card  # nothing but the weights of the legs was learned
    else:
        card = Encoders(workspace).open(manifest.location, base.card.truncate_dim if base else None).card
    if (made := model_id(candidate.version, card, fusion)) != manifest.model:
        raise HoneError(
            f"The model in {candidate.folder} is {made}, and its manifest says {manifest.model}: it has been changed.",
            hint="Restore its folder from a backup, or train anew: hone models retrain",
        )
    return workspace.registry.register_model(candidate.version, manifest.location, card, fusion)
