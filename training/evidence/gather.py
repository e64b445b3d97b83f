"""All evidence that a log and labels hold, before anything defends against it."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from eval.rating.store import Label
from retriever.library.library import Library
from training.chains import follow, turns_of
from training.evidence.acts import from_acts
from training.evidence.answers import from_answers
from training.evidence.labels import from_labels
from training.evidence.rewordings import from_rewordings
from training.records import Dropped, Evidence
from training.traces import Traces


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
    found += from_answers(traces, following)
    found += list(from_rewordings(found, turns, following))
    return Gathered(
        evidence=tuple(found),
        dropped=(
            *traces.dropped,
            *(Dropped(reason=reason, kind=kind, count=count) for (reason, kind), count in sorted(dropped.items())),
        ),
    )
