"""Where a quote stands: to the letter, or but for its white space."""

import re
from dataclasses import dataclass

from agents.records import Citation, Evidence


@dataclass(frozen=True, slots=True, kw_only=True)
class TextSpan:
    """A stretch of a passage's text."""

    start: int
    end: int


def find_quote(quote: str, text: str, near: int = 0) -> TextSpan | None:
    """Find a quote, at the place it claims first; white space may differ, nothing else."""
    if not quote.strip():
        return None
    if text.startswith(quote, max(near, 0)):
        return TextSpan(start=max(near, 0), end=max(near, 0) + len(quote))
    start = text.find(quote)
    if start >= 0:
        return TextSpan(start=start, end=start + len(quote))
    loose = re.search(r"\s+".join(map(re.escape, quote.split())), text)
    return TextSpan(start=loose.start(), end=loose.end()) if loose else None


def cite(evidence: Evidence, span: TextSpan) -> Citation:
    """Cite a stretch of a passage, by its place in the document's stored text."""
    hit = evidence.hit
    return Citation(
        number=evidence.number,
        document=hit.document,
        passage=hit.passage,
        quote=hit.text[span.start : span.end],
        start=hit.start + span.start,
        end=hit.start + span.end,
        title=hit.title,
        url=hit.url,
        page=hit.page,
        modified=hit.modified,
    )
