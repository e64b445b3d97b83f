"""Claims that words alone do not settle, and what an LLM's view makes of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from agents.checking.support import reworded
from agents.records import Claim, Evidence

Supports = Literal["supported", "contradicted", "unclear"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Open:
    """A claim that a view may settle, by its place, and the texts that it rests on."""

    place: int
    claim: str
    passages: tuple[str, ...]


def open_claims(claims: Sequence[Claim], evidence: Sequence[Evidence]) -> tuple[Open, ...]:
    """Return the claims that are no quotes and either pass by their words, or lack nothing but words."""
    texts = {item.number: "\n".join((item.hit.title, *item.hit.heading, item.hit.text)) for item in evidence}
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
