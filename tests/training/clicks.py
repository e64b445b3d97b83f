"""Clicks for tests of position bias."""

from datetime import timedelta

from tests.training.office import MORNING
from training.records import RelevanceEvidence


def click(search: str, query: str, passage: str, rank: int) -> RelevanceEvidence:
    """Click what was shown at a place."""
    return RelevanceEvidence(
        query=query,
        passage=passage,
        document=passage,
        kind="click",
        grade=1,
        weight=0.2,
        person="ana",
        asked=MORNING,
        when=MORNING + timedelta(seconds=9),
        grounds=(f"{search}{passage}",),
        search=search,
        rank=rank,
    )
