"""What answers say of passages: those they cited, and whether whoever asked was content."""

from collections import defaultdict
from collections.abc import Iterator, Mapping

from training.evidence.acts import Subject, answered, asked_by
from training.evidence.reformulations import Next
from training.evidence.traces import Asked, Traces
from training.records import STRENGTHS, Evidence, Kind

USED = frozenset({"open", "copy"})
GOOD = frozenset({"sufficient", "partial"})  # what an answer can be accepted with; "conflicting" left the choice open


def from_answers(traces: Traces, following: Mapping[str, Next]) -> Iterator[Evidence]:
    """Give what each answer stood on, and again for those that were accepted."""
    done = _done(traces)
    for asked in traces.asks.values():
        accepted = _accepted(asked, done[asked.id], following.get(asked.id))
        for subject in answered(asked, traces):
            yield _evidence("cited", asked, subject)
            if accepted:
                yield _evidence("accepted", asked, subject)


def _accepted(asked: Asked, done: frozenset[str], after: Next | None) -> bool:
    """Tell whether the answer did: used, or left for something else, and not put in other words.

    Silence alone says nothing: people also leave when they give up.
    """
    if not asked.person or asked.verdict not in GOOD or done & {"thumb_down", "reformulate"}:
        return False
    if after is not None and after.reworded:
        return False
    return bool(done & USED) or (after is not None and after.unrelated)


def _done(traces: Traces) -> Mapping[str, frozenset[str]]:
    done: defaultdict[str, frozenset[str]] = defaultdict(frozenset)
    for act in traces.acts:
        asked = asked_by(act, traces)
        if asked is not None and act.person in ("", asked.person):
            done[asked.id] |= {act.action}
    return done


def _evidence(kind: Kind, asked: Asked, subject: Subject) -> Evidence:
    strength = STRENGTHS[kind]
    return Evidence(
        query=subject.query,
        passage=subject.passage,
        document=subject.document,
        kind=kind,
        grade=strength.grade,
        weight=strength.weight * subject.share,
        person=asked.person,
        asked=asked.at,
        when=asked.at,
        grounds=(f"ask:{asked.id}",),
        ask=asked.id,
    )
