"""Reads an answer's text as it was composed: where sources disagree, and what none of them answers."""

import re
from dataclasses import dataclass

from agents.compose import CLOSEST

# The words are those of agents/compose.py, today's and those before version 0.2: the log keeps answers as text.
DISAGREEMENT = re.compile(
    r"\A(?:Sources disagree about|The documents do not agree on) (?P<about>.*?): “.*” of .{5,20} "
    r"\[(?P<newer>\d+)\] says (?:something (?:different from|else than)|otherwise than) "
    r"“.*” of .{5,20} \[(?P<older>\d+)\]\.\Z",
    re.DOTALL,
)
MISSING = re.compile(r"\A(?:I found nothing about|Not found in the documents): (?P<what>.*)\.\Z", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Disagreement:
    """Two numbered passages that do not agree."""

    about: str
    newer: int
    older: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Composed:
    """An answer's parts."""

    body: str
    disagreements: tuple[Disagreement, ...] = ()
    missing: str = ""


def read_composed(text: str) -> Composed:
    """Take an answer's text apart."""
    paragraphs = [paragraph for paragraph in text.split("\n\n") if paragraph.strip()]
    if paragraphs and paragraphs[0] == CLOSEST:
        paragraphs.pop(0)
    disagreements: list[Disagreement] = []
    while paragraphs and (found := DISAGREEMENT.match(paragraphs[0])):
        disagreements.append(Disagreement(about=found["about"], newer=int(found["newer"]), older=int(found["older"])))
        paragraphs.pop(0)
    missing = MISSING.match(paragraphs[-1]) if paragraphs else None
    return Composed(
        body="\n\n".join(paragraphs[:-1] if missing else paragraphs),
        disagreements=tuple(disagreements),
        missing=missing["what"] if missing else "",
    )
