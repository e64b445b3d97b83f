"""An ask's first round without an LLM and without the graph: what many questions are measured by."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from agents.heuristics.merging import merge
from agents.heuristics.planning import plan
from agents.records import Evidence, Plan, Retrieved, Turn
from agents.retrieve import HITS
from hone.records import Asker
from retriever.searching.searcher import Question, Searcher
from retriever.sources.source import known_sources


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstRound:
    """How a question was understood, and what was found for it."""

    plan: Plan
    retrieved: tuple[Retrieved, ...]
    evidence: tuple[Evidence, ...]

    @property
    def top(self) -> float:
        """The best passage's fused score."""
        return max((item.hit.score for item in self.evidence[:1]), default=0.0)


def first_round(turns: Sequence[Turn], asker: Asker, searcher: Searcher, today: date) -> FirstRound:
    """Plan, search and merge as an ask does; nothing is logged."""
    made = plan(turns, sources_of(searcher, asker), searcher.library.kinds(), today)
    wanted = [Question(text=one.text, asker=asker, filters=one.filters, hits=HITS) for one in made.questions]
    results = searcher.search_all(wanted) if wanted else ()
    retrieved = tuple(
        Retrieved(question=one, result=result) for one, result in zip(made.questions, results, strict=True)
    )
    return FirstRound(plan=made, retrieved=retrieved, evidence=merge(made, retrieved))


def sources_of(searcher: Searcher, asker: Asker) -> Collection[str]:
    """Name the sources that an asker may read, which a question may name in its turn."""
    workspace = searcher.workspace
    known = known_sources(workspace.settings, workspace.database).values()
    return [source.name for source in known if asker.may_read(source.groups)]
