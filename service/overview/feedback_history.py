"""Feedback with what it was about: a person's own, and what admins look through."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from hone.errors import HoneError
from hone.log.asks import AskLog
from hone.log.rows import Event
from hone.records import Asker, Document
from hone.workspace import Workspace
from retriever.library.library import Library
from service.documents import document_of
from service.feedback import SAID

MOST = 5_000  # things that one person said; all of them are counted
REVIEWED = 100  # the newest of what admins look through

About = Literal["answer", "document", "gone"]  # gone: deleted, or closed to them since


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
    placed = library.place(sorted(objects))
    found = {name: item.document for name, item in placed.items() if asker.may_read(item.document.groups)}
    for name in objects - placed.keys() if isinstance(objects, set) else ():
        try:
            found[name] = document_of(library, name, asker)
        except HoneError:  # removed, or closed to them: nobody can tell which
            continue
    return found
