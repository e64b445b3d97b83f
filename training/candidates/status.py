"""Where candidates stand: the gate's word, and what the registry knows of the pointer, which has the last one."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from hone.registry import Move
from hone.workspace import Workspace
from training.candidates.candidates import Candidate, list_candidates
from training.candidates.drafts import Origin, origin_of
from training.gate.verdict import Decision, Forced

FORCED = ", forced by "  # in the words that a move of the pointer is recorded with


@dataclass(frozen=True, slots=True, kw_only=True)
class CandidateStatus:
    """A candidate, and what has become of it."""

    candidate: Candidate
    decision: Decision | Literal["undecided"]
    live: bool
    forced: Forced | None = None  # how it went live although it had not passed


def candidate_statuses(workspace: Workspace) -> tuple[CandidateStatus, ...]:
    """List what became of every candidate, newest first; a promotion counts before its verdict is rewritten."""
    moves = workspace.registry.moves()
    was_live = {move.generation.model.id for move in moves}
    live = moves[-1].generation.model.id if moves else ""
    return tuple(
        CandidateStatus(
            candidate=item,
            decision="promoted" if item.manifest.model in was_live else _said(item),
            live=item.manifest.model == live,
            forced=forced_of(item, moves),
        )
        for item in list_candidates(workspace.home).found
    )


def promotion(version: str, by: str = "", *, forced: bool) -> str:
    """Say why the pointer moves to a candidate, for the registry, which is where a forced promotion is remembered."""
    return f"promote {version}{FORCED}{by}" if forced else f"promote {version}"


def forced_of(candidate: Candidate, moves: Sequence[Move]) -> Forced | None:
    """Check whether a candidate was put live by force, by whom and over which checks."""
    verdict = candidate.verdict
    for move in reversed(moves):
        if move.generation.model.id == candidate.manifest.model and move.why.startswith("promote "):
            _, forced, by = move.why.partition(FORCED)
            failed = tuple(check.name for check in verdict.checks if not check.passed) if verdict else ()
            return Forced(by=by, at=datetime.fromtimestamp(move.at, UTC), failed=failed) if forced else None
    return verdict.forced if verdict else None  # the generation was pruned, and its moves with it


def left_unjudged(workspace: Workspace, origin: Origin, say: Callable[[str], None]) -> Candidate | None:
    """Find the newest candidate if the gate has not seen it, as after a kill between the two, and can still judge it.

    On other pairs it might be asked what it has learned from; `say` hears which it is.
    """
    for item in candidate_statuses(workspace)[:1]:
        candidate = item.candidate
        if item.decision != "undecided" or candidate.pruned:
            continue
        if not (why := origin_of(candidate.manifest).differs(origin)):
            say(f"{candidate.version} was trained but not judged; the gate checks it now.")
            return candidate
        say(f"{candidate.version} was trained but not judged, and can't be any more: {why}.")
    return None


def _said(candidate: Candidate) -> Decision | Literal["undecided"]:
    return candidate.verdict.decision if candidate.verdict else "undecided"
