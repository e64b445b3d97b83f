"""Confirming by the LLM that grades search results."""

from collections.abc import Sequence

from eval.answers.records import as_hit
from eval.rating.judge import JudgedResult, Outcome
from eval.rating.llm_rater import LlmRater
from hone.records import Asker

BEST = 3  # grade


class LlmConfirmer:
    """Turns grades from 0 to 3 into scores."""

    def __init__(self, rater: LlmRater) -> None:
        self._rater = rater

    def score(self, pairs: Sequence[tuple[str, str]]) -> Sequence[float | None]:
        """Score how well passages answer questions; one that got no grade has no score."""
        found: dict[tuple[str, str], float] = {}

        def heard(pair: JudgedResult, outcome: Outcome) -> None:
            if isinstance(outcome, int):
                found[pair.query, pair.hit.text] = outcome / BEST

        if pairs:
            asked = [JudgedResult(query=query, hit=as_hit(text), asker=Asker()) for query, text in dict.fromkeys(pairs)]
            self._rater.grade(asked, heard)
        return [found.get(pair) for pair in pairs]
