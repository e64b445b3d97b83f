"""The stretch of a passage that shows why it was found, with the words of the question marked."""

import re
from collections.abc import Iterator
from itertools import groupby

from agents.sanitise import strip_invisible
from retriever.ranking.words import analyse, analyse_query

LENGTH = 300  # characters of a passage shown
EMPHASIS = re.compile(
    r"\*\*|__(?=\w)|(?<=\w)__|`|^#+ |^[|: -]+$|\|", re.MULTILINE
)  # signs of Markdown that only get in the way
Piece = dict[str, str | bool]  # {"text": …} or {"text": …, "mark": True}


def snippet(text: str, query: str) -> list[Piece]:
    """Cut the stretch with most of the question's words out of a passage."""
    wanted = wanted_words(query)
    words = EMPHASIS.sub("", strip_invisible(text)).split()
    found = [bool(wanted.intersection(analyse(word).split())) for word in words]
    width = max(1, LENGTH * len(words) // max(LENGTH, len(text)))
    start = _densest(found, width)
    pieces = [_piece("… ")] if start else []
    pieces += _marked(words[start : start + width], found[start : start + width])
    return [*pieces, _piece(" …")] if start + width < len(words) else pieces


def wanted_words(query: str) -> frozenset[str]:
    """Find the words that a question is looked up by, as the index has them."""
    return frozenset(analyse_query(query).split())


def words_in(text: str, query: str) -> list[str]:
    """List the words of a question that a text contains, as they were asked."""
    stems = frozenset(analyse(text).split())
    asked = dict.fromkeys(word.strip(".,;:!?\"'()") for word in strip_invisible(query).split())
    return [word for word in asked if word and stems.intersection(analyse_query(word).split()) and _counts(word, query)]


def _counts(word: str, query: str) -> bool:
    return bool(wanted_words(query).intersection(analyse(word).split()))


def _densest(found: list[bool], width: int) -> int:
    """Find the first window of this many words that holds the most of those asked for."""
    held = sum(found[:width])
    best, start = held, 0
    for first in range(1, max(1, len(found) - width + 1)):
        held += found[first + width - 1] - found[first - 1]
        if held > best:
            best, start = held, first
    return start


def _marked(words: list[str], found: list[bool]) -> Iterator[Piece]:
    stretches = [
        (mark, " ".join(word for _, word in group))
        for mark, group in groupby(zip(found, words, strict=True), key=lambda pair: pair[0])
    ]
    for place, (mark, text) in enumerate(stretches):
        if place:
            yield _piece(" ")
        yield {"text": text, "mark": True} if mark else _piece(text)


def _piece(text: str) -> Piece:
    return {"text": text}
