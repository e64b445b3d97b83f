"""The deterministic check: every citation exists, was permitted, quotes to the letter, and supports its claim."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from agents.checking.support import wanting
from agents.heuristics.quoting import cite, find_quote
from agents.heuristics.sentences import read_aloud, units_of
from agents.records import Citation, Claim, Evidence


def check(claims: Sequence[Claim], evidence: Sequence[Evidence], permitted: Collection[str]) -> tuple[Claim, ...]:
    """Check every claim against the evidence; what fails is marked with why, and keeps only citations that hold.

    `permitted` are the ids of the passages that the asker was allowed to read when they were searched for.
    """
    known = {item.number: item for item in evidence}
    return tuple(_checked(claim, known, permitted) for claim in claims)


def _checked(claim: Claim, known: Mapping[int, Evidence], permitted: Collection[str]) -> Claim:
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
    why = wanting(claim.text, [_surroundings(known[citation.number]) for citation in citations])
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
    """Check whether a claim is its quote, or a table's row read with its column names."""
    plain = " ".join(text.split())
    for citation in citations:
        if plain == " ".join(citation.quote.split()):
            return True
        units = units_of(known[citation.number].hit)
        if any(unit.text == citation.quote and read_aloud(unit) == plain for unit in units):
            return True
    return False


def _surroundings(found: Evidence) -> str:
    """Return what a passage is read with: title and headings say what it is about."""
    return "\n".join((found.hit.title, *found.hit.heading, found.hit.text))
