"""Which passages name the document of another: the strongest sign that one leads to the other."""

import re
from dataclasses import dataclass
from functools import lru_cache

from agents.heuristics.subjects import content_words, names, stems

_WORD = re.compile(r"\w+")
_ASIDE = re.compile(r"\s*\([^)]*\)\s*$")
_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-Z\"])|\n+")
ROOT = 5  # letters that two words of one family share: director and directed, founder and founded


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a question asks about, and the words that say what of it."""

    named: str  # the question as one run of words
    roots: frozenset[str]  # of the words that are in no name

    @classmethod
    def of(cls, question: str) -> "Wanted":
        inside = {word.lower() for name in names(question) for word in _WORD.findall(name)}
        words = [word.lower() for word in content_words(question)]
        return cls(
            named=run(question),
            roots=frozenset(word[:ROOT] for word in words if word not in inside and len(word) >= ROOT),
        )


@lru_cache(maxsize=4096)
def run(text: str) -> str:
    """Return a text's words in lower case, one space around each, so that a run of them is found by `in`."""
    return f" {' '.join(_WORD.findall(text.casefold()))} "


@lru_cache(maxsize=4096)
def title_run(title: str) -> str:
    """Return what another text would call a document: its title without what stands in brackets."""
    short = run(_ASIDE.sub("", title))
    return short if len(short) > 5 and stems(title) else ""


def calls(text: str, title: str) -> bool:
    """Check whether a text names a document."""
    wanted = title_run(title)
    return bool(wanted) and wanted in run(text)


def closeness(text: str, title: str, wanted: Wanted) -> float:
    """Score how near a text names a title to a word of the question: 1 beside it, 0 in no sentence with one."""
    short = title_run(title).strip()
    best = 0.0
    for sentence in _SENTENCE.split(text):
        words = _WORD.findall(sentence.casefold())
        line = f" {' '.join(words)} "
        place = line.find(f" {short} ")
        if place < 0:
            continue
        start = line[:place].count(" ")
        end = start + short.count(" ") + 1
        for number, word in enumerate(words):
            if word[:ROOT] in wanted.roots and not start <= number < end:
                gap = start - number if number < start else number - end + 1
                best = max(best, 1 / (1 + max(gap - 2, 0) / 4))
    return best
