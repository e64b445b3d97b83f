"""What people say of answers and hits: written at once, read back, and withdrawn."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal, get_args

from hone.errors import MissingError, UsageError
from hone.log.rows import Event, LoggedSearch
from hone.log.searches import SearchLog, Trail
from hone.records import Asker
from retriever.library.library import Library
from service.conversations import Conversations
from service.documents import documents_of, missing, passages_of

Given = Literal["click", "open", "copy", "relevant", "thumb_up", "thumb_down", "reformulate"]
GIVEN: frozenset[str] = frozenset(get_args(Given))
SAID = ("thumb_up", "thumb_down", "relevant")  # what a person said, and may take back; the others are what they did
INSTEAD = {"thumb_up": "thumb_down", "thumb_down": "thumb_up"}  # one takes the place of the other
LONGEST_REASON = 2000  # characters
REMEMBERED = 500  # right documents of a person that a repeated search still shows as such


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """One thing that a person did or said, about an answer or about a hit."""

    action: Given
    search_id: str
    object_id: str = ""  # a passage or a document; an answer is named by `ask_id`
    ordinal: int | None = None  # the rank it was shown at
    ask_id: str = ""
    reason: str = ""


class Feedback:
    """Writes to the search log in the name of who is there, and of nobody else."""

    def __init__(self, log: SearchLog, library: Library, conversations: Conversations) -> None:
        self._log, self._library, self._conversations = log, library, conversations

    def give(self, word: Word, asker: Asker) -> Event:
        """Write one word down, in the place of what it contradicts or repeats; it stands when this returns.

        It may be about a document that the search did not show: such a word says what was missed. One that the asker
        may not read does not exist.
        """
        if word.action not in GIVEN:
            raise UsageError(
                f"{word.action!r} isn't a kind of feedback.", hint=f"Use one of {', '.join(sorted(GIVEN))}."
            )
        if len(word.reason) > LONGEST_REASON:
            raise UsageError(
                f"The reason is {len(word.reason):,} characters long; at most {LONGEST_REASON:,} are allowed."
            )
        trail = self._own(word.search_id, asker)
        if word.ask_id:
            self._conversations.ask(word.ask_id, asker)
        missed = self._missed(trail.search, word.object_id, asker) if word.object_id else ""
        model, generation = trail.search.model, trail.search.generation
        if word.action in SAID:
            for event in trail.events:
                same = event.action in (word.action, INSTEAD.get(word.action))
                if same and event.person == asker.name and _about(event) == (word.ask_id, word.object_id):
                    self._log.withdraw(event.event_id, asker.name)
        attributes: dict[str, str | bool] = {
            "ask_id": word.ask_id,
            "reason": word.reason,
            "model": model,
            "generation": generation,
        }
        attributes = {name: value for name, value in attributes.items() if value}
        if missed:
            attributes |= {"shown": False, "document": missed}
        event = Event(
            action=word.action,
            search_id=word.search_id,
            person=asker.name,
            object_id=word.object_id,
            ordinal=None if missed else word.ordinal or _rank(trail.search, word.object_id),
            attributes=attributes,
        )
        self._log.record_event(event)
        return event

    def withdraw(self, event_id: str, asker: Asker) -> None:
        """Take back something the asker said."""
        if not self._log.withdraw(event_id, asker.name):
            raise MissingError(f"You have given no feedback {event_id!r}.", hint="You may have withdrawn it already.")

    def given(self, asker: Asker, search_ids: Collection[str]) -> list[Event]:
        """List what the asker said about the hits and answers of some searches, newest first."""
        return self._log.events(person=asker.name, search_ids=search_ids, actions=SAID) if search_ids else []

    def called_right(self, asker: Asker, query: str) -> list[Event]:
        """List what the asker called the right document for a question, in whichever search for it, newest first."""
        said = self._log.events(person=asker.name, actions=("relevant",), limit=REMEMBERED)
        asked = self._log.questions({event.search_id for event in said})
        return [event for event in said if asked.get(event.search_id) == query]

    def _missed(self, search: LoggedSearch, name: str, asker: Asker) -> str:
        """Find the document that a word is about, if its search did not show that; refuse one that nobody may know."""
        shown = dict(zip(search.shown, search.documents, strict=False))  # an import may know no documents
        document = shown.get(name, name)
        if placed := passages_of(self._library, [name], asker):
            document = placed[name].document.id
        if not documents_of(self._library, [document], asker):
            raise missing(name)
        return "" if name in (*search.shown, *search.documents) else document

    def _own(self, search_id: str, asker: Asker) -> Trail:
        """Find a search of the asker; to others' searches nobody can add anything, nor learn that they exist."""
        try:
            trail = self._log.search(search_id)
        except UsageError as error:
            raise MissingError(f"There is no search {search_id!r}.", hint="Search again.") from error
        if trail.search.person != asker.name:
            raise MissingError(f"There is no search {search_id!r}.", hint="Search again.")
        return trail


def _about(event: Event) -> tuple[str, str]:
    return str(event.attributes.get("ask_id", "")), event.object_id


def _rank(search: LoggedSearch, name: str) -> int | None:
    """Find the rank at which a passage was shown, or the first passage of a document."""
    places = (names.index(name) + 1 for names in (search.shown, search.documents) if name in names)
    return next(places, None)
