"""Everything that a door for employees needs, opened once a process: the page, the API and MCP share it."""

from functools import cached_property

from agents import open_assistant
from agents.assistant import Assistant
from hone.errors import HoneError
from hone.log.optouts import OptOuts
from hone.records import Asker, SearchResult
from hone.workspace import Workspace
from retriever.indexing.keeping import NOT_INDEXED
from retriever.library.library import Library
from retriever.searching.searcher import Question, Searcher
from retriever.storing import engine_for
from retriever.storing.store import Engine
from service.conversations import Conversations
from service.documents import DocumentView, view_of
from service.feedback import Feedback
from service.labelling import Labelling
from service.limits import Places, Rate
from service.people import People
from service.runs import Run, Runs
from service.tokens import Tokens


class Service:
    """Asks, searches, feedback and documents, each in the name of an asker."""

    def __init__(self, workspace: Workspace, assistant: Assistant | None = None) -> None:
        serve = workspace.settings.serve
        self.workspace = workspace
        self.people = People(workspace.home)
        self.rate = Rate(serve.per_minute)
        self.assistant = assistant or open_assistant(workspace)
        self.runs = Runs(self.assistant, Places(serve.answers, serve.per_person))

    @property
    def searcher(self) -> Searcher:
        return self.assistant.searcher

    @cached_property
    def library(self) -> Library:
        return Library(self.workspace.database)

    @cached_property
    def tokens(self) -> Tokens:
        return Tokens(self.workspace.database)

    @cached_property
    def feedback(self) -> Feedback:
        return Feedback(self.workspace.log, self.library, self.conversations)

    @cached_property
    def optouts(self) -> OptOuts:
        return self.workspace.optouts

    @cached_property
    def conversations(self) -> Conversations:
        return Conversations(self.workspace, self.runs)

    @cached_property
    def _engine(self) -> Engine:
        return engine_for(self.workspace)

    @cached_property
    def labelling(self) -> Labelling:
        return Labelling(self.searcher)

    def ask(self, question: str, asker: Asker, thread: str = "") -> Run:
        """Begin to answer a question, within what one person may ask."""
        self.rate.take(asker.name)
        return self.runs.start(question, asker, thread)

    def search(self, question: Question) -> SearchResult:
        """Search, within what one person may ask."""
        self.rate.take(question.asker.name)
        return self.searcher.search(question)

    def view(self, document: str, asker: Asker, start: int = 0, end: int = 0) -> DocumentView:
        """Show a stretch of a document to somebody who may read it."""
        return view_of(self.library, document, asker, start, end)

    def ready(self) -> str:
        """Say what keeps questions from being answered; nothing if they are."""
        live = self.workspace.registry.live()
        if live is None:
            return NOT_INDEXED
        try:
            there = self._engine.exists(live.id)
        except HoneError as error:  # a server that does not answer
            return error.message
        return "" if there else f"The index {live.id} is missing."

    def close(self) -> None:
        """Stop every answer and let go of index and encoder."""
        self.runs.close()
        if "labelling" in vars(self):
            self.labelling.close()
        self.assistant.close()
