"""Passages as a search would give them, made from a text."""

from datetime import UTC, datetime

from agents.records import Evidence
from hone.records import Channel, Hit

MARCH = datetime(2026, 3, 1, tzinfo=UTC)


def make_hit(
    text: str, document: str = "guide.md", *, modified: datetime = MARCH, score: float = 5.0, start: int = 100
) -> Hit:
    """Make a hit whose passage stands at an offset in its document."""
    return Hit(
        rank=1,
        document=document,
        passage=f"{document}#{start}",
        title=document.split(".")[0].title(),
        heading=(),
        text=text,
        start=start,
        end=start + len(text),
        page=None,
        source="handbook",
        path=document,
        kind=document.rsplit(".", maxsplit=1)[-1],
        url="",
        modified=modified,
        score=score,
        channels={"fused": Channel(rank=1, score=score)},
    )


def make_evidence(*hits: Hit | str) -> tuple[Evidence, ...]:
    """Number passages as an answerer gets them; a bare text becomes a document of its own."""
    made = [make_hit(item, f"doc{place}.md") if isinstance(item, str) else item for place, item in enumerate(hits, 1)]
    return tuple(Evidence(number=place, hit=hit, questions=frozenset({"q1"})) for place, hit in enumerate(made, 1))
