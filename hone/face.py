"""Hone as a library: one workspace, and what can be done with it.

The one module of the kernel that imports other folders, and only inside its methods, so that importing it stays light.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from contextlib import nullcontext
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Self

from hone.errors import UsageError
from hone.progress import Progress, Silent
from hone.records import Asker, Filters, SearchResult
from hone.settings import asker_of, read_settings
from hone.workspace import Workspace

if TYPE_CHECKING:
    from agents.assistant import Assistant
    from agents.events import Event
    from agents.records import Answer
    from eval.runs import EvalRun
    from retriever.searching.explain import Explanation
    from retriever.searching.searcher import Searcher
    from retriever.sources.editing import MayDrop
    from retriever.sources.sync import Synced
    from training.gate.verdict import Verdict
    from training.plan import TrainingPlan

ANYTHING = Filters()
PATIENCE = 600.0  # seconds to wait while another process changes the workspace


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
        """The search behind `search`, with every stage."""
        from retriever import open_searcher

        return open_searcher(self.workspace)

    @cached_property
    def assistant(self) -> Assistant:
        """The assistant behind `ask`, with its events as they come."""
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
        """Answer a question with checked citations; `thread` continues a conversation, `listen` hears every step."""
        return self.assistant.ask(question, self._asker(person, asker), thread, listen)

    def explain(
        self,
        question: str,
        document: str,
        *,
        person: str = "",
        asker: Asker | None = None,
        filters: Filters = ANYTHING,
    ) -> Explanation:
        """Say why a document is or isn't among the results of a search."""
        from retriever.searching.explain import explain
        from retriever.searching.searcher import Question

        asked = Question(text=question, asker=self._asker(person, asker), filters=filters)
        return explain(self.searcher, asked, document)

    def add(
        self,
        address: str | Path,
        *more: str | Path,
        groups: Collection[str] = (),
        name: str = "",
        include: Collection[str] = (),
        ignore: Collection[str] = (),
        url: str = "",
        drop: bool | MayDrop = False,
        progress: Progress | None = None,
        wait: float = PATIENCE,
    ) -> Synced:
        """Add folders or files as sources, and index them; without `groups`, only admins can read them.

        Adding a source again changes who can read it. New patterns that leave out documents need `drop`: True, or a
        function of the source's name and these documents that returns whether to go ahead.
        """
        from retriever.sources.editing import add_sources, new_source
        from retriever.sources.sync import sync

        if name and more:
            raise UsageError(f"{len(more) + 1} sources can't share the name {name!r}.", hint="Add them one at a time.")
        added = [
            new_source(item, groups=groups, name=name, include=include, ignore=ignore, url=url)
            for item in (address, *more)
        ]
        may_drop: MayDrop = drop if callable(drop) else lambda _source, _documents: drop is True
        add_sources(self.workspace, added, may_drop, wait=wait)
        names = [source.name for source in added]
        return sync(self.workspace, names, progress or Silent(), wait=wait, what=f"hone documents add {address}")

    def remove(
        self, *documents: str, source: str = "", progress: Progress | None = None, wait: float = PATIENCE
    ) -> Synced:
        """Remove documents by id, or a whole source, from the index; files stay, and later syncs ignore them."""
        from retriever.sources.editing import remove
        from retriever.sources.sync import sync

        names = remove(self.workspace, documents, source, wait=wait)
        return sync(self.workspace, names, progress or Silent(), wait=wait, what="hone documents remove")

    def sync(
        self,
        *sources: str,
        retry: bool = False,
        reread: Sequence[str] = (),
        progress: Progress | None = None,
        wait: float = PATIENCE,
    ) -> Synced:
        """Bring the index up to date with these sources, or with all; what was interrupted is finished.

        `retry` tries all files again that couldn't be read, `reread` reads these documents though they haven't changed.
        """
        from retriever.sources.editing import read_again
        from retriever.sources.sync import sync

        if reread:
            read_again(self.workspace, reread, wait=wait)
        return sync(self.workspace, sources, progress or Silent(), wait=wait, retry=retry)

    def evaluate(
        self,
        questions: str | Path,
        *,
        measures: Sequence[str] = (),
        legs: Sequence[str] = (),
        models: Sequence[str] = (),
        split: str | None = None,
        qrels: Path | None = None,
        person: str = "",
        progress: Progress | None = None,
    ) -> EvalRun:
        """Score the search on a BEIR folder, a questions.jsonl, TREC topics or the `log`, and keep the run.

        `models` are compared with the live one; one without an index gets a temporary one.
        """
        from eval.data.questions import read_questions
        from eval.measures import DEFAULTS, parse_measure
        from eval.pinned import built_for, generations_of
        from eval.retrieval import RetrievalJob, evaluate_retrieval, parse_legs
        from training.candidates.training_overlap import find_taught

        shown = progress or Silent()
        asked = read_questions(self.workspace, questions, split=split, qrels=qrels, person=person)
        with built_for(self.workspace, models, lambda: nullcontext(shown)) as built:
            job = RetrievalJob(
                questions=asked,
                generations=generations_of(self.workspace, models),
                measures=tuple(map(parse_measure, measures)) or DEFAULTS,
                legs=parse_legs(self.workspace, legs),
                taught=find_taught(self.workspace),
                built=built,
            )
            return evaluate_retrieval(self.workspace, job, shown)

    def retrain(self, plan: TrainingPlan | None = None, *, progress: Progress | None = None) -> Verdict:
        """Learn from the log, and switch to the new model if it passes the gate; the verdict says why or why not."""
        from training.plan import TrainingPlan
        from training.retrain import retrain

        return retrain(self.workspace, plan or TrainingPlan(), progress or Silent())

    def close(self) -> None:
        """Release index, encoder and databases."""
        if "searcher" in self.__dict__:
            self.searcher.close()
        self.workspace.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _asker(self, person: str, asker: Asker | None) -> Asker:
        return asker or asker_of(self.workspace.settings, person)
