"""What might be asked of a passage: a question, and where its answer stands."""

import re
from dataclasses import dataclass
from typing import Literal

from retriever.library.rows import Placed

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
