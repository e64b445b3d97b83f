"""What became of feedback: which models learned from it, and which of a person's questions changed with them."""

import logging
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from hone.errors import HoneError
from hone.workspace import Workspace
from service.overview.models import manifests, verdicts
from training.candidates.promotion_impact import Outcome, read_outcomes
from training.gate.verdict import Decision

log = logging.getLogger(__name__)

Change = Literal["better", "worse", "same"]
NOTICEABLE = 0.01  # of a score between 0 and 1; less is nothing that a person would see


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """One model that learned from one piece of feedback."""

    model: str
    training_set: str
    at: datetime
    live: bool
    decision: Decision | None  # none: the gate has not seen it yet


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """How a question of somebody's does with a model that was trained since they asked it."""

    model: str
    change: Change
    before: float
    after: float


def uses_of(workspace: Workspace, event_ids: Collection[str]) -> Mapping[str, tuple[Use, ...]]:
    """Find for each event which models learned from it, newest first; one that was not used is left out."""
    decided: dict[str, Decision] = {verdict.model: verdict.decision for verdict in verdicts(workspace.home)}
    live, wanted = workspace.registry.live(), frozenset(event_ids)
    found: dict[str, tuple[Use, ...]] = {}
    for manifest in manifests(workspace.home):
        use = Use(
            model=manifest.model,
            training_set=manifest.training_set,
            at=manifest.created,
            live=live is not None and live.model.id == manifest.model,
            decision=decided.get(manifest.model),
        )
        for event in wanted & manifest.evidence:
            found[event] = (*found.get(event, ()), use)
    return found


def changes_of(workspace: Workspace, search_ids: Collection[str]) -> Mapping[str, Changed]:
    """Compare by search how questions do with the live model that were asked before it was trained."""
    live, wanted = workspace.registry.live(), frozenset(search_ids)
    if live is None:
        return {}
    return {
        outcome.search_id: Changed(
            model=manifest.model,
            change=_change(outcome.after - outcome.before),
            before=outcome.before,
            after=outcome.after,
        )
        for manifest in manifests(workspace.home)
        if manifest.model == live.model.id
        for outcome in _outcomes(workspace, manifest.version)
        if outcome.search_id in wanted
    }


def _outcomes(workspace: Workspace, version: str) -> Sequence[Outcome]:
    """Read what became of questions; a page about feedback must not fail where that can't be read."""
    try:
        return read_outcomes(workspace.home, version)
    except HoneError as error:
        log.warning("%s", error.message)
        return ()


def _change(difference: float) -> Change:
    if abs(difference) < NOTICEABLE:
        return "same"
    return "better" if difference > 0 else "worse"
