"""All evidence that a log and labels hold, before anything defends against it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from eval.rating.store import Label
from retriever.library.library import Library
from training.evidence.acts import from_acts
from training.evidence.answers import from_answers
from training.evidence.labels import from_labels
from training.evidence.reformulations import Next, follow, turns_of
from training.evidence.rewordings import from_rewordings
from training.evidence.traces import Traces
from training.records import Dropped, Evidence

UNSAID = frozenset({"click", "taken"})  # done without a word


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathered:
    """What was found, and what said nothing."""

    evidence: tuple[Evidence, ...]
    dropped: tuple[Dropped, ...]


def gather(traces: Traces, labels: Sequence[Label], library: Library) -> Gathered:
    """Gather evidence of every kind, in an order that depends on the log alone.

    What nobody touched is no evidence of anything: a passage that was shown and passed over is never a negative.
    """
    dropped: Counter[tuple[str, str]] = Counter()
    turns = turns_of(traces)
    following = follow(traces, turns)
    found = [*from_labels(labels, traces, library, dropped), *from_acts(traces, dropped)]
    found = _content(found, following, traces, dropped)
    found += from_answers(traces, following)
    found += list(from_rewordings(found, turns, following))
    return Gathered(
        evidence=tuple(found),
        dropped=(
            *traces.dropped,
            *(Dropped(reason=reason, kind=kind, count=count) for (reason, kind), count in sorted(dropped.items())),
        ),
    )


def _content(
    found: list[Evidence], following: Mapping[str, Next], traces: Traces, dropped: Counter[tuple[str, str]]
) -> list[Evidence]:
    """Leave out what people clicked and opened before they put the question in other words: it did not do."""
    kept: list[Evidence] = []
    for item in found:
        after = following.get(item.ask or traces.answered.get(item.search, item.search))
        if item.kind in UNSAID and after is not None and after.reworded:
            dropped["the question was put in other words afterwards", item.kind] += 1
        else:
            kept.append(item)
    return kept
