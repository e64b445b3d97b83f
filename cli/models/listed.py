"""What `hone models list` prints."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from hone.registry import Generation
    from hone.workspace import Workspace
    from training.candidates.candidates import CandidateStatus
    from training.candidates.manifest import ModelManifest
    from training.gate.verdict import Forced
    from training.refusals import RefusedAttempt


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedModels:
    """Everything that is known about a workspace's models."""

    live: Generation | None
    candidate_statuses: tuple[CandidateStatus, ...]
    unreadable: tuple[str, ...]  # a sentence each
    unfinished: tuple[str, ...]
    attempt: RefusedAttempt | None  # the newest training, if it left no model
    forgotten: frozenset[str]  # versions that learned from a forgotten person

    @property
    def serving(self) -> str:
        """Name the live version; empty if it was not trained here."""
        return next((item.candidate.version for item in self.candidate_statuses if item.live), "")


def read_models(workspace: Workspace) -> ListedModels:
    """Read the models, the unfinished retrainings and the last one that left no model."""
    from training.candidates.candidates import candidate_statuses, list_candidates
    from training.candidates.drafts import abandoned
    from training.candidates.forgotten_models import forgotten_in
    from training.refusals import last_attempt

    found, attempt = candidate_statuses(workspace), last_attempt(workspace.home)
    if attempt and found and found[0].candidate.manifest.created > attempt.decided:
        attempt = None
    return ListedModels(
        live=workspace.registry.live(),
        candidate_statuses=found,
        unreadable=list_candidates(workspace.home).unreadable,
        unfinished=abandoned(workspace.home),
        attempt=attempt,
        forgotten=frozenset(item.candidate.version for item in found if forgotten_in(item.candidate.folder)),
    )


def print_listed(listed: ListedModels) -> None:
    """Print the models."""
    from cli.tables import print_table, visible

    names = ("", "version", "tier", "created (UTC)", "gate", "dev nDCG@10", "learned from", "base", "model")
    if listed.candidate_statuses:
        print_table(names, [_row(item, listed) for item in listed.candidate_statuses])
    elif listed.attempt is None:
        typer.echo("No models yet. → hone models retrain")
    for item in listed.candidate_statuses:
        if item.forced is not None:
            typer.secho(visible(f"{item.candidate.version} was {forced_in_words(item.forced)}."), fg="yellow")
    if listed.attempt is not None:
        typer.echo(f"The last retraining, {listed.attempt.decided:%Y-%m-%d %H:%M} UTC, produced no model:")
        for reason in listed.attempt.reasons or ("The reasons weren't kept.",):
            typer.echo(f"  – {visible(reason)}")
    typer.echo("")
    if listed.live is None:
        typer.echo("Nothing is live yet. → hone documents add FOLDER --group everyone")
    else:
        whence = f"version {listed.serving}" if listed.serving else "not trained here"
        typer.echo(f"Live: {listed.live.model.id} ({listed.live.id}), {whence}.")
    if listed.unfinished:
        names_left = ", ".join(listed.unfinished)
        typer.echo(f"Unfinished: {names_left}. → hone models retrain --resume")
    if gone := sorted(listed.forgotten):
        typer.secho(f"* Learned from a person who was forgotten: {', '.join(gone)}.", fg="yellow")
    if listed.serving in listed.forgotten:
        typer.secho(f"{listed.serving} is live. → hone models forget-person NAME --retrain", fg="yellow")
    for sentence in listed.unreadable:
        typer.secho(visible(sentence), fg="yellow")


def forced_in_words(forced: Forced) -> str:
    """Say who forced a model live, when, and which checks it had failed."""
    by = f" by {forced.by}" if forced.by else ""
    over = f"although it failed {', '.join(forced.failed)}" if forced.failed else "without passing the gate"
    return f"forced live{by} on {forced.at:%Y-%m-%d %H:%M} UTC, {over}"


def _row(item: CandidateStatus, listed: ListedModels) -> tuple[str, ...]:
    manifest, score = item.candidate.manifest, score_of(item.candidate.manifest)
    mark = " *" if item.candidate.version in listed.forgotten else ""
    mark += ", pruned" if item.candidate.pruned else ""
    return (
        "→" if item.live else "",
        item.candidate.version,
        manifest.tier,
        f"{manifest.created:%Y-%m-%d %H:%M}",
        f"{item.decision}{', forced' if item.forced else ''}{mark}",
        "–" if score is None else f"{score:.3f}",
        f"{manifest.pairs.get('train', 0):,} pairs",
        manifest.base,
        manifest.model,
    )


def score_of(manifest: ModelManifest) -> float | None:
    """Return the dev score of the chosen tier."""
    return next((tried.score for tried in manifest.tried if tried.tier == manifest.tier), None)


def listed_json(listed: ListedModels) -> str:
    """Write the models as JSON."""
    import json

    live = listed.live
    plain: dict[str, Any] = {
        "live": {"generation": live.id, "model": live.model.id, "version": listed.serving or None} if live else None,
        "models": [_plain(item, listed) for item in listed.candidate_statuses],
        "unfinished": list(listed.unfinished),
        "unreadable": list(listed.unreadable),
        "refused_without_model": listed.attempt.model_dump(mode="json") if listed.attempt else None,
    }
    return json.dumps(plain, indent=2, ensure_ascii=False)


def _plain(item: CandidateStatus, listed: ListedModels) -> dict[str, Any]:
    manifest = item.candidate.manifest
    return {
        "version": item.candidate.version,
        "model": manifest.model,
        "tier": manifest.tier,
        "base": manifest.base,
        "created": manifest.created.isoformat(),
        "decision": item.decision,
        "forced": item.forced.model_dump(mode="json") if item.forced else None,
        "dev": score_of(manifest),
        "tried": {tried.tier: tried.score for tried in manifest.tried if tried.seconds},
        "pairs": manifest.pairs,
        "live": item.live,
        "forgotten": item.candidate.version in listed.forgotten,
        "pruned": item.candidate.pruned,
    }
