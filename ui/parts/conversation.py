"""A conversation as its asker may see it now: its turns, and the answer in progress if there is one."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from hone.errors import HoneError
from hone.log.rows import Event
from hone.records import Asker
from service.documents import documents_of, passages_of
from service.run import Run
from service.service import Service
from ui.answer.references import VisibleReferences
from ui.answer.turn import STOPPED, AnswerTurn, turn_of, turn_of_run

CLOSE = 3  # documents shown where the answer is not enough
SHORT_OF = frozenset({"insufficient", "best_match", "partial", "stopped"})


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownConversation:
    """What the page draws."""

    turns: tuple[AnswerTurn, ...]
    known: VisibleReferences
    said: tuple[Event, ...]  # what the asker said of these answers
    running: Run | None = None
    failed: Run | None = None  # the last run, if it ended with an error

    def thumb(self, turn: AnswerTurn) -> Event | None:
        """Find the thumb that the asker gave an answer."""
        thumbs = (event for event in self.said if event.action in ("thumb_up", "thumb_down"))
        return next((event for event in thumbs if event.attributes.get("ask_id") == turn.id), None)


def conversation_of(service: Service, asker: Asker, thread: str) -> ShownConversation:
    """Read a conversation from the log, and what is not in there from the newest run."""
    run = service.runs.of_thread(thread, asker)
    logged = service.conversations.turns(thread, asker)
    ended = run if run is not None and run.ended else None
    turns = [turn_of(ask) for ask in logged]
    if ended is not None and ended.error is None and not _holds(turns, ended):
        turns.append(turn_of_run(ended))
    turns = [_with_closest(service, asker, turn) for turn in turns]
    said = service.feedback.given(asker, [name for turn in turns for name in turn.search_ids])
    return ShownConversation(
        turns=tuple(turns),
        known=_known_of(service, asker, turns, said),
        said=tuple(said),
        running=run if run is not None and not run.ended else None,
        failed=ended if ended is not None and ended.error is not None else None,
    )


def _holds(turns: list[AnswerTurn], run: Run) -> bool:
    """Check whether the log has a run's result; one that was stopped has no answer to know it by."""
    if run.answer is not None:
        return any(turn.id == run.answer.ask_id for turn in turns)
    return any(turn.verdict == STOPPED and turn.question == run.question for turn in turns[-1:])


def _known_of(service: Service, asker: Asker, turns: Sequence[AnswerTurn], said: Sequence[Event]) -> VisibleReferences:
    """Look up everything that some turns name."""
    cited = {citation.document for turn in turns for claim in turn.claims for citation in claim.citations}
    passages = [passage for turn in turns for passage in (*turn.evidence, *turn.closest)]
    return VisibleReferences(
        documents=documents_of(service.library, cited, asker),
        passages=passages_of(service.library, passages, asker),
        relevant=frozenset(event.object_id for event in said if event.action == "relevant"),
    )


def _with_closest(service: Service, asker: Asker, turn: AnswerTurn) -> AnswerTurn:
    """Add what comes closest to a turn whose answer is not enough: passages read, then what searches found first."""
    if turn.verdict not in SHORT_OF or turn.closest:
        return turn
    candidates = list(turn.evidence)
    for search_id in turn.search_ids:
        try:
            candidates += service.workspace.log.search(search_id).search.shown[:CLOSE]
        except HoneError:
            continue
    first: dict[str, str] = {}
    for name, placed in passages_of(service.library, candidates, asker).items():
        first.setdefault(placed.document.id, name)
    cited = {citation.document for claim in turn.held for citation in claim.citations}
    return replace(turn, closest=tuple(name for document, name in first.items() if document not in cited)[:CLOSE])
