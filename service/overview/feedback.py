"""A person's feedback: what it was about, and what became of it."""

import logging
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from hone.errors import HoneError
from hone.log.asks import AskLog
from hone.log.rows import Event
from hone.records import Asker, Document
from hone.workspace import Workspace
from retriever.library.library import Library
from service.documents import documents_of, passages_of
from service.feedback import SAID
from training.candidates.candidates import candidate_statuses
from training.candidates.promotion_impact import Outcome, read_outcomes
from training.gate.verdict import Decision

MOST = 5_000  # things that one person said; all of them are counted
REVIEWED = 100  # the newest of what admins look through

About = Literal["answer", "document", "gone"]  # gone: deleted, or closed to them since
log = logging.getLogger(__name__)
Change = Literal["better", "worse", "same"]
NOTICEABLE = 0.01  # of a score between 0 and 1; less is nothing that a person would see


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenFeedback:
    """One thing that somebody said, and what it was about."""

    event: Event
    question: str  # empty: it was deleted from the log
    about: About
    document: Document | None = None  # only one that whoever looks may read

    @property
    def reason(self) -> str:
        return str(self.event.attributes.get("reason", ""))


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """One model that learned from one piece of feedback."""

    model: str
    training_set: str
    at: datetime
    live: bool
    decision: Decision | None  # none: the gate has not seen it yet


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """How a question of somebody's does with a model that was trained since they asked it."""

    model: str
    change: Change
    before: float
    after: float


def given_by(workspace: Workspace, library: Library, asker: Asker, limit: int = MOST) -> list[GivenFeedback]:
    """List what a person said, newest first."""
    events = workspace.log.events(person=asker.name, actions=SAID, limit=limit)
    return _explained(workspace, library, asker, events)


def to_review(workspace: Workspace, library: Library, asker: Asker) -> list[GivenFeedback]:
    """List what anybody found wrong, or right where it was not first, newest first."""
    events = workspace.log.events(actions=("thumb_down", "relevant"), limit=REVIEWED)
    return _explained(workspace, library, asker, events)


def _explained(workspace: Workspace, library: Library, asker: Asker, events: Sequence[Event]) -> list[GivenFeedback]:
    """Find what events were about, as far as somebody may know of it."""
    asked = AskLog(workspace.log_database).questions({str(event.attributes.get("ask_id", "")) for event in events})
    searched = workspace.log.questions({event.search_id for event in events})
    documents = _documents(library, asker, {event.object_id for event in events} - {""})
    return [
        _given(
            event, asked.get(str(event.attributes.get("ask_id", ""))) or searched.get(event.search_id, ""), documents
        )
        for event in events
    ]


def _given(event: Event, question: str, documents: Mapping[str, Document]) -> GivenFeedback:
    if not event.object_id:
        return GivenFeedback(event=event, question=question, about="answer")
    document = documents.get(event.object_id)
    return GivenFeedback(event=event, question=question, about="document" if document else "gone", document=document)


def _documents(library: Library, asker: Asker, objects: Collection[str]) -> Mapping[str, Document]:
    """Find the documents of passages, and those that are named themselves; only readable ones."""
    placed = passages_of(library, objects, asker)
    named = documents_of(library, [name for name in objects if name not in placed], asker)
    return {**named, **{name: item.document for name, item in placed.items()}}


def uses_of(workspace: Workspace, event_ids: Collection[str]) -> Mapping[str, tuple[Use, ...]]:
    """Find for each event which models learned from it, newest first; one that was not used is left out."""
    wanted = frozenset(event_ids)
    found: dict[str, tuple[Use, ...]] = {}
    for item in candidate_statuses(workspace):
        manifest = item.candidate.manifest
        use = Use(
            model=manifest.model,
            training_set=manifest.training_set,
            at=manifest.created,
            live=item.live,
            decision=None if item.decision == "undecided" else item.decision,
        )
        for event in wanted & manifest.evidence:
            found[event] = (*found.get(event, ()), use)
    return found


def changes_of(workspace: Workspace, search_ids: Collection[str]) -> Mapping[str, Changed]:
    """Compare by search how questions do with the live model that were asked before it was trained."""
    wanted = frozenset(search_ids)
    return {
        outcome.search_id: Changed(
            model=item.candidate.manifest.model,
            change=_change(outcome.after - outcome.before),
            before=outcome.before,
            after=outcome.after,
        )
        for item in candidate_statuses(workspace)
        if item.live
        for outcome in _outcomes(workspace, item.candidate.version)
        if outcome.search_id in wanted
    }


def _outcomes(workspace: Workspace, version: str) -> Sequence[Outcome]:
    """Read what became of questions; a page about feedback must not fail where that can't be read."""
    try:
        return read_outcomes(workspace.home, version)
    except HoneError as error:
        log.warning("%s", error.message)
        return ()


def _change(difference: float) -> Change:
    if abs(difference) < NOTICEABLE:
        return "same"
    return "better" if difference > 0 else "worse"
