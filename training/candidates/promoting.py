"""From a candidate to what is live, and back: one pointer moves, and everything before that can be done again."""

from datetime import UTC, datetime

from hone.errors import HoneError, UsageError
from hone.progress import Progress
from hone.registry import Generation, Move
from hone.workspace import Workspace
from retriever.indexing.beside import build_beside
from retriever.indexing.damage import damage_of, prove
from retriever.indexing.encoders import Encoders
from retriever.indexing.generations import bring_up_to_date
from retriever.indexing.keeping import before, require_live, tidy, way_back
from retriever.storing import engine_for
from training.candidates.candidates import (
    Candidate,
    find_candidate,
    forced_of,
    list_candidates,
    register,
    write_verdict,
)
from training.candidates.forgotten_models import forgotten_in, live_with_forgotten

PATIENCE = 600.0  # seconds to wait for another command's turn to end


def promote(
    workspace: Workspace,
    version: str,
    progress: Progress,
    *,
    force: bool = False,
    by: str = "",
    wait: float = PATIENCE,
) -> Generation:
    """Put a candidate live that has passed against the very model that is live, with all documents added meanwhile.

    Killed anywhere, it leaves the old or the new live, and running it again finishes it. `force` takes a candidate
    that was refused or not judged, or has learned from somebody forgotten; it is remembered that `by` did so.
    """
    version = find_candidate(workspace.home, version).version
    with workspace.writing(f"hone models promote {version}", wait=wait):
        candidate, moves = find_candidate(workspace.home, version), workspace.registry.moves()
        live, encoders = require_live(workspace), Encoders(workspace)
        _settle(workspace, live.model.id)
        if live.model.id == candidate.manifest.model:
            generation = bring_up_to_date(workspace, encoders, progress) or live
            tidy(workspace)
            return generation
        since = workspace.registry.move()
        _require_fit(candidate, moves, force=force)
        if not force:
            _require_clean(workspace, candidate)
        progress.stage("registering", None)
        model = register(workspace, candidate)
        generation = build_beside(workspace, model, progress)
        progress.stage("verifying", None)
        prove(workspace, encoders, generation)
        progress.stage("switching to the new model", None)
        forced = force and (candidate.verdict is None or candidate.verdict.decision == "refused")
        why, forced_by = (f"promote {version}, forced by {by}", by) if forced else (f"promote {version}", None)
        workspace.registry.point(generation.id, why, kind="promotion", forced_by=forced_by, since=since)
        progress.stage("tidying", None)
        tidy(workspace)
        progress.stage("writing the verdict", None)
        _settle(workspace, model.id)
    return generation


def rollback(workspace: Workspace, progress: Progress, *, wait: float = PATIENCE) -> Generation:
    """Go back to the model that was live before, at once and whoever else is at work; then bring it up to date.

    A model that was gone back from is not gone back to: rolling back twice goes two models back.
    """
    left = workspace.registry.live()
    back = _go_back(workspace)
    progress.stage(f"{back.model.id} is live again", None)
    try:
        with workspace.writing("hone models rollback", wait=wait):
            _settle(workspace, left.model.id if left else "")
            return bring_up_to_date(workspace, Encoders(workspace), progress) or back
    except HoneError as error:
        raise HoneError(
            f"{back.model.id} is live again, with the documents as of {_day(back.built)}. Newer ones are missing: "
            f"{error.message}",
            hint="Add them: hone documents sync",
        ) from error


def _require_clean(workspace: Workspace, candidate: Candidate) -> None:
    if forgotten_in(candidate.folder) and live_with_forgotten(workspace) is None:
        raise HoneError(
            f"{candidate.version} learned from a forgotten person, and the live model didn't.",
            hint="Train a model without them: hone models retrain. To promote it anyway: --force",
        )


def _require_fit(candidate: Candidate, moves: list[Move], *, force: bool) -> None:
    verdict, live = candidate.verdict, moves[-1].generation.model.id
    if verdict is None or verdict.decision == "refused":
        said = f"was refused: {' '.join(verdict.reasons)}" if verdict else "has not been compared with the live model."
        look = (
            f"See why: hone models show {candidate.version}"
            if verdict
            else "Compare them: hone models retrain --resume"
        )
        if not force:
            raise HoneError(f"{candidate.version} {said}", hint=f"{look}. To promote it anyway: --force")
    if verdict is not None and verdict.live != live:
        came = _took_over(moves)
        raise HoneError(
            f"{candidate.version} was compared with {verdict.live}, but {live} has been live since {_day(came.at)} "
            f"({came.why}).",
            hint="A candidate must beat the model it replaces. Train again: hone models retrain",
        )


def _took_over(moves: list[Move]) -> Move:
    """Find the move that the live model came with."""
    came = moves[-1]
    for move in reversed(moves):
        if move.generation.model.id != came.generation.model.id:
            break
        came = move
    return came


def _go_back(workspace: Workspace) -> Generation:
    registry, engine, encoders = workspace.registry, engine_for(workspace), Encoders(workspace)
    since = registry.move()
    moves = registry.moves()
    for item in before(moves):
        # One that was found damaged is read as a whole before it is believed; for the others that takes too long.
        if damage_of(engine, workspace, item, contents=item.state == "damaged"):
            registry.mark(item.id, "damaged")
            continue
        encoders.require_there(item.model.location)
        registry.point(item.id, "rollback", kind="rollback", since=since)
        return item
    way = way_back(moves)
    if len(way) < 2:
        raise UsageError(
            "There is no model to roll back to: no other was live, or its index was deleted.",
            hint="List the models: hone models list. Make any of them live: hone index rebuild --encoder MODEL",
        )
    raise HoneError(
        f"There is no usable index of {way[-2]} to roll back to.", hint="Build one: hone index rebuild --encoder MODEL"
    )


def _settle(workspace: Workspace, model: str) -> None:
    """Let a verdict say that its candidate was promoted, and if by force, which the pointer has said before."""
    moves = workspace.registry.moves()
    for item in list_candidates(workspace.home).found:
        if item.manifest.model == model and item.verdict and item.verdict.decision != "promoted":
            update = {"decision": "promoted", "forced": forced_of(item, moves)}
            write_verdict(workspace.home, item.verdict.model_copy(update=update))


def _day(at: float) -> str:
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d %H:%M} UTC"
