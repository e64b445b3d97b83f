"""Questions that headings ask: "How to …", "What to do if …", and whatever ends in a question mark."""

import re
from collections.abc import Iterator

from agents.heuristics.facts import terms_of
from eval.question_generation.candidates import QuestionCandidate, candidate, plain
from retriever.library.rows import Placed

FEWEST_TERMS = 1  # content words; "Who is who" asks nothing
CLEAR = 2  # content words; with fewer, the question could be asked of any document, and names its own
LONGEST_TITLE = 6  # words of a title that goes before a question

_LINE = re.compile(r"^#{1,6}[ \t]+(?P<heading>[^\n]+?)[ \t]*#*$", re.MULTILINE)
_NUMBER = re.compile(r"^\s*(?:\d+(?:\.\d+)*[.)]?|[A-Z][.)]|§\s*\d+)\s+")
_PRONOUN = re.compile(r"\b(?:it|its|this|that|these|those|they|them|he|she)\b", re.IGNORECASE)
# How a heading's first words turn into those of a question.
_FORMS = (
    (re.compile(r"^how to (?P<rest>.+)$", re.IGNORECASE), "How do I {rest}?"),
    (re.compile(r"^how (?P<rest>[\w' -]+?) (?P<verb>work|happen)s$", re.IGNORECASE), "How does {rest} {verb}?"),
    (re.compile(r"^how (?P<rest>[\w' -]+?) (?P<verb>work|happen)$", re.IGNORECASE), "How do {rest} {verb}?"),
    (re.compile(r"^what to do (?P<rest>.+)$", re.IGNORECASE), "What should I do {rest}?"),
    (re.compile(r"^(?P<word>what|when|where|who|whom) to (?P<rest>.+)$", re.IGNORECASE), "{word} should I {rest}?"),
    (re.compile(r"^(?P<rest>(?:how (?:many|much|long|often)|who|which|where|why) .+)$", re.IGNORECASE), "{rest}?"),
)


def from_headings(item: Placed, *, opens: bool) -> Iterator[QuestionCandidate]:
    """Find what the headings in a passage ask, and the one above it where the passage is the first below that."""
    text = item.passage.text
    lines = list(_LINE.finditer(text))
    above = item.passage.heading[-1:] if opens else ()
    stretches = [(heading, 0) for heading in above] + [(line["heading"], line.end()) for line in lines]
    for heading, start in stretches:
        quote = _first_line(text[start:])
        asked = _placed(question_of(heading), item.document.title)
        made = candidate(asked, "heading", item, quote, quote) if asked and quote else None
        if made is not None:
            yield made


def question_of(heading: str) -> str:
    """Turn a heading into the question it answers; empty where it asks nothing that stands alone."""
    words = _NUMBER.sub("", plain(heading)).strip()
    asked = words if words.endswith("?") else ""
    for pattern, form in () if asked else _FORMS:
        if found := pattern.match(words):
            asked = form.format(**found.groupdict())
            break
    if not asked or _PRONOUN.search(asked) or len(terms_of(asked)) < FEWEST_TERMS:
        return ""
    return asked


def _placed(asked: str, title: str) -> str:
    """Say what a bare question is about: "Annual leave: how many days?"."""
    if not asked or len(terms_of(asked)) >= CLEAR:
        return asked
    about = plain(title)
    if len(about.split()) > LONGEST_TITLE or ":" in about or about.casefold() == asked.rstrip("?").casefold():
        return asked if len(terms_of(asked)) > FEWEST_TERMS else ""
    return f"{about}: {asked[0].lower()}{asked[1:]}"


def _first_line(text: str) -> str:
    """Return what answers a heading, up to the next heading."""
    lines = (line.strip() for line in text.split("\n"))
    first = next((line for line in lines if line), "")
    return "" if first.startswith("#") else first
