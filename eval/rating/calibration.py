"""Which thresholds a rater without an LLM grades by, as ratings carry and tell it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from eval.rating.fitted import FittedRater
from eval.rating.store import Keys

Source = Literal["own", "shipped"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """Whose labels the thresholds follow."""

    source: Source
    told: str  # in a sentence, with how far they agree
    labels: int = 0
    questions: int = 0
    fitted: FittedRater | None = None  # the rater with thresholds of its own; none: as it was shipped
    held_out: Mapping[Keys, int] = field(default_factory=dict[Keys, int])  # grades by thresholds that never saw these

    def plain(self) -> dict[str, Any]:
        """Give it as data, without the hashes of what people asked."""
        return {"thresholds": self.source, "labels": self.labels, "questions": self.questions, "told": self.told}


AS_ASKED = Calibration(source="shipped", told="the shipped thresholds, fitted on other corpora, as was asked for")
