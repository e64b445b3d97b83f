"""What became of a candidate: a line of the run that made it."""

import re
from dataclasses import dataclass
from typing import Literal

from pydantic import ConfigDict, Field

from eval.scores import ScoredQuestion
from retriever.library.rows import Placed

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


Kind = Literal["heading", "definition", "faq", "table", "llm"]

SHORTEST, LONGEST = 3, 30  # words of a question; shorter ones say too little, longer ones nobody types
LONGEST_ANSWER = 400  # characters of an answer that are written down

_WORD = re.compile(r"\w+")
_MARKUP = re.compile(r"\*\*|__|`|\[(?=[^\]]*\]\()|(?<=\S)\]\([^)]*\)")


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionCandidate:
    """A question that one passage answers."""

    text: str
    kind: Kind
    gold: Placed
    quote: str  # stands in the passage, or in the table's header and a row of it
    answer: str = ""


def candidate(text: str, kind: Kind, gold: Placed, quote: str, answer: str = "") -> QuestionCandidate | None:
    """Make a candidate, unless nobody could ask that."""
    asked = plain(text).rstrip(" .:;,")
    asked = asked if asked.endswith("?") else f"{asked}?"
    if not SHORTEST <= len(_WORD.findall(asked)) <= LONGEST:
        return None
    return QuestionCandidate(
        text=asked[0].upper() + asked[1:], kind=kind, gold=gold, quote=quote.strip(), answer=shortened(plain(answer))
    )


def plain(text: str) -> str:
    """Take the marks of Markdown out of a short text, and bring it onto one line."""
    return " ".join(_MARKUP.sub("", text).split())


def shortened(text: str) -> str:
    """Cut a long answer at a word."""
    return text if len(text) <= LONGEST_ANSWER else f"{text[:LONGEST_ANSWER].rsplit(' ', 1)[0]} …"
