"""Confirming by the LLM that grades search results."""

from collections.abc import Sequence
from datetime import UTC, datetime

from eval.rating.judge import Outcome, Pair
from eval.rating.llm_rater import LlmRater
from hone.records import Asker, Hit

BEST = 3  # grade
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class LlmConfirmer:
    """Turns grades from 0 to 3 into scores."""

    def __init__(self, rater: LlmRater) -> None:
        self._rater = rater

    def score(self, pairs: Sequence[tuple[str, str]]) -> Sequence[float | None]:
        """Score how well passages answer questions; one that got no grade has no score."""
        found: dict[tuple[str, str], float] = {}

        def heard(pair: Pair, outcome: Outcome) -> None:
            if isinstance(outcome, int):
                found[pair.query, pair.hit.text] = outcome / BEST

        if pairs:
            asked = [Pair(query=query, hit=_hit(text), asker=Asker()) for query, text in dict.fromkeys(pairs)]
            self._rater.grade(asked, heard)
        return [found.get(pair) for pair in pairs]


def _hit(text: str) -> Hit:
    """Show a text as a result; what a rater reads of it is the text alone, which has title and headings in it."""
    return Hit(
        rank=1,
        document="",
        passage="",
        title="",
        heading=(),
        text=text,
        start=0,
        end=len(text),
        page=None,
        source="",
        path="",
        kind="",
        url="",
        modified=EPOCH,
        score=0.0,
        channels={},
    )
