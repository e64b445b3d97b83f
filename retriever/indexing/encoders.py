"""Encoders of registered models: each loaded once, when it is needed, and no other in its place."""

from pathlib import Path

from hone.errors import HoneError
from hone.records import EncoderCard, FusionWeights
from hone.registry import Model, model_id
from hone.workspace import Workspace
from retriever.encoding import open_encoder
from retriever.encoding.encoder import Encoder

PACKAGED = "all-MiniLM-L6-v2"  # what "default" means
TRAINED = "models"  # the folder of trained models, below the workspace's home; their location begins with it
MODULES = "modules.json"  # sentence-transformers' list of what a model is made of: a folder without it is no model


class Encoders:
    """Loads the encoder of a workspace; keeps the last one."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._loaded: Encoder | None = None

    def serving(self) -> Model:
        """Find which model serves: the live one; for a fresh workspace, the one that the settings name."""
        live = self._workspace.registry.live()
        return live.model if live else self.register(self._workspace.settings.encoder.model)

    def register(self, location: str) -> Model:
        """Load a model and write it into the registry."""
        settings, location = self._workspace.settings.encoder, self._below_home(location)
        if self._loaded is None or self._loaded.card.model != location:
            self._loaded = self.open(location, settings.truncate_dim)
        name = PACKAGED if location in ("", "default") else Path(location).name
        fusion = self._fusion_of(name, self._loaded.card) if _is_trained(location) else None
        return self._workspace.registry.register_model(name, location, self._loaded.card, fusion)

    def place(self, location: str) -> str:
        """Return what opens a model: the folder of a trained one is found below the home, wherever that has moved."""
        below = self._workspace.home / location
        if not _is_trained(location) or (Path(location).is_dir() and not below.is_dir()):
            return location
        return str(below.absolute())

    def encoder(self, model: Model) -> Encoder:
        """Load a model's encoder; refuse one that has changed on the disk since it was registered."""
        if self._loaded is not None and self._loaded.card.hash == model.card.hash:
            return self._loaded
        found = self.open(model.location, model.card.truncate_dim)
        if found.card.hash != model.card.hash:
            raise HoneError(
                f"The model {model.location!r} has hash {found.card.hash[:12]}, "
                f"but the index was built with {model.card.hash[:12]}.",
                hint=f"Restore the old model, or rebuild the index: hone index rebuild --encoder {model.location}",
            )
        self._loaded = found
        return found

    def open(self, location: str, truncate_dim: int | None) -> Encoder:
        """Open whatever a location names, registered or not."""
        place, device = self.place(location), self._workspace.settings.encoder.device
        self.require_there(location)
        name = "" if place == location else location
        return open_encoder(place, truncate_dim=truncate_dim, device=device, name=name)

    def require_there(self, location: str) -> None:
        """Refuse a trained model that was moved away or pruned; what is in it is looked at when it is loaded."""
        if _is_trained(location) and not (Path(self.place(location)) / MODULES).is_file():
            raise HoneError(
                f"The model {location!r} was removed from {self._workspace.home}.",
                hint="Restore its folder, or go back to the previous model: hone models rollback",
            )

    def _fusion_of(self, name: str, card: EncoderCard) -> FusionWeights | None:
        """Return the fusion weights that a trained model was registered with."""
        plain = model_id(name, card)
        known = (item.fusion for item in self._workspace.registry.models() if item.id.startswith(plain))
        return next(known, None)

    def _below_home(self, location: str) -> str:
        """Name a trained model by its place in the home, however a person came to it."""
        trained, path = (self._workspace.home / TRAINED).resolve(), Path(location).expanduser()
        inside = path.is_dir() and path.resolve().parent == trained
        return f"{TRAINED}/{path.resolve().name}" if inside else location


def _is_trained(location: str) -> bool:
    return location.startswith(f"{TRAINED}/")
