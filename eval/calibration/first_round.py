"""An ask's first round without an LLM and without the graph: what many questions are measured by."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from agents.assistant import sources_of
from agents.heuristics.merging import merge
from agents.heuristics.planning import plan
from agents.records import Evidence, Plan, Retrieved, Turn
from agents.retrieve import HITS
from hone.records import Asker
from retriever.searching.searcher import Question, Searcher


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
