"""Evidence that tests can write in one line."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from agents.records import Evidence
from hone.records import Hit

MakeEvidence = Callable[..., Evidence]


@pytest.fixture
def passage() -> MakeEvidence:
    """Make a piece of evidence of a number, a text and, if it matters, a title."""

    def make(number: int, text: str, title: str = "Leave") -> Evidence:
        hit = Hit(
            rank=number,
            document=f"handbook/{number}.md",
            passage=f"p{number}",
            title=title,
            heading=("Rules",),
            text=text,
            start=0,
            end=len(text),
            page=None,
            source="handbook",
            path=f"{number}.md",
            kind="md",
            url="",
            modified=datetime(2026, 5, number, tzinfo=UTC),
            score=1.0,
            channels={},
        )
        return Evidence(number=number, hit=hit, questions=frozenset({"q1"}))

    return make
