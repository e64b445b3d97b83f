"""Whether a generation and its encoder belong together and are whole: asked before the pointer moves to them."""

from hone.errors import HoneError
from hone.registry import Generation
from hone.workspace import Workspace
from retriever.indexing.build import PROBES, probe
from retriever.indexing.damage import damage_of
from retriever.indexing.encoders import Encoders
from retriever.indexing.engines import engine_for
from retriever.indexing.points import point_of, text_of
from retriever.library.library import Library


def prove(workspace: Workspace, encoders: Encoders, generation: Generation) -> None:
    """Hash every file, load the encoder, and let passages that are encoded now find themselves in the index."""
    engine = engine_for(workspace)
    if damage := damage_of(engine, workspace, generation):
        workspace.registry.mark(generation.id, "damaged")
        raise HoneError(
            f"Generation {generation.id} is damaged: {damage}.", hint="Run this again; the index is then rebuilt."
        )
    placed = Library(workspace.database).sample(PROBES)
    texts = [text_of(item) for item in placed]
    vectors = encoders.encoder(generation.model).encode_passages(texts)
    probe(engine, generation.id, [point_of(*made) for made in zip(placed, texts, vectors, strict=True)])
