"""Every way to a question without an LLM."""

import re
from collections.abc import Callable, Iterator

from agents.heuristics.sentences import CODE_KINDS
from eval.question_generation.candidates import QuestionCandidate, candidate
from eval.question_generation.definitions import from_definitions
from eval.question_generation.headings import from_headings
from eval.question_generation.tables import from_tables
from retriever.library.rows import Placed

_PAIR = re.compile(
    r"^[>\s*_#-]*(?:Q|Question)\s*\d*\s*[:.)][*_]*\s*(?P<question>[^\n]+)\n+"
    r"[>\s*_#-]*(?:A|Answer)\s*\d*\s*[:.)][*_]*\s*(?P<answer>[^\n]+)",
    re.MULTILINE | re.IGNORECASE,
)


def from_pairs(item: Placed, *, opens: bool) -> Iterator[QuestionCandidate]:
    """Make the questions of a passage that come with their answers."""
    del opens  # a pair stands wherever it stands
    for pair in _PAIR.finditer(item.passage.text):
        made = candidate(pair["question"].strip(" *_"), "faq", item, pair["answer"], pair["answer"])
        if made is not None:
            yield made


VERSION = "rules-1"  # raise it with any change to what the rules make

MAKERS: tuple[Callable[..., Iterator[QuestionCandidate]], ...] = (
    from_pairs,
    from_headings,
    from_definitions,
    from_tables,
)


def made_by_rules(item: Placed, *, opens: bool) -> list[QuestionCandidate]:
    """Make what the rules would ask of a passage; `opens` says that it is the first below its heading."""
    if item.document.kind in CODE_KINDS:
        return []
    return [made for maker in MAKERS for made in maker(item, opens=opens)]
