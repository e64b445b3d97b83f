"""A sealed candidate in the registry, under the id that its manifest gives."""

from collections.abc import Iterator

from hone.errors import HoneError
from hone.records import EncoderCard, FusionWeights
from hone.registry import Model, model_id
from hone.workspace import Workspace
from retriever.indexing.encoders import Encoders
from training.candidates.candidates import Candidate, location_of


def register(workspace: Workspace, candidate: Candidate) -> Model:
    """Write a candidate into the registry, once; refuse one whose folder is not what was sealed."""
    manifest = candidate.manifest
    known = {model.id: model for model in workspace.registry.models()}
    if manifest.model in known:
        return known[manifest.model]
    fusion = FusionWeights.read(manifest.fusion) if "+" in manifest.model else None
    name = manifest.model.partition("@")[0]
    for card in _cards(workspace, candidate, known.get(manifest.base)):
        if model_id(name, card, fusion) == manifest.model:
            return workspace.registry.register_model(name, manifest.location, card, fusion)
    raise HoneError(
        f"The model in {workspace.home / manifest.location} is not {manifest.model} any more: it has been changed.",
        hint="Restore its folder from a backup, or train anew: hone models retrain",
    )


def _cards(workspace: Workspace, candidate: Candidate, base: Model | None) -> Iterator[EncoderCard]:
    """Give what the candidate's encoder may be: its base's, where nothing but weights of the legs was learned."""
    location = candidate.manifest.location
    if base is not None and location != location_of(candidate.version):
        yield base.card
        return
    for truncate_dim in dict.fromkeys((None, base.card.truncate_dim if base else None)):
        yield Encoders(workspace).open(location, truncate_dim).card
