"""A clean model in place of one that has learned from somebody forgotten: a model can't unlearn, and can be replaced.

What is always there and has learned from nobody here is the encoder of the settings. It goes live first and at once;
what is trained afterwards stands on it, and is held against it and no longer against a model that has to go.
"""

from hone.errors import HoneError
from hone.progress import Progress
from hone.registry import Generation
from hone.settings import Settings
from hone.workspace import Workspace
from retriever.indexing.encoders import Encoders
from retriever.indexing.generations import rebuild
from retriever.indexing.keeping import drop
from training.candidates.forgotten_models import live_with_forgotten, models_with_forgotten
from training.candidates.promoting import PATIENCE


def clean_encoder(settings: Settings) -> str:
    """Name the encoder of the settings as a command takes it."""
    return settings.encoder.model or "default"


def put_clean_live(workspace: Workspace, progress: Progress, *, wait: float = PATIENCE) -> Generation | None:
    """Put the encoder of the settings live where the live model has something of somebody forgotten; else nothing.

    The indexes of all such models go, so that neither a rollback nor an emergency returns to one. Killed anywhere, it
    is finished by doing it again.
    """
    with workspace.writing("hone models forget-person", wait=wait):
        unclean = {item.manifest.model: item.version for item in models_with_forgotten(workspace)}
        if live_with_forgotten(workspace) is None:
            generation = None
        else:
            encoder = clean_encoder(workspace.settings)
            if (version := unclean.get(Encoders(workspace).register(encoder).id)) is not None:
                raise HoneError(
                    f"The encoder in the settings, {encoder}, is {version}, which learned from a forgotten person.",
                    hint="Switch to a clean one first: hone index rebuild --encoder default",
                )
            generation = rebuild(workspace, progress, encoder=encoder)
        drop(workspace, [item for item in workspace.registry.generations() if item.model.id in unclean])
    return generation
