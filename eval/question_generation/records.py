"""What became of candidates: a line of the run each, and how many of each kind were kept, or dropped and why."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import ConfigDict, Field

from eval.reports.blocks import Block, Fold, Heading, Paragraph, Report, Table
from eval.runs import ScoredQuestion
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


BIASED = (
    "Only questions that the live search answers were kept, so here it scores better than it really is, and better "
    "than any other system would. They also use the documents' own words, which favors BM25. Use them to see what "
    "gets worse; use people's questions to see how good the search is."
)
DROPPED = ("not found again", "asked before", "enough of its document")
SHOWN = 200  # questions in the report


def summary_of(lines: Sequence[MadeLine]) -> dict[str, Any]:
    """Sum up by kind and by outcome."""
    asked = [line for line in lines if line.kind]
    return {
        "candidates": len(asked),
        "kept": sum(line.outcome == "kept" for line in asked),
        "passages": len({line.passage for line in lines}),
        "kinds": {kind: _of_kind(asked, kind) for kind in sorted({line.kind for line in asked})},
        "without_question": dict(Counter(line.why or line.outcome for line in lines if not line.kind).most_common()),
    }


def kinds_table(lines: Sequence[MadeLine]) -> Table:
    """Lay out how many candidates of each kind came back, were new, and are in the set."""
    asked = [line for line in lines if line.kind]
    kinds = [*sorted({line.kind for line in asked}), *(["all"] if asked else [])]
    rows = [_row(kind, [line for line in asked if kind in (line.kind, "all")]) for kind in kinds]
    return Table(names=["made from", "candidates", "came back", "share", *DROPPED, "kept"], rows=rows)


def without_lines(lines: Sequence[MadeLine]) -> list[str]:
    """Count the passages without a question, by reason."""
    counted = Counter(line.why or line.outcome for line in lines if not line.kind)
    return [f"{count:,} passages: {why}" for why, count in counted.most_common()]


def made_report(lines: Sequence[MadeLine], file: str, added: int, before: int) -> Report:
    """Lay a making out as a report."""
    kept = [line for line in lines if line.outcome == "kept"]
    lost = [line for line in lines if line.outcome == "not found again"]
    blocks: list[Block] = [
        Paragraph(text=f"{added:,} new questions in {file}, plus {before:,} from before."),
        Paragraph(text=BIASED, warning=True),
        kinds_table(lines),
        *(Paragraph(text=told) for told in without_lines(lines)),
        Heading(text="Questions"),
        _questions(kept),
        Fold(title=f"Not found again ({len(lost):,})", blocks=[_questions(lost)]),
    ]
    return Report(title="Questions made from documents", blocks=blocks)


def _of_kind(lines: Sequence[MadeLine], kind: str) -> dict[str, int]:
    own = [line for line in lines if line.kind == kind]
    came_back = sum(line.rank is not None for line in own)
    return {"candidates": len(own), "came_back": came_back, **Counter(line.outcome for line in own)}


def _row(name: str, lines: Sequence[MadeLine]) -> list[str]:
    back = sum(line.rank is not None for line in lines)
    counts = Counter(line.outcome for line in lines)
    share = f"{back / len(lines):.0%}"
    figures = (len(lines), back, share, *(counts[outcome] for outcome in DROPPED), counts["kept"])
    return [name, *(f"{value:,}" if isinstance(value, int) else value for value in figures)]


def _questions(lines: Sequence[MadeLine]) -> Table:
    rows = [
        [line.text, line.kind, line.document, line.asker or "anyone", "–" if line.rank is None else str(line.rank)]
        for line in lines[:SHOWN]
    ]
    return Table(names=["question", "made from", "document", "asked by", "rank"], rows=rows, figures=False)
