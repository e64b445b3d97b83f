"""What became of a candidate: a line of the run that made it."""

from typing import Literal

from pydantic import ConfigDict, Field

from eval.scores import ScoredQuestion

Outcome = Literal[
    "kept",
    "not found again",  # the live search does not bring its passage back to somebody who may read it
    "asked before",  # the same question, or nearly, is in the set already
    "enough of its document",
    "unreadable",  # nobody among the people of the settings may read the passage
    "nothing to ask",
    "not usable",  # what an LLM wrote does not hold to the passage, or it failed
]


class MadeLine(ScoredQuestion):
    """One candidate and its fate; a passage of which nothing is asked has a line as well, so that it is done."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    outcome: Outcome
    why: str = ""  # what exactly, where the outcome does not say it
    kind: str = ""
    made_by: str = ""
    passage: str
    document: str
    source: str = ""
    asker: str = ""
    quote: str = ""
    answer: str = ""
    rank: int | None = None  # where its passage came back
    twins: dict[str, str] = Field(
        default_factory=dict[str, str]
    )  # passages of the page that say the same → their documents
    same_as: str = ""  # the question that was asked before
