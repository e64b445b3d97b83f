"""What an answer's citation marks name: each place in a document once, by the order in which it is first cited."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from agents.records import Citation, Claim
from hone.records import Document
from retriever.library.rows import Placed
from ui.answer.turn import AnswerTurn


@dataclass(frozen=True, slots=True, kw_only=True)
class VisibleReferences:
    """What the asker may read as of now, of all that some turns name; whatever is not in here is not shown."""

    documents: Mapping[str, Document]
    passages: Mapping[str, Placed]
    relevant: frozenset[str] = frozenset()  # passages that the asker called right

    def holds(self, claim: Claim) -> bool:
        """Check whether everything that a claim rests on may be shown."""
        return all(citation.document in self.documents for citation in claim.citations)


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenablePlace:
    """A stretch of a document that can be opened."""

    number: int
    document: str
    passage: str
    start: int
    end: int


def references(turn: AnswerTurn, known: VisibleReferences) -> tuple[Citation, ...]:
    """List the places that an answer cites and that may be shown."""
    shown = (citation for claim in turn.held if known.holds(claim) for citation in claim.citations)
    return tuple(_once(shown))


def closest(turn: AnswerTurn, known: VisibleReferences) -> tuple[Placed, ...]:
    """List the passages that come closest, one of each document."""
    documents: dict[str, Placed] = {}
    for passage in turn.closest:
        if placed := known.passages.get(passage):
            documents.setdefault(placed.document.id, placed)
    return tuple(documents.values())


def place_of(turn: AnswerTurn, known: VisibleReferences, pointed: Mapping[str, object]) -> OpenablePlace | None:
    """Find what a person pointed at: `cite` is a reference's index, `closest` that of a close passage."""
    if isinstance(index := pointed.get("cite"), int) and 0 <= index < len(cited := references(turn, known)):
        found = cited[index]
        return OpenablePlace(
            number=found.number, document=found.document, passage=found.passage, start=found.start, end=found.end
        )
    if isinstance(index := pointed.get("closest"), int) and 0 <= index < len(near := closest(turn, known)):
        passage = near[index].passage
        return OpenablePlace(
            number=index + 1, document=passage.document, passage=passage.id, start=passage.start, end=passage.end
        )
    return None


def _once(citations: Iterable[Citation]) -> Iterable[Citation]:
    return {(item.number, item.document, item.start, item.end): item for item in citations}.values()
