"""The claims that an LLM's text makes, read from it with their [1] markers."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from agents.heuristics.facts import numbers_of, terms_of
from agents.heuristics.quoting import TextSpan, cite
from agents.heuristics.sentences import Unit, units_of
from agents.records import Citation, Claim, Evidence
from retriever.cutting.sentences import sentence_starts

_MARK = r"[\[【]\s*\^?(?:passages?\s+|sources?\s+)?\d{1,3}(?:\s*[,;&–-]\s*\^?\d{1,3})*\s*[\]】](?!\()"
_MARKS = re.compile(rf"\s*(?:{_MARK}\s*)+", re.IGNORECASE)
_ONE = re.compile(_MARK, re.IGNORECASE)
_AFTER_STOP = re.compile(rf"([.!?…]+[\"'”’)*_]*)(\s*(?:{_MARK}[ \t]*)+)", re.IGNORECASE)
_RANGE = re.compile(r"(\d+)\s*[–-]\s*(\d+)")
_LEAD = re.compile(r"^\s*(?:[-*+•]\s+|\d{1,2}[.)]\s+|#{1,6}\s+|>\s+)")
_SOURCES = re.compile(r"^\W*(?:sources?|references?|citations?|quellen|footnotes?)\W*$", re.IGNORECASE)
_DEFINITION = re.compile(rf"^\s*{_MARK}\s*:", re.IGNORECASE)
_WORD = re.compile(r"\w")
_BULLETS = re.compile(r"[*+•]")
LONGEST_RANGE = 10  # passages in [1-9]; more is no citation


@dataclass(frozen=True, slots=True, kw_only=True)
class _Line:
    number: int
    lead: str
    text: str


def read_claims(text: str, evidence: Sequence[Evidence]) -> tuple[Claim, ...]:
    """Read what a text claims sentence by sentence, each citing the stretch that supports it best."""
    known = {item.number: item for item in evidence}
    return tuple(
        replace(_claim(sentence, known), line=line.number, lead=line.lead)
        for line in _lines(text)
        for sentence in _sentences(line.text)
    )


def _lines(text: str) -> Iterator[_Line]:
    """Yield lines without list marks, up to a list of sources."""
    for number, line in enumerate(text.splitlines()):
        if _SOURCES.match(line):
            return
        if _WORD.search(line) and not _DEFINITION.match(line):
            lead = _LEAD.match(line)
            mark = lead.group().strip() if lead else ""
            listed = _BULLETS.sub("-", mark.replace(")", ".")) if mark[:1] not in ("#", ">") else ""
            yield _Line(number=number, lead=listed, text=line[lead.end() if lead else 0 :].strip())


def _sentences(line: str) -> Iterator[str]:
    """Yield sentences with their markers inside, also where those were put behind the full stop."""
    line = _AFTER_STOP.sub(lambda match: f"{match.group(2).rstrip()}{match.group(1)} ", line).strip()
    starts = list(sentence_starts(line, 0, len(line)))
    for start, end in zip([0, *starts], [*starts, len(line)], strict=True):
        if _WORD.search(_ONE.sub("", line[start:end])):
            yield line[start:end].strip()


def _claim(sentence: str, known: Mapping[int, Evidence]) -> Claim:
    numbers = list(dict.fromkeys(number for mark in _ONE.findall(sentence) for number in _numbers(mark)))
    text = re.sub(r"\s+([.,;:!?])", r"\1", " ".join(_MARKS.sub(" ", sentence).split()))
    citations = tuple(_best(text, known[number]) for number in numbers if number in known)
    unknown = [f"[{number}]" for number in numbers if number not in known]
    return Claim(
        text=text,
        citations=citations,
        support="supported" if citations else "uncited",
        why=f"There is no passage {', '.join(unknown)}." if unknown else "",
    )


def _numbers(mark: str) -> Iterator[int]:
    for first, last in _RANGE.findall(mark):
        if 0 < int(last) - int(first) < LONGEST_RANGE:
            yield from range(int(first), int(last) + 1)
    yield from map(int, re.findall(r"\d+", mark))


def _best(claim: str, evidence: Evidence) -> Citation:
    """Cite the stretch, or two that follow each other, that has most of the claim."""
    units = units_of(evidence.hit)
    spans = [TextSpan(start=unit.start, end=unit.end) for unit in units]
    spans += [TextSpan(start=one.start, end=two.end) for one, two in pairwise(units) if _join(one, two)]
    whole = TextSpan(start=0, end=len(evidence.hit.text))
    wanted, counted = terms_of(claim), numbers_of(claim)

    def worth(span: TextSpan) -> float:
        text = evidence.hit.text[span.start : span.end]
        terms = terms_of(text)
        found = len(wanted & terms) + 2 * len(counted & numbers_of(text))
        return found - 0.02 * len(terms)  # of two that say as much, the shorter

    return cite(evidence, max(spans, key=worth, default=whole))


def _join(one: Unit, two: Unit) -> bool:
    return one.form == two.form == "sentence"
