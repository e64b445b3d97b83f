"""Which rater a workspace has: an LLM where one is configured, otherwise the fitted one."""

from typing import Literal

from agents.llm.client import open_llm
from eval.llm_batch import Pace
from eval.rating.comparing import Chooser
from eval.rating.judge import Rater
from eval.rating.llm_rater import LlmRater
from eval.rating.preference_judges import LlmChooser, RaterChooser
from eval.rating.signals import SignalsRater
from hone.errors import UsageError
from retriever.searching.searcher import Searcher

RaterName = Literal["auto", "llm", "signals"]


def open_rater(searcher: Searcher, wanted: RaterName = "auto", pace: Pace | None = None) -> Rater:
    """Open the rater that was asked for."""
    llm = open_llm(searcher.workspace) if wanted != "signals" else None
    if llm is not None:
        return LlmRater(llm, pace)
    if wanted == "llm":
        raise UsageError(
            "The settings have no LLM to grade with.",
            hint='Name one: [llm]  base_url = "…"  model = "…", or take --rater signals.',
        )
    return SignalsRater(searcher)


def open_chooser(searcher: Searcher, wanted: RaterName = "auto", pace: Pace | None = None) -> Chooser:
    """Open who compares two lists."""
    rater = open_rater(searcher, wanted, pace)
    llm = open_llm(searcher.workspace) if isinstance(rater, LlmRater) else None
    return RaterChooser(rater) if llm is None else LlmChooser(llm, pace)
