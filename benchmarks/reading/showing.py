"""An answer as its reader sees it: what was asked and what is right, then what was said."""

import re
import textwrap
from collections.abc import Iterator

from benchmarks.formats import without_addresses
from benchmarks.reading.drawing import Drawn

WIDTH = 120
CLOSEST = 300  # characters of a closest passage


def written(drawn: Drawn) -> str:
    """Write a drawn answer out, with nothing that tells which version gave it."""
    return "\n".join(_lines(drawn))


def _lines(drawn: Drawn) -> Iterator[str]:
    answer = drawn.answer
    yield f"━━ {drawn.name} ━━ {answer.world} {answer.id}, {answer.kind}"
    for turn in answer.history:
        yield from _wrapped(f"{turn.role}: {turn.text}", "  before ")
    yield from _wrapped(answer.question, "QUESTION ")
    yield from _wrapped(answer.reference or "(nothing is known)", "   right ")
    for document, quote in zip(answer.gold, answer.quotes, strict=False):
        yield from _wrapped(f"“{quote}” — {document}", "   words ")
    yield f"── {answer.verdict}"
    for line in answer.text.splitlines() or ["(no text)"]:
        yield from _wrapped(line, "  ") if line.strip() else [""]
    text = _bare(answer.text)
    for cited in answer.citations:
        quote = "" if _bare(cited.quote) in text else f": “{' '.join(cited.quote.split())}”"
        yield from _wrapped(f"{cited.title}{quote}", f"  [{cited.number}] ")
    for place, shown in enumerate(answer.closest, 1):
        text = " ".join(shown.text.split())
        yield from _wrapped(f"{shown.title}: {text[:CLOSEST]}", f"  closest {place} ")


def _bare(text: str) -> str:
    """Keep the words, to see whether the text holds a quote already."""
    return " ".join(re.findall(r"\w+", without_addresses(text).lower()))


def _wrapped(text: str, lead: str) -> list[str]:
    return textwrap.wrap(text, WIDTH, initial_indent=lead, subsequent_indent=" " * len(lead)) or [lead.rstrip()]
