"""One answer with everything that it can be measured against."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from agents.checking.check import read_claims
from agents.records import Claim, Evidence
from hone.records import Hit

_UNDATED = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class NotApplicable:
    """What a measure gives where it has nothing to measure; it is counted, and never taken for a zero."""

    why: str


Value = float | NotApplicable


@dataclass(frozen=True, slots=True, kw_only=True)
class CitedClaim:
    """A sentence of an answer, and the ids of the contexts that it cites; none where it cites nothing."""

    text: str
    ids: tuple[str, ...]
    beside: bool = False  # shown as what may be meant as well, not said


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerRecord:
    """An answer, and what is known about the right one.

    None stands for what was not recorded; empty for what was, and is nothing: a search that found nothing has contexts
    (), and a question that no document answers has reference ids ().
    """

    question: str
    response: str
    reference: str | None = None  # the answer that a person gave
    contexts: tuple[str, ...] | None = None  # texts of the passages that the answer was made from
    context_ids: tuple[str, ...] | None = None  # theirs, in the same order
    reference_contexts: tuple[str, ...] | None = None  # texts that the right answer stands on
    reference_ids: tuple[str, ...] | None = None  # ids of what holds the answer, of the same kind as context_ids
    claims: tuple[CitedClaim, ...] | None = None  # what the answer says, with its citations
    answerable: bool | None = None  # whether the documents hold the answer at all


def cited_claims(claims: Sequence[Claim]) -> tuple[CitedClaim, ...]:
    """Keep of an assistant's claims what citations are measured by: the text, and the passages each names."""
    return tuple(
        CitedClaim(
            text=claim.text,
            ids=tuple(dict.fromkeys(item.passage for item in claim.citations)),
            beside=claim.beside,
        )
        for claim in claims
    )


def read_cited_claims(response: str, contexts: Sequence[str], ids: Sequence[str]) -> tuple[CitedClaim, ...]:
    """Read what any system's answer claims from its text, where [2] cites the second context."""
    evidence = [
        Evidence(number=number, hit=as_hit(text, passage), questions=frozenset())
        for number, (text, passage) in enumerate(zip(contexts, ids, strict=True), 1)
    ]
    return cited_claims(read_claims(response, evidence))


def as_hit(text: str, passage: str = "") -> Hit:
    """Put a bare text in the record that the assistant's own code takes passages in."""
    return Hit(
        rank=1,
        document=passage,
        passage=passage,
        title="",
        heading=(),
        text=text,
        start=0,
        end=len(text),
        page=None,
        source="",
        path="",
        kind="text",
        url="",
        modified=_UNDATED,
        score=0.0,
        channels={},
    )
