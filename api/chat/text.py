"""An answer as the text of a chat message: what holds, and its sources by number."""

import re
from collections.abc import Iterator
from itertools import pairwise

from agents.records import Answer, Citation
from agents.sanitise import strip_markup
from hone.records import Hit
from retriever.cutting.sentences import sentence_starts
from service.documents import link_to

SOURCES = "\n\nSources:\n"
MARKS = re.compile(r"(?:\[\d+\])+\s*")
CLOSEST = "\n\nThe closest documents:\n"


def text_of(answer: Answer) -> str:
    """Write an answer with numbered sources behind it; where it found nothing, with the closest documents.

    An answer is plain text already. Titles come from documents, and chat clients render Markdown.
    """
    if answer.citations:
        cited = {citation.number: citation for citation in reversed(answer.citations)}
        lines = [f"[{number}] {_source(cited[number])}" for number in sorted(cited)]
        return answer.text + SOURCES + "\n".join(lines)
    if answer.closest:
        return answer.text + CLOSEST + "\n".join(f"- {_document(hit)}" for hit in answer.closest)
    return answer.text


def without_sources(text: str) -> str:
    """Take away what `text_of` put behind an answer."""
    for mark in (SOURCES, CLOSEST):
        text = text.rpartition(mark.strip("\n"))[0].rstrip() or text
    return text


def sentences(text: str) -> Iterator[str]:
    """Cut a text into sentences that make it again when put together."""
    starts = (_behind_marks(text, start) for start in sentence_starts(text, 0, len(text)))
    for start, end in pairwise((0, *starts, len(text))):
        if start < end:
            yield text[start:end]


def _behind_marks(text: str, start: int) -> int:
    """Leave citation marks with the sentence that they stand behind."""
    marks = MARKS.match(text, start)
    return marks.end() if marks else start


def _source(citation: Citation) -> str:
    page = f", page {citation.page}" if citation.page else ""
    link = citation.url if citation.url.startswith(("http://", "https://")) else ""
    return _line(f"{citation.title or citation.document}{page}", link)


def _document(hit: Hit) -> str:
    return _line(hit.title or hit.document, link_to(hit.url, hit.kind, hit.page, hit.heading))


def _line(title: str, link: str) -> str:
    title = strip_markup(" ".join(title.split()))
    return f"{title} — {link}" if link else title
