"""Encoders of registered models: each loaded once, when it is needed, and no other in its place."""

from pathlib import Path

from hone.errors import HoneError
from hone.registry import Model
from hone.workspace import Workspace
from retriever.encoding import open_encoder
from retriever.encoding.encoder import Encoder

PACKAGED = "all-MiniLM-L6-v2"  # what "default" stands for


class Encoders:
    """Loads the encoder of a workspace; keeps the last one."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._loaded: Encoder | None = None

    def serving(self) -> Model:
        """Tell which model serves: the live one; for a fresh workspace, the one that the settings name."""
        live = self._workspace.registry.live()
        return live.model if live else self.register(self._workspace.settings.encoder.model)

    def register(self, location: str) -> Model:
        """Load a model and write it into the registry."""
        settings = self._workspace.settings.encoder
        if self._loaded is None or self._loaded.card.model != location:
            self._loaded = open_encoder(location, truncate_dim=settings.truncate_dim, device=settings.device)
        name = PACKAGED if location in ("", "default") else Path(location).name
        return self._workspace.registry.register_model(name, location, self._loaded.card)

    def encoder(self, model: Model) -> Encoder:
        """Give a model's encoder; refuse one that has changed on the disk since it was registered."""
        if self._loaded is not None and self._loaded.card.hash == model.card.hash:
            return self._loaded
        device = self._workspace.settings.encoder.device
        found = open_encoder(model.location, truncate_dim=model.card.truncate_dim, device=device)
        if found.card.hash != model.card.hash:
            raise HoneError(
                f"The model {model.location!r} has hash {found.card.hash[:12]}, "
                f"and the index was built with {model.card.hash[:12]}.",
                hint=f"Put the old model back, or build anew: hone index rebuild --encoder {model.location}",
            )
        self._loaded = found
        return found
