"""Candidates that somebody else has looked at: only what answers a question clearly worse than its positive stays."""

from collections.abc import Sequence

from hone.progress import Progress
from training.mining.drawing import Candidate
from training.mining.records import Confirmer, MiningOrder
from training.mining.sieve import bound_of

Candidates = list[Candidate]


def confirm(
    order: MiningOrder, confirmer: Confirmer, given: Sequence[Candidates], progress: Progress
) -> list[Candidates]:
    """Keep of each pair's candidates as many as are wanted and confirmed, asking for no more than it takes."""
    scores: dict[tuple[str, str], float | None] = {}
    kept: list[Candidates] = [[] for _ in given]
    waiting = [list(candidates) for candidates in given]
    while asked := [place for place, left in enumerate(waiting) if left and _lacking(order, kept[place])]:
        parts = {place: waiting[place][: _lacking(order, kept[place])] for place in asked}
        wanted = dict.fromkeys(text for place in asked for text in _texts(order, place, parts[place]))
        unknown = [pair for pair in wanted if pair not in scores]
        progress.stage("confirming negatives", len(unknown))
        scores |= zip(unknown, confirmer.score(unknown), strict=True)
        progress.advance(len(unknown))
        for place, part in parts.items():
            del waiting[place][: len(part)]
            own, *others = (scores[text] for text in _texts(order, place, part))
            kept[place] += [item for item, score in zip(part, others, strict=True) if _worse(score, own, order)]
    return kept


def refused(order: MiningOrder, given: Sequence[Candidates], kept: Sequence[Candidates]) -> int:
    """Count the candidates that were looked at and not confirmed: all, where a pair is still short."""
    count = 0
    for candidates, good in zip(given, kept, strict=True):
        looked = len(candidates) if _lacking(order, good) else candidates.index(good[-1]) + 1
        count += looked - len(good)
    return count


def _lacking(order: MiningOrder, kept: Candidates) -> int:
    return order.rules.negatives - len(kept)


def _texts(order: MiningOrder, place: int, part: Candidates) -> list[tuple[str, str]]:
    pair = order.pairs[place]
    return [(pair.query, text) for text in (pair.text, *(order.passages.texts[item.row] for item in part))]


def _worse(score: float | None, positive: float | None, order: MiningOrder) -> bool:
    """Tell whether it is no answer; where the confirmer can't tell of either, nothing is confirmed."""
    if score is None or positive is None:
        return False
    return score <= min(order.rules.doubtful, bound_of(positive, order.rules.margin))
