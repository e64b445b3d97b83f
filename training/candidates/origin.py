"""What a training begins from: only where that is the same may one go on with what another was cut off in."""

from pydantic import BaseModel, ConfigDict

from training.candidates.manifest import Manifest

DIFFERENCES = {
    "training_set": "the log or the files of pairs have changed since",
    "base": "it began from another model",
    "seed": "it was drawn with another seed",
}


class Origin(BaseModel):
    """Pairs, model and chance: what was fitted to others must not pass for a fit to these."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    training_set: str  # fingerprint of all pairs with their splits
    base: str  # the model that it begins from, as the registry knows it
    seed: int

    def differs(self, other: "Origin") -> str:
        """Say in what another one differs; nothing where it is the same."""
        return ", and ".join(why for name, why in DIFFERENCES.items() if getattr(self, name) != getattr(other, name))


def origin_of(manifest: Manifest) -> Origin:
    """Give what a model began from."""
    return Origin(training_set=manifest.training_set, base=manifest.base, seed=manifest.seed)
