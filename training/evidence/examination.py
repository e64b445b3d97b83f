"""How likely people look at each place of a page, and how many questions one stands for that was answered there.

Pages that the search itself shuffled tell, where there are enough of them. It is not guessed from pages that moved by
themselves, and no click is weighed by it: on the log where that was tried it changed no judgment.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from hone.log.traces import Traces
from training.evidence.randomised import ENOUGH, measure
from training.records import Evidence

Method = Literal["randomised", "default", "none"]

PLACES = 10  # beyond them a place counts as the last
# Where the log tells too little: examination falls with the square root of the place, between no bias and the 1/place
# that eye-tracking of web search found. A guess, and marked as one.
DEFAULT = tuple(place**-0.5 for place in range(1, PLACES + 1))
LEAST = 0.1  # no question stands for more than ten


@dataclass(frozen=True, slots=True, kw_only=True)
class ExaminationCurve:
    """How likely each place is looked at, the first being 1."""

    method: Method
    examination: tuple[float, ...]
    clicks: int = 0  # on neighbours that a coin put in order
    searches: int = 0  # with such neighbours
    gain: float = 0.0  # in log-likelihood, on searches that were held out, over no bias at all

    def inverse_propensity(self, rank: int) -> float:
        """Weigh a question by the place of its answer: who did not look so far down could not find it."""
        return 1 / max(LEAST, self.examination[min(rank, PLACES) - 1])


def estimate(traces: Traces, evidence: Sequence[Evidence]) -> ExaminationCurve:
    """Measure the curve from honest clicks on shuffled pages; none where it predicts held-out searches no better."""
    clicks = {(item.search, item.passage) for item in evidence if item.kind == "click"}
    shown = [seen for seen in traces.searches.values() if seen.id not in traces.answered]  # an answer is no list
    measured = measure(shown, clicks, DEFAULT)
    found: tuple[Method, tuple[float, ...]] = ("randomised", measured.examination)
    if measured.clicks < ENOUGH:
        found = ("default", DEFAULT)
    elif measured.gain <= 0:
        found = ("none", (1.0,) * PLACES)
    method, examination = found
    return ExaminationCurve(
        method=method,
        examination=examination,
        clicks=measured.clicks,
        searches=measured.searches,
        gain=measured.gain,
    )
