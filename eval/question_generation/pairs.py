"""Questions that somebody has written down with their answers: "Q: … A: …"."""

import re
from collections.abc import Iterator

from eval.question_generation.candidates import Candidate, candidate
from retriever.library.rows import Placed

_PAIR = re.compile(
    r"^[>\s*_#-]*(?:Q|Question)\s*\d*\s*[:.)][*_]*\s*(?P<question>[^\n]+)\n+"
    r"[>\s*_#-]*(?:A|Answer)\s*\d*\s*[:.)][*_]*\s*(?P<answer>[^\n]+)",
    re.MULTILINE | re.IGNORECASE,
)


def from_pairs(item: Placed, *, opens: bool) -> Iterator[Candidate]:
    """Give the questions of a passage that come with their answers."""
    del opens  # a pair stands wherever it stands
    for pair in _PAIR.finditer(item.passage.text):
        made = candidate(pair["question"].strip(" *_"), "faq", item, pair["answer"], pair["answer"])
        if made is not None:
            yield made
