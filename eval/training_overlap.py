"""What the live model was trained on: a question about a document that it has seen says less of the next question."""

import hashlib
from dataclasses import dataclass

from eval.runs import Plain


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainedDocuments:
    """The documents that a model's training rested on, as far as they can be told."""

    model: str
    documents: frozenset[str]
    pieces: int  # of evidence
    untraced: int  # of these: pairs from files, and what was forgotten or has left the library

    def settings(self) -> Plain:
        """Name it in a run's settings."""
        named = "\n".join(sorted(self.documents))
        return {
            "model": self.model,
            "documents": len(self.documents),
            "fingerprint": hashlib.sha256(named.encode()).hexdigest()[:12],
            "pieces": self.pieces,
            "untraced": self.untraced,
        }
