"""Whether enough has come from use since the last training for another one to be worth its time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from pathlib import Path

import sqlalchemy as sa

from hone.log.asks import ASKS
from hone.log.rows import EVENTS, stamp
from hone.workspace import Workspace
from training.candidates.candidates import list_candidates
from training.evidence.labels import labels_of
from training.evidence.rules import EvidenceRules
from training.evidence.stats import Need, amounts_of, needs
from training.evidence.usable import Usable, find_usable
from training.gate.verdict import Verdict
from training.records import RelevanceEvidence
from training.refusals import last_attempt

ENOUGH = 300  # new pieces of evidence; a gain that so few bring is about what the gate can tell
GROWTH = 0.2  # or this much more than there was, where there was little
REST = timedelta(days=1)  # after a refusal: what was refused in the morning is refused at noon
GROWTH_AFTER_REFUSAL = 0.5  # unless there is this much more


@dataclass(frozen=True, slots=True, kw_only=True)
class LastTraining:
    """The newest training that came to an end."""

    name: str  # m0003; empty where it was refused before there was a candidate
    at: datetime  # when it read the log: what was said and done until then, it knew
    refused: datetime | None
    grounds: frozenset[str] = frozenset()  # that its pairs rest on


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceCount:
    """How many pieces of usable evidence there are."""

    before: int
    fresh: int  # since the last training


@dataclass(frozen=True, slots=True, kw_only=True)
class RetrainDecision:
    """Whether to train now."""

    due: bool
    why: str  # a sentence
    came: EvidenceCount


def should_retrain(workspace: Workspace, rules: EvidenceRules, now: datetime) -> RetrainDecision:
    """Decide whether to train; the log is only looked into where something has come since the last time."""
    last = last_training(workspace.home)
    if last is not None and not _grew(workspace, last.at):
        return RetrainDecision(
            due=False, why=f"Nothing is new since {_named(last)}.", came=EvidenceCount(before=0, fresh=0)
        )
    usable = find_usable(workspace, rules, now=now)
    return decide(usable, last, now)


def decide(usable: Usable, last: LastTraining | None, now: datetime) -> RetrainDecision:
    """Hold what there is against what there was."""
    came = count_new(usable.evidence, last)
    if lacking := [need for need in needs(amounts_of(usable)) if need.lacking]:
        return RetrainDecision(due=False, why=_lacking(lacking), came=came)
    if last is None:
        return RetrainDecision(
            due=True, why=f"No model was trained yet, and {came.fresh:,} pieces of evidence are enough.", came=came
        )
    wanted = min(ENOUGH, max(1, ceil(GROWTH * came.before)))
    resting = last.refused is not None and now - last.refused < REST
    if resting:
        wanted = max(wanted, ceil(GROWTH_AFTER_REFUSAL * came.before))
    since = f"{came.fresh:,} new pieces of evidence since {_named(last)}, after {came.before:,} before"
    if came.fresh >= wanted:
        return RetrainDecision(due=True, why=f"{since}.", came=came)
    patience = " within a day of a refusal" if resting else ""
    return RetrainDecision(due=False, why=f"{since}; {wanted:,} are needed{patience}.", came=came)


def count_new(evidence: Sequence[RelevanceEvidence], last: LastTraining | None) -> EvidenceCount:
    """Count what is new: later than the last training read the log, and in none of its pairs."""
    if last is None:
        return EvidenceCount(before=0, fresh=len(evidence))
    fresh = sum(item.when > last.at and last.grounds.isdisjoint(item.grounds) for item in evidence)
    return EvidenceCount(before=len(evidence) - fresh, fresh=fresh)


def last_training(home: Path) -> LastTraining | None:
    """Find the newest training; one that the gate has not judged counts as refused when it was made."""
    found = [
        LastTraining(
            name=candidate.version,
            at=candidate.manifest.read or candidate.manifest.created,
            refused=_refused(candidate.manifest.created, candidate.verdict),
            grounds=candidate.manifest.evidence | candidate.manifest.measured,
        )
        for candidate in list_candidates(home).found[:1]
    ]
    if (tried := last_attempt(home)) is not None:
        found.append(LastTraining(name="", at=tried.read, refused=tried.decided))
    return max(found, key=lambda last: last.at, default=None)


def _refused(created: datetime, verdict: Verdict | None) -> datetime | None:
    if verdict is None:
        return created
    return verdict.decided if verdict.decision == "refused" else None


def _grew(workspace: Workspace, since: datetime) -> bool:
    """Check whether anything that could be evidence was logged or labelled after a moment."""
    with workspace.log_database.read() as connection:
        newer = [sa.exists().where(table.c.timestamp > stamp(since)) for table in (EVENTS, ASKS)]
        if connection.execute(sa.select(sa.or_(*newer))).scalar():
            return True
    return any(datetime.fromisoformat(label.made) > since for label in labels_of(workspace))


def _named(last: LastTraining) -> str:
    return last.name or f"the attempt on {last.at:%Y-%m-%d %H:%M} UTC"


def _lacking(lacking: Sequence[Need]) -> str:
    told = ", ".join(f"{need.lacking:,} more {need.what}" for need in lacking)
    return f"There is too little to train on: {told} needed."
