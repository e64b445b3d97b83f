"""How sure it is that a title's words, in another text, name its document and nothing else.

"Arch Nicholson" names a page wherever it stands; "Deployments" and "Get started" are what people write about. The
passages at hand tell them apart: a name is written with capitals inside sentences, and few documents have it.
"""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from agents.heuristics.hops import run, title_run
from hone.records import Hit

_WORD = re.compile(r"\w+")
_BEGINS = re.compile(r"(?:^|[\n.!?;|>*#\"“(\[-])\s*$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Naming:
    """What a question's passages show of how titles are used."""

    question: str
    hits: Sequence[Hit]
    runs: Sequence[str]  # each passage's words in lower case
    known: dict[str, float] = field(default_factory=dict[str, float])  # by title

    @classmethod
    def of(cls, question: str, hits: Sequence[Hit]) -> "Naming":
        """Look at titles from what one question found."""
        return cls(question=question, hits=hits, runs=[run(hit.text) for hit in hits])

    def sureness(self, hit: Hit) -> float:
        """Return 1 for a title that is only ever written as a name and in few documents, 0 for everyday words."""
        if hit.title not in self.known:
            self.known[hit.title] = self._sureness(hit)
        return self.known[hit.title]

    def _sureness(self, hit: Hit) -> float:
        wanted = title_run(hit.title)
        if not wanted:
            return 0.0
        holders = [other for other, words in zip(self.hits, self.runs, strict=True) if wanted in words]
        others = {other.document for other in holders if other.document != hit.document}
        documents = {other.document for other in self.hits}
        rare = 1 - math.log(max(len(others), 1)) / math.log(1 + len(documents))
        return rare * _as_name(hit.title, wanted, [self.question, *(other.text for other in holders)])


def _as_name(title: str, words: str, texts: Sequence[str]) -> float:
    """Return the share of a title's uses that keep its capitals; one that begins a sentence shows nothing."""
    capitals = [word[:1].isupper() for word in _WORD.findall(title)][: len(words.split())]
    spelled = re.compile(r"\b" + r"\W+".join(map(re.escape, words.split())) + r"\b", re.IGNORECASE)
    names, uses = 0, 0
    for text in texts:
        for use in spelled.finditer(text):
            begins = _BEGINS.search(text[max(use.start() - 4, 0) : use.start()]) is not None
            written = [
                word[:1].isupper() for word, capital in zip(_WORD.findall(use[0]), capitals, strict=False) if capital
            ]
            if shown := written[1:] if begins and capitals[:1] == [True] else written:
                uses += 1
                names += all(shown)
    return names / uses if uses else 0.0
