"""All defences in their order: first what is not honest, then how much anyone may weigh."""

from collections.abc import Callable, Sequence

from training.evidence.caps import cap, demand_agreement, let_age
from training.evidence.defence_rules import Setting
from training.evidence.filtering import Kept, summed
from training.evidence.spam import (
    quarantine_bursts,
    refuse_impossible_times,
    refuse_opted_out,
    refuse_own_documents,
    refuse_repetitions,
)
from training.records import Dropped, Evidence

Defence = Callable[[Sequence[Evidence], Setting], Kept]

# Bursts before repetitions, or a thousand clicks would be one; caps before agreement, or what is capped would agree.
HONEST: tuple[Defence, ...] = (
    refuse_opted_out,
    refuse_impossible_times,
    refuse_own_documents,
    quarantine_bursts,
)
FAIR: tuple[Defence, ...] = (refuse_repetitions, let_age, cap, demand_agreement)


def defend(evidence: Sequence[Evidence], setting: Setting, defences: Sequence[Defence] = (*HONEST, *FAIR)) -> Kept:
    """Let evidence through one defence after the other."""
    dropped: list[Dropped] = []
    for defence in defences:
        kept = defence(evidence, setting)
        evidence = kept.evidence
        dropped += kept.dropped
    return Kept(evidence=tuple(evidence), dropped=summed(dropped))
