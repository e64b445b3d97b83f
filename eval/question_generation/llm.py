"""Questions by an LLM: one passage a call, and a quote that must stand in it."""

import re
from collections.abc import Callable, Sequence

from pydantic import Field

from agents.invisible import readable
from agents.llm.client import Llm
from agents.llm.failures import LlmFailure
from agents.llm.passages import fenced, new_boundary
from agents.llm.requests import Shape
from agents.llm.structured import structured
from agents.records import Evidence
from eval.llm_batch import Pace, budget_of, drive, prompt, room
from eval.question_generation.candidates import Candidate, candidate
from eval.question_generation.prompts import MAKE, PASSAGE
from eval.rating.pages import hit_of
from eval.rating.prompts import version_of
from retriever.library.rows import Placed

_WORD = re.compile(r"\w+")
# A question about "the passage" is one that nobody can ask who has not seen it.
_POINTING = re.compile(
    r"\b(?:the|this|that|given|above)\s+(?:passage|text|document|excerpt|paragraph|section|table|snippet)\b|https?://",
    re.IGNORECASE,
)


class MadeReply(Shape):
    """A question with the place that answers it."""

    useful: bool = True
    question: str = Field(default="", max_length=1000)
    quote: str = Field(default="", max_length=4000)
    answer: str = Field(default="", max_length=2000)


Made = Candidate | str  # or why there is none
Heard = Callable[[Placed, Made], None]


def maker_of(llm: Llm) -> str:
    """Name everything that decides what it asks."""
    return f"{llm.name} {version_of(MAKE, PASSAGE)}"


def made_by_llm(items: Sequence[Placed], llm: Llm, heard: Heard, pace: Pace) -> None:
    """Ask for a question about each passage; `heard` hears of each as it comes."""

    def told(item: Placed, reply: MadeReply | LlmFailure) -> None:
        heard(item, f"the LLM failed: {reply.kind}" if isinstance(reply, LlmFailure) else checked(item, reply))

    drive(llm, items, lambda item: _ask(item, llm), told, pace)


def checked(item: Placed, reply: MadeReply) -> Made:
    """Take what an LLM wrote for a question only where it holds to the passage."""
    asked = " ".join(readable(reply.question).split())
    if not reply.useful or not asked:
        return "the LLM found nothing to ask"
    if _POINTING.search(asked):
        return "it points at a text that the asker does not have"
    quote = _in_passage(readable(reply.quote), item)
    if not quote:
        return "its quote does not stand in the passage"
    made = candidate(asked, "llm", item, quote, readable(reply.answer) or quote)
    return made or "too short or too long"


async def _ask(item: Placed, llm: Llm) -> MadeReply | LlmFailure:
    boundary = new_boundary()
    rules = MAKE.filled(boundary=boundary)
    evidence = [Evidence(number=1, hit=hit_of(item, 1), questions=frozenset())]
    passages = fenced(evidence, boundary, room(llm, rules))
    if not passages:
        return LlmFailure(kind="too_large", what="the passage does not fit into the LLM's context")
    return await structured(MadeReply, prompt(rules, PASSAGE.filled(passages=passages)), llm, budget_of(llm))


def _in_passage(quote: str, item: Placed) -> str:
    """Find a quote in the passage, however it is spaced and marked; empty where it does not stand there."""
    wanted = _WORD.findall(quote)
    if not wanted:
        return ""
    anywhere = re.compile(r"[\W_]+".join(map(re.escape, wanted)), re.IGNORECASE)
    found = anywhere.search(item.passage.text) or anywhere.search(item.passage.preface)
    return found[0] if found else ""
