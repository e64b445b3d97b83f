"""One turn of a conversation as the page shows it, from the log or from a run, and what its citation marks name."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from agents.records import Answer, Citation, Claim, Conflict, Degradation
from agents.run import STOPPED as STOPPED_EARLY
from hone.log.asks import LoggedAsk
from hone.records import Document
from retriever.library.rows import Placed
from service.runs import Run
from service.visibility import HELD, claims_of
from ui.answer.steps import steps_of

STOPPED = "stopped"  # what the page calls an answer that its asker stopped


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerTurn:
    """A question with its answer."""

    id: str  # of the ask; of the run where there is none
    question: str
    text: str
    body: str  # without its sentences on conflicts and on what is missing
    verdict: str  # an AnswerVerdict, or `stopped`
    claims: tuple[Claim, ...] = ()
    evidence: tuple[str, ...] = ()  # passages, in the order of their numbers
    closest: tuple[str, ...] = ()  # passages worth a look where the answer is not enough
    conflicts: tuple[Conflict, ...] = ()
    missing: tuple[str, ...] = ()  # parts of the question
    may_mean: tuple[str, ...] = ()  # what the question may mean
    degraded: tuple[Degradation, ...] = ()
    search_ids: tuple[str, ...] = ()
    steps: tuple[str, ...] = ()
    searches: int = 0  # those that failed too
    took_ms: float = 0.0

    @property
    def held(self) -> tuple[Claim, ...]:
        """The claims that were said."""
        return tuple(claim for claim in self.claims if claim.support in HELD)


def turn_of(logged: LoggedAsk) -> AnswerTurn:
    """Read a turn from the log."""
    degraded = tuple(Degradation(**item) for item in logged.degraded)
    stopped = STOPPED_EARLY in degraded
    return AnswerTurn(
        id=logged.ask_id,
        question=logged.question,
        text=logged.text,
        body=logged.body or logged.text,
        verdict=STOPPED if stopped else logged.verdict,
        claims=claims_of(logged),
        evidence=logged.evidence,
        conflicts=tuple(Conflict(**item) for item in logged.conflicts),
        missing=logged.missing,
        may_mean=logged.may_mean,
        degraded=tuple(item for item in degraded if item != STOPPED_EARLY),
        search_ids=logged.search_ids,
        steps=steps_of(logged),
        searches=len(logged.searches),
        took_ms=float(logged.took_ms.get("total", 0.0)),
    )


def turn_of_run(run: Run) -> AnswerTurn:
    """Make a turn of a run that has ended and that the log knows nothing of."""
    answer = run.answer
    return (
        _answered(answer) if answer else AnswerTurn(id=run.id, question=run.question, text="", body="", verdict=STOPPED)
    )


def _answered(answer: Answer) -> AnswerTurn:
    return AnswerTurn(
        id=answer.ask_id,
        question=answer.question,
        text=answer.text,
        body=answer.body,
        verdict=answer.verdict,
        claims=answer.claims,
        conflicts=answer.conflicts,
        missing=answer.missing,
        may_mean=answer.may_mean,
        closest=tuple(hit.passage for hit in answer.closest),
        degraded=answer.degraded,
        search_ids=answer.search_ids,
        searches=len(answer.search_ids),
        took_ms=float(answer.took_ms.get("total", 0.0)),
    )


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
