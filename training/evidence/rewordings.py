"""Where a question was put in other words until it led to something: the first wordings meant that too, perhaps."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from hone.log.interactions import Interaction, later_wordings
from training.records import Evidence, Kind

HALF = 0.5  # of what the success itself was worth
SUCCESS: frozenset[Kind] = frozenset({"relevant", "thumb_up", "accepted", "taken", "click"})


def from_rewordings(evidence: Sequence[Evidence], asked: Mapping[str, Interaction]) -> Iterator[Evidence]:
    """Return the last success of each chain to the wordings before it."""
    successes: dict[str, list[Evidence]] = defaultdict(list)
    for item in evidence:
        if item.kind in SUCCESS:
            successes[item.ask or item.search].append(item)
    for one in asked.values():
        if one.reformulated:
            yield from _of_chain(one, list(later_wordings(one, asked)), successes)


def _of_chain(
    first: Interaction, later: Sequence[Interaction], successes: Mapping[str, list[Evidence]]
) -> Iterator[Evidence]:
    none: list[Evidence] = []
    last = next((found for after in reversed(later) if (found := successes.get(after.id))), none)
    strongest: dict[str, Evidence] = {}
    for item in last:
        known = strongest.get(item.target)
        if item.person == first.person and (known is None or item.weight > known.weight):
            strongest[item.target] = item
    for item in strongest.values():
        yield replace(
            item,
            query=first.query,
            kind="reworded",
            grade=max(1, item.grade - 1),
            weight=item.weight * HALF,
            rank=None,  # it was not shown for that wording
        )
