"""Hone as a library: one workspace, and what can be done with it.

The one module of the kernel that reaches up into other folders, inside its methods alone, so importing it stays light.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Self

from hone.progress import Progress, Silent
from hone.records import Asker, Filters, SearchResult
from hone.settings import asker_of, read_settings
from hone.workspace import Workspace

if TYPE_CHECKING:
    from agents.assistant import Assistant
    from agents.events import Event
    from agents.records import Answer
    from eval.runs import EvalRun
    from retriever.searching.searcher import Searcher
    from retriever.sources.sync import Synced
    from training.gate.verdict import Verdict
    from training.plan import TrainingPlan

ANYTHING = Filters()
PATIENCE = 600.0  # seconds to wait while somebody else changes the workspace


class Hone:
    """One workspace, to search, ask, sync, retrain and evaluate.

    Searches and asks may come from several threads; index and encoder are loaded by the first of them.

        with Hone.open("acme") as hone:
            hone.sync()
            print(hone.ask("how do I reset my password", person="nadia").text)
    """

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace

    @classmethod
    def open(cls, home: str | Path | None = None) -> Self:
        """Open the workspace in a folder; `HONE_HOME` or `.hone` when none is named."""
        return cls(Workspace(read_settings(Path(home) if home is not None else None)))

    @cached_property
    def searcher(self) -> Searcher:
        """The search behind `search`, for whoever needs every stage of it."""
        from retriever import open_searcher

        return open_searcher(self.workspace)

    @cached_property
    def assistant(self) -> Assistant:
        """The assistant behind `ask`, for whoever wants its events as they come."""
        from agents.assistant import Assistant

        return Assistant(self.workspace, self.searcher)

    def search(
        self,
        question: str,
        *,
        person: str = "",
        asker: Asker | None = None,
        filters: Filters = ANYTHING,
        hits: int | None = None,
    ) -> SearchResult:
        """Search with a person's permissions: one of `hone.toml` by name, or any asker."""
        from retriever.searching.searcher import Question

        return self.searcher.search(
            Question(text=question, asker=self._asker(person, asker), filters=filters, hits=hits)
        )

    def ask(
        self,
        question: str,
        *,
        person: str = "",
        asker: Asker | None = None,
        thread: str | None = None,
        listen: Callable[[Event], None] = lambda _: None,
    ) -> Answer:
        """Answer a question with checked citations; `thread` goes on with a conversation, `listen` hears every step."""
        return self.assistant.ask(question, self._asker(person, asker), thread, listen)

    def sync(self, *sources: str, progress: Progress | None = None, wait: float = PATIENCE) -> Synced:
        """Bring the index up to date with these sources, or with all; what was interrupted is finished."""
        from retriever.sources.sync import sync

        return sync(self.workspace, sources, progress or Silent(), wait=wait)

    def evaluate(
        self,
        questions: str | Path,
        *,
        measures: Sequence[str] = (),
        legs: Sequence[str] = (),
        progress: Progress | None = None,
    ) -> EvalRun:
        """Score the search on a BEIR folder, a questions.jsonl or the `log`, and keep the run in the workspace."""
        from eval.data.questions import read_questions
        from eval.measures import DEFAULTS, parse_measure
        from eval.pinned import generations_of
        from eval.ranking import parse_legs
        from eval.retrieval import RetrievalJob, evaluate_retrieval

        order = RetrievalJob(
            questions=read_questions(self.workspace, questions),
            generations=generations_of(self.workspace, ()),
            measures=tuple(map(parse_measure, measures)) or DEFAULTS,
            legs=parse_legs(self.workspace, legs),
        )
        return evaluate_retrieval(self.workspace, order, progress or Silent())

    def retrain(self, plan: TrainingPlan | None = None, *, progress: Progress | None = None) -> Verdict:
        """Learn from the log, and let the new model serve if it passes the gate; the verdict says why or why not."""
        from training.plan import TrainingPlan
        from training.retrain import retrain

        return retrain(self.workspace, plan or TrainingPlan(), progress or Silent())

    def close(self) -> None:
        """Let go of index, encoder and databases."""
        if "searcher" in self.__dict__:
            self.searcher.close()
        self.workspace.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _asker(self, person: str, asker: Asker | None) -> Asker:
        return asker or asker_of(self.workspace.settings, person)
