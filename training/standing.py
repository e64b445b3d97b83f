"""Where candidates stand: the gate's word, and what the registry knows of the pointer, which has the last one."""

from dataclasses import dataclass
from typing import Literal

from hone.workspace import Workspace
from training.candidates import Candidate, list_candidates
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


def _said(candidate: Candidate) -> Decision | Literal["undecided"]:
    return candidate.verdict.decision if candidate.verdict else "undecided"
