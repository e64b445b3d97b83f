"""What is known of a model that is compared, beside its scores."""

from dataclasses import dataclass

from eval.model_selection.coverage import Coverage
from eval.model_selection.speed import Speed
from hone.records import EncoderCard, FusionWeights


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Everything about a model but how good it is."""

    name: str
    card: EncoderCard
    licence: str
    weights: int | None  # bytes on the disk
    vectors: int  # bytes for this corpus
    coverage: Coverage | None
    speed: Speed
    fusion: FusionWeights
