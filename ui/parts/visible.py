"""Looks up what may be shown: documents and passages as they are now, and only those that the asker may read."""

from collections.abc import Sequence
from dataclasses import replace

from hone.errors import HoneError
from hone.log.rows import Event
from hone.records import Asker
from service.documents import documents_of, passages_of
from service.service import Service
from ui.answer.references import VisibleReferences
from ui.answer.turn import AnswerTurn

CLOSE = 3  # documents shown where the answer is not enough
SHORT_OF = frozenset({"insufficient", "partial", "stopped"})


def known_of(service: Service, asker: Asker, turns: Sequence[AnswerTurn], said: Sequence[Event]) -> VisibleReferences:
    """Look up everything that some turns name."""
    cited = {citation.document for turn in turns for claim in turn.claims for citation in claim.citations}
    passages = [passage for turn in turns for passage in (*turn.evidence, *turn.closest)]
    return VisibleReferences(
        documents=documents_of(service.library, cited, asker),
        passages=passages_of(service.library, passages, asker),
        relevant=frozenset(event.object_id for event in said if event.action == "relevant"),
    )


def with_closest(service: Service, asker: Asker, turn: AnswerTurn) -> AnswerTurn:
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
