"""All evidence that a log and labels hold, before anything defends against it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from eval.rating.store import Label
from hone.log.interactions import Interaction, interactions_of
from hone.log.traces import Traces
from retriever.library.library import Library
from retriever.ranking.words import content_words
from training.evidence.acts import from_acts
from training.evidence.answers import from_answers
from training.evidence.labels import from_labels
from training.evidence.rewordings import from_rewordings
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
    asked = {one.id: one for one in interactions_of(traces, content_words)}
    found = [*from_labels(labels, traces, library, dropped), *from_acts(traces, dropped)]
    found = _content(found, asked, traces, dropped)
    found += from_answers(traces, asked)
    found += list(from_rewordings(found, asked))
    return Gathered(
        evidence=tuple(found),
        dropped=(
            *(Dropped(reason=one.reason, kind=one.action, count=one.count) for one in traces.dropped),
            *(Dropped(reason=reason, kind=kind, count=count) for (reason, kind), count in sorted(dropped.items())),
        ),
    )


def _content(
    found: list[Evidence], asked: Mapping[str, Interaction], traces: Traces, dropped: Counter[tuple[str, str]]
) -> list[Evidence]:
    """Leave out what people clicked and opened before they put the question in other words: it did not do."""
    kept: list[Evidence] = []
    for item in found:
        after = asked.get(item.ask or traces.answered.get(item.search, item.search))
        if item.kind in UNSAID and after is not None and after.reformulated:
            dropped["the question was put in other words afterwards", item.kind] += 1
        else:
            kept.append(item)
    return kept
