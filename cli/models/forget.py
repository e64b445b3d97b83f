"""`hone models forget-person`: forget a person, and say which models have learned from them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from cli.context import JSON, existing_workspace

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hone.workspace import Workspace
    from training.forgetting.forgetting import Forgetting, LearnedModel
    from training.gate.verdict import Verdict


def forget_person(
    name: Annotated[str, typer.Argument(help="The name, letter by letter as `hone searches list` shows it.")],
    retrain: Annotated[
        bool, typer.Option("--retrain", help="Replace the live model, if it has learned from somebody forgotten.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Don't ask.")] = False,
    as_json: Annotated[bool, JSON] = False,
) -> None:
    """Forget what a person searched for, asked, did and labelled. Example: `hone models forget-person ana --retrain`

    It says which models have learned from them, and these are marked from then on, with all that is trained on top of
    them: a model can't unlearn, it can only be replaced. Nothing brings back what was forgotten.

    If the model that answers now is marked, by this person or one before, `--retrain` puts the encoder of the settings
    live in its place, which has learned from nobody here, and then trains on top of that. If nothing better comes of
    it, that encoder stays live. The exit code is that of `hone models retrain`; `hone models prune` then deletes what
    the marked models were.
    """
    from training.forgetting.forgetting import forget_person as run
    from training.forgetting.forgetting import learned_from

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

        told = verdict.model_dump(mode="json") if verdict else None
        plain = {**asdict(gone), "verdict": told, "live_is_clean": live_with_forgotten(workspace) is None}
        typer.echo(json.dumps(plain, indent=2, ensure_ascii=False))
    else:
        _say_gone(name, gone)
        _say_live(workspace, verdict)
    if verdict is not None and verdict.decision == "refused":
        from cli.models.retrain import REFUSED

        raise typer.Exit(REFUSED)


def _without(workspace: Workspace, *, as_json: bool) -> Verdict | None:
    """Put a clean model live where the live one is not, and train on top of it."""
    from cli.models.retrain import learn
    from cli.progress import shown_progress
    from training.forgetting.replacing import put_clean_live
    from training.plan import TrainingPlan

    with shown_progress() as progress:
        clean = put_clean_live(workspace, progress)
    if clean is None:
        return None
    typer.echo(f"{clean.model.id} is live ({clean.id}), which has learned from nobody here.", err=as_json)
    return learn(workspace, TrainingPlan())


def _say_models(name: str, models: Sequence[LearnedModel]) -> None:
    from cli.tables import print_table, visible

    if not models:
        typer.echo(f"No model has learned from {visible(name)}.")
        return
    typer.echo(f"These models have learned from {visible(name)}:")
    rows = [
        ("→" if item.live else "", item.version, f"{item.evidence:,}", f"{item.measured:,}", ", ".join(item.through))
        for item in models
    ]
    print_table(("", "version", "pieces learned from", "measured by", "by way of"), rows)
    typer.echo("")


def _say_gone(name: str, gone: Forgetting) -> None:
    from cli.tables import visible

    typer.echo(
        f"Forgot {visible(name)}: {gone.searches:,} searches, {gone.events:,} events, {gone.asks:,} asks, "
        f"{gone.conversations:,} conversations and {gone.labels:,} labels."
    )
    for sentence in gone.unreadable:
        typer.secho(f"Nobody can tell of this model: {visible(sentence)}", fg="yellow")


def _say_live(workspace: Workspace, verdict: Verdict | None) -> None:
    """Say what came of training, and what to do where a model that can't forget is live."""
    from cli.models.retrain import print_verdict
    from training.candidates.forgotten_models import live_with_forgotten

    if verdict is not None:
        typer.echo("")
        print_verdict(verdict)
    if (live := live_with_forgotten(workspace)) is not None:
        typer.secho(f"{live.version}, which is live, has learned from somebody forgotten.", fg="yellow")
        typer.echo("  → the same command with --retrain puts one live that has not")
