"""Which slices a question belongs to: a mean can be good, and one kind of question bad."""

import hashlib
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass

from eval.records import EvalQuestion, KnownGold
from eval.runs import Plain
from hone.language import likely_language


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


HEAD, MIDDLE = 5, 2  # questions that want a document before it counts as often asked for; tail is once
SHORT, LONG = 4, 12  # words
FOLLOW_UP = "follow-up"
SEEN = "seen in training"
MARKED = "yes"  # the value of a bare tag


def length_of(text: str) -> str:
    """Classify a question as keywords or a sentence."""
    words = len(text.split())
    return f"up to {SHORT} words" if words <= SHORT else f"over {LONG} words" if words > LONG else "in between"


def popularity(known: Iterable[KnownGold]) -> Callable[[KnownGold], str]:
    """Count how often each gold document is wanted in a set, and tell head from tail by it."""
    wanted = Counter(document.id for item in known for document in item.documents)

    def tell(item: KnownGold) -> str:
        most = max((wanted[document.id] for document in item.documents), default=0)
        return "head" if most >= HEAD else "middle" if most >= MIDDLE else "tail" if most else ""

    return tell


def slice_all(
    questions: Sequence[EvalQuestion], known: Sequence[KnownGold], taught: Collection[str] | None = None
) -> list[dict[str, str]]:
    """Sort every question into slices by name: what its tags say, and what can be seen.

    `taught` are the documents that the live model was trained on; none where it was not.
    """
    popular = popularity(known)
    return [
        {**_slices(question, item, popular(item)), **_seen(item, taught)}
        for question, item in zip(questions, known, strict=True)
    ]


def _seen(known: KnownGold, taught: Collection[str] | None) -> dict[str, str]:
    if taught is None or not known.documents:
        return {}
    return {SEEN: "yes" if any(document.id in taught for document in known.documents) else "no"}


def _slices(question: EvalQuestion, known: KnownGold, popular: str) -> dict[str, str]:
    seen = {
        "language": likely_language(question.text),
        "length": length_of(question.text),
        "source": _together(document.source for document in known.documents),
        "format": _together(document.kind for document in known.documents),
        "gold wanted": popular,
        "turn": FOLLOW_UP if question.history else "first",
    }
    tagged = {(f"tag {name}" if value == MARKED else name): value for name, value in question.tags.items()}
    return {name: value for name, value in {**seen, **tagged}.items() if value}


def _together(values: Iterable[str]) -> str:
    return " + ".join(sorted(set(values)))
