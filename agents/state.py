"""What the graph carries from node to node, and what its nodes may use."""

import operator
import time
from collections.abc import Collection, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Annotated, Any, TypedDict, cast

from langgraph.types import Overwrite

from agents.calibration import Calibrated
from agents.llm.budget import Budget
from agents.llm.client import Llm
from agents.records import Claim, Degradation, Evidence, Plan, Retrieved, SubQuestion, Sufficiency, Turn
from hone.records import Asker
from retriever.encoding.tokenvectors import TokenVectors
from retriever.searching.searcher import Searcher


class State(TypedDict):
    """One ask; `turns` alone outlives it, as the conversation."""

    question: str
    turns: list[Turn]
    plan: Plan | None
    pending: tuple[SubQuestion, ...]  # to be searched in this round
    retrieved: Annotated[list[Retrieved], operator.add]
    evidence: tuple[Evidence, ...]
    sufficiency: Sufficiency | None
    draft: str  # what an LLM wrote, unchecked; empty when the answer is extracted
    claims: tuple[Claim, ...]
    text: str
    degraded: Annotated[list[Degradation], operator.add]


def fresh(question: str) -> dict[str, Any]:
    """Begin an ask: everything but the conversation is as it was before any."""
    return {
        "question": question,
        "plan": None,
        "pending": (),
        "retrieved": Overwrite([]),
        "evidence": (),
        "sufficiency": None,
        "draft": "",
        "claims": (),
        "text": "",
        "degraded": Overwrite([]),
    }


def said_before(state: State) -> list[Turn]:
    """Return the conversation until now; what a damaged checkpoint put there instead of turns is no part of it."""
    kept: Any = state.get("turns")
    found = cast(list[Any], kept) if isinstance(kept, list) else []
    return [turn for turn in found if isinstance(turn, Turn)]


def planned(state: State) -> Plan:
    """Return the plan, which every node after the first has."""
    plan = state["plan"]
    assert plan is not None
    return plan


@dataclass(slots=True, kw_only=True)
class Deps:
    """What one ask runs with. The asker stands here and not in the state: no node can change who is asking."""

    asker: Asker
    searcher: Searcher
    llm: Llm | None
    budget: Budget
    calibrated: Calibrated
    sources: Collection[str]
    kinds: Collection[str]
    ask_id: str = ""
    took_ms: dict[str, float] = field(default_factory=dict[str, float])

    @contextmanager
    def timed(self, stage: str) -> Generator[None]:
        """Add up what a stage takes, over all its rounds; searches side by side count each."""
        began = time.perf_counter()
        try:
            yield
        finally:
            self.took_ms[stage] = round(self.took_ms.get(stage, 0.0) + (time.perf_counter() - began) * 1000, 1)

    def permitted(self, passages: Collection[str]) -> frozenset[str]:
        """Find which passages the asker may read as of now, by the library and not by what a search returned."""
        readers = self.searcher.library.readers(list(passages))
        return frozenset(name for name, groups in readers.items() if self.asker.may_read(groups))

    def read(self, texts: Sequence[str]) -> Sequence[TokenVectors]:
        """Read stretches of passages token by token; what was looked at before is remembered."""
        with self.searcher.live.current() as opened:
            return opened.encoder.encode_tokens(texts)
