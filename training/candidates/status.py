"""Where candidates stand: the gate's word, and what the registry knows of the pointer, which has the last one."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from hone.workspace import Workspace
from training.candidates.candidates import Candidate, list_candidates
from training.candidates.drafts import Origin, origin_of
from training.gate.verdict import Decision


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A candidate, and what has become of it."""

    candidate: Candidate
    decision: Decision | Literal["undecided"]
    live: bool


def standings(workspace: Workspace) -> tuple[Standing, ...]:
    """Tell of every candidate, newest first; one that was promoted is so though its verdict was not rewritten yet."""
    moves = workspace.registry.moves()
    was_live = {move.generation.model.id for move in moves}
    live = moves[-1].generation.model.id if moves else ""
    return tuple(
        Standing(
            candidate=item,
            decision="promoted" if item.manifest.model in was_live else _said(item),
            live=item.manifest.model == live,
        )
        for item in list_candidates(workspace.home).found
    )


def left_unjudged(workspace: Workspace, origin: Origin, say: Callable[[str], None]) -> Candidate | None:
    """Find the newest candidate if the gate has not seen it, as after a kill between the two, and can still judge it.

    On other pairs it might be asked what it has learned from; `say` hears which it is.
    """
    for item in standings(workspace)[:1]:
        candidate = item.candidate
        if item.decision != "undecided" or candidate.pruned:
            continue
        if not (why := origin_of(candidate.manifest).differs(origin)):
            say(f"{candidate.version} was trained to the end and not judged; the gate sees it now.")
            return candidate
        say(f"{candidate.version} was trained to the end and not judged, and can't be any more: {why}.")
    return None


def _said(candidate: Candidate) -> Decision | Literal["undecided"]:
    return candidate.verdict.decision if candidate.verdict else "undecided"
