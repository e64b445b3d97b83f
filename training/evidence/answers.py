"""What answers say of passages: those they cited, and whether whoever asked was content."""

from collections.abc import Iterator, Mapping

from hone.log.interactions import Interaction
from hone.log.traces import AskTrace, Traces
from training.evidence.acts import Subject, answered
from training.records import STRENGTHS, Evidence, Kind

USED = frozenset({"open", "copy"})
GOOD = frozenset(
    {"sufficient", "best_match", "partial"}
)  # what an answer can be accepted with; "conflicting" left the choice open


def from_answers(traces: Traces, interactions: Mapping[str, Interaction]) -> Iterator[Evidence]:
    """Return what each answer stood on, and again for those that were accepted."""
    for asked in traces.asks.values():
        accepted = _accepted(interactions[asked.id])
        for subject in answered(asked, traces):
            yield _evidence("cited", asked, subject)
            if accepted:
                yield _evidence("accepted", asked, subject)


def _accepted(asked: Interaction) -> bool:
    """Check whether the answer did: used, or left for something else, and not put in other words.

    Silence alone says nothing: people also leave when they give up.
    """
    if not asked.person or asked.verdict not in GOOD or asked.refused or asked.reformulated:
        return False
    went_on = asked.follow_up is not None and asked.follow_up.relation == "unrelated"
    return went_on or not asked.actions.isdisjoint(USED)


def _evidence(kind: Kind, asked: AskTrace, subject: Subject) -> Evidence:
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
