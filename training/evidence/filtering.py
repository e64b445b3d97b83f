"""What a step lets through, and what it drops for which reason."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from training.records import Dropped, Evidence


@dataclass(frozen=True, slots=True, kw_only=True)
class FilteredEvidence:
    """What is left of evidence."""

    evidence: tuple[Evidence, ...]
    dropped: tuple[Dropped, ...] = ()


def sieve(evidence: Iterable[Evidence], judge: Callable[[Evidence], Evidence | str]) -> FilteredEvidence:
    """Put each piece to a judge, who gives it back, changed or not, or says why it is dropped."""
    kept: list[Evidence] = []
    dropped: Counter[tuple[str, str]] = Counter()
    for item in evidence:
        verdict = judge(item)
        if isinstance(verdict, str):
            dropped[verdict, item.kind] += 1
        else:
            kept.append(verdict)
    return FilteredEvidence(evidence=tuple(kept), dropped=counted(dropped))


def counted(dropped: Counter[tuple[str, str]]) -> tuple[Dropped, ...]:
    """Return counts as records, in one order."""
    return tuple(Dropped(reason=reason, kind=kind, count=count) for (reason, kind), count in sorted(dropped.items()))


def summed(parts: Sequence[Dropped]) -> tuple[Dropped, ...]:
    """Add up what several steps dropped."""
    total: Counter[tuple[str, str]] = Counter()
    for item in parts:
        total[item.reason, item.kind] += item.count
    return counted(total)
