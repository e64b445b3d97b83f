"""`hone models forget-person`: forget a person, and show which models learned from them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from cli.context import JSON, existing_workspace

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hone.workspace import Workspace
    from training.forget_person import Forgetting, LearnedModel
    from training.gate.verdict import Verdict


def forget_person(
    name: Annotated[str, typer.Argument(help="The name, exactly as `hone searches list` shows it.")],
    retrain: Annotated[
        bool, typer.Option("--retrain", help="Replace the live model if it learned from a forgotten person.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Don't ask.")] = False,
    as_json: Annotated[bool, JSON] = False,
) -> None:
    """Delete a person's searches, asks, events and labels for good. Example: `hone models forget-person ana --retrain`

    Models that learned from them are listed and marked, and so is every model trained on top of these: a model can't
    unlearn, it can only be replaced.

    If the live model is marked, for this person or an earlier one, `--retrain` first replaces it with the encoder of
    your settings, which has learned from nobody here, and then trains on top of that. If the new model is no better,
    that encoder stays live. The exit code is that of `hone models retrain`; `hone models prune` then deletes the
    marked models' files.
    """
    from training.forget_person import forget_person as run
    from training.forget_person import learned_from

    workspace = existing_workspace()
    known = workspace.log.known_of(name)
    if not as_json:
        _say_models(name, learned_from(workspace, name))
        typer.echo(
            f"{known.searches:,} searches and {known.events:,} events of {name} will be deleted for good, with their "
            "asks, conversations and labels."
        )
    if not yes:
        typer.confirm("Forget them?", abort=True, err=True)
    gone = run(workspace, name)
    verdict = _without(workspace, as_json=as_json) if retrain else None
    if as_json:
        import json
        from dataclasses import asdict

        from training.candidates.forgotten_models import live_with_forgotten

        outcome = verdict.model_dump(mode="json") if verdict else None
        plain = {**asdict(gone), "verdict": outcome, "live_is_clean": live_with_forgotten(workspace) is None}
        typer.echo(json.dumps(plain, indent=2, ensure_ascii=False))
    else:
        _say_gone(name, gone)
        _say_live(workspace, verdict)
    if verdict is not None and verdict.decision == "refused":
        from cli.models.retrain import REFUSED

        raise typer.Exit(REFUSED)


def _without(workspace: Workspace, *, as_json: bool) -> Verdict | None:
    """Replace a live model that learned from a forgotten person, and train on top of the clean one."""
    from cli.models.retrain import learn
    from cli.progress import shown_progress
    from training.forget_person import put_clean_live
    from training.plan import TrainingPlan

    with shown_progress() as progress:
        clean = put_clean_live(workspace, progress)
    if clean is None:
        return None
    typer.echo(f"{clean.model.id} ({clean.id}) is live. It has learned from nobody here.", err=as_json)
    return learn(workspace, TrainingPlan())


def _say_models(name: str, models: Sequence[LearnedModel]) -> None:
    from cli.tables import print_table, visible

    if not models:
        typer.echo(f"No model learned from {visible(name)}.")
        return
    typer.echo(f"These models learned from {visible(name)}:")
    rows = [
        ("→" if item.live else "", item.version, f"{item.evidence:,}", f"{item.measured:,}", ", ".join(item.through))
        for item in models
    ]
    print_table(("", "version", "learned from", "tested on", "built on"), rows)
    typer.echo("")


def _say_gone(name: str, gone: Forgetting) -> None:
    from cli.tables import visible

    typer.echo(
        f"Deleted everything of {visible(name)}: {gone.searches:,} searches, {gone.events:,} events, "
        f"{gone.asks:,} asks, {gone.conversations:,} conversations and {gone.labels:,} labels."
    )
    for sentence in gone.unreadable:
        typer.secho(f"You can't be sure about one model: {visible(sentence)}", fg="yellow")


def _say_live(workspace: Workspace, verdict: Verdict | None) -> None:
    """Print the result of training, and what to do if the live model learned from a forgotten person."""
    from cli.models.retrain import print_verdict
    from training.candidates.forgotten_models import live_with_forgotten

    if verdict is not None:
        typer.echo("")
        print_verdict(verdict)
    if (live := live_with_forgotten(workspace)) is not None:
        typer.secho(f"The live model, {live.version}, learned from a forgotten person.", fg="yellow")
        typer.echo("  → Run the same command with --retrain to replace it.")
