"""The deterministic check: every citation exists, was permitted, quotes to the letter, and supports its claim."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Literal

from agents.checking.support import echoing, reworded, wanting
from agents.heuristics.blocks import blocks_of
from agents.heuristics.facts import numbers_of, terms_of
from agents.heuristics.reading import read_plainly
from agents.heuristics.sentences import TextSpan, Unit, cite, find_quote, read_aloud, units_of
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
    if not numbers or (citations and not any(_holds(text, citation, known) for citation in citations)):
        citations = _found_for(text, known) or citations  # small models say it right, and count wrongly or not at all
    return Claim(
        text=text,
        citations=citations,
        support="supported" if citations else "uncited",
        why=f"There is no passage {', '.join(unknown)}." if unknown else "",
    )


def _found_for(text: str, known: Mapping[int, Evidence]) -> tuple[Citation, ...]:
    """Cite for a sentence that its writer gave no number, or a wrong one, the first passage that says it."""
    best = (_best(text, item) for item in known.values())
    return next(((citation,) for citation in best if _holds(text, citation, known)), ())


def _holds(text: str, citation: Citation, known: Mapping[int, Evidence]) -> bool:
    return not wanting(text, [_read_with(citation, known)])


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


def check(
    claims: Sequence[Claim], evidence: Sequence[Evidence], permitted: Collection[str], question: str = ""
) -> tuple[Claim, ...]:
    """Check every claim against the evidence; what fails is marked with why, and keeps only citations that hold.

    `permitted` are the ids of the passages that the asker was allowed to read when they were searched for.
    """
    known = {item.number: item for item in evidence}
    return tuple(_checked(claim, known, permitted, question) for claim in claims)


def _checked(claim: Claim, known: Mapping[int, Evidence], permitted: Collection[str], question: str) -> Claim:
    if not claim.citations:
        return replace(claim, support="uncited", why=claim.why or "It cites no passage.")
    faults = [fault for citation in claim.citations if (fault := _fault(citation, known, permitted))]
    citations = tuple(
        _exact(citation, known[citation.number])
        for citation in claim.citations
        if not _fault(citation, known, permitted)
    )
    if not citations:
        return replace(claim, citations=(), support="unsupported", why=" ".join(faults))
    if _is_quoted(claim.text, citations, known):
        return replace(claim, citations=citations, support="quoted", why="")
    why = wanting(claim.text, [_read_with(citation, known) for citation in citations])
    why = why or echoing(claim.text, question, [_whole(known[citation.number]) for citation in citations])
    support = "unsupported" if why else "supported"
    return replace(claim, citations=citations, support=support, why=" ".join([*faults, why]).strip())


def _fault(citation: Citation, known: Mapping[int, Evidence], permitted: Collection[str]) -> str:
    """Say why a citation does not hold; nothing of a passage that was not permitted is repeated."""
    found = known.get(citation.number)
    if found is None or found.hit.passage != citation.passage:
        return f"There is no passage [{citation.number}]."
    if citation.passage not in permitted:
        return f"The asker can't access passage [{citation.number}]."
    if find_quote(citation.quote, found.hit.text, citation.start - found.hit.start) is None:
        return f"The quote is not in passage [{citation.number}]."
    return ""


def _exact(citation: Citation, found: Evidence) -> Citation:
    span = find_quote(citation.quote, found.hit.text, citation.start - found.hit.start)
    return cite(found, span) if span else citation


def _is_quoted(text: str, citations: Sequence[Citation], known: Mapping[int, Evidence]) -> bool:
    """Check whether a claim is its quotes, as they stand or as one reads them: without marks, with column names."""
    plain = " ".join(text.split())
    if plain in {_joined(citation.quote for citation in citations), _joined(_read(citations))}:
        return True
    for citation in citations:
        if plain in {_joined([citation.quote]), _joined(_read([citation]))}:
            return True
        hit = known[citation.number].hit
        if any(unit.text == citation.quote and read_aloud(unit) == plain for unit in units_of(hit)):
            return True
        if any(hit.text[item.start : item.end] == citation.quote and item.text == text for item in blocks_of(hit)):
            return True
    return False


def _joined(texts: Iterable[str]) -> str:
    return " ".join(" ".join(texts).split())


def _read(citations: Sequence[Citation]) -> Iterator[str]:
    return (read_plainly(citation.quote) for citation in citations)


def _read_with(citation: Citation, known: Mapping[int, Evidence]) -> str:
    """Return a quote with what says what it is about: title, headings, and the columns of a row."""
    hit = known[citation.number].hit
    at = range(citation.start - hit.start, citation.end - hit.start)
    rows = [read_aloud(unit) for unit in units_of(hit) if unit.header and unit.start in at]
    return "\n".join((hit.title, *hit.heading, citation.quote, *rows))


def _whole(item: Evidence) -> str:
    return "\n".join((item.hit.title, *item.hit.heading, item.hit.text))


Supports = Literal["supported", "contradicted", "unclear"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Open:
    """A claim that a view may settle, by its place, and the texts that it rests on."""

    place: int
    claim: str
    passages: tuple[str, ...]


def open_claims(claims: Sequence[Claim], evidence: Sequence[Evidence]) -> tuple[Open, ...]:
    """Return the claims that are no quotes and either pass by their words, or lack nothing but words."""
    texts = {item.number: _whole(item) for item in evidence}
    found = ((place, claim, _passages(claim, texts)) for place, claim in enumerate(claims))
    return tuple(
        Open(place=place, claim=claim.text, passages=passages)
        for place, claim, passages in found
        if claim.support == "supported" or (claim.support == "unsupported" and reworded(claim.text, passages))
    )


def settled(claims: Sequence[Claim], asked: Sequence[Open], views: Sequence[Supports]) -> tuple[Claim, ...]:
    """Take a claim in that the view supports, and one out that it contradicts; unclear leaves it as it was."""
    by_place: dict[int, Supports] = {item.place: view for item, view in zip(asked, views, strict=True)}
    return tuple(_settled(claim, by_place.get(place, "unclear")) for place, claim in enumerate(claims))


def _settled(claim: Claim, view: Supports) -> Claim:
    if view == "supported" and claim.support == "unsupported":
        return replace(claim, support="supported", why="")
    if view == "contradicted" and claim.support == "supported":
        return replace(claim, support="unsupported", why="The LLM says the passage doesn't support this.")
    return claim


def _passages(claim: Claim, texts: Mapping[int, str]) -> tuple[str, ...]:
    return tuple(texts[number] for number in dict.fromkeys(citation.number for citation in claim.citations))
