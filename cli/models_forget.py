"""`hone models forget-person`: forget a person, and say which models have learned from them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from cli.context import JSON, existing_workspace

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hone.workspace import Workspace
    from training.forgetting import Forgetting, Learned
    from training.gate.verdict import Verdict


def forget_person(
    name: Annotated[str, typer.Argument(help="The name, letter by letter as `hone searches list` shows it.")],
    retrain: Annotated[
        bool, typer.Option("--retrain", help="Train again without them, if a model has learned from them.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Don't ask.")] = False,
    as_json: Annotated[bool, JSON] = False,
) -> None:
    """Forget what a person searched for, asked, did and labelled. Example: `hone models forget-person ana --retrain`

    It says which models have learned from them, and these are marked from then on: a model can't unlearn, it can only
    be replaced by one that is trained without. Nothing brings back what was forgotten. `--retrain` begins from the
    encoder of the settings, and not from a model that may have something of them; its exit code is that of
    `hone models retrain`. The gate may say that it is no better than what is live: `hone models promote --force`.
    """
    from training.forgetting import forget_person as run
    from training.forgetting import learned_from

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
    verdict = _without(workspace) if retrain and gone.models else None
    if as_json:
        import json
        from dataclasses import asdict

        told = verdict.model_dump(mode="json") if verdict else None
        typer.echo(json.dumps({**asdict(gone), "verdict": told}, indent=2, ensure_ascii=False))
    else:
        _say_gone(name, gone, verdict)
    if verdict is not None and verdict.decision == "refused":
        from cli.models_retrain import REFUSED

        raise typer.Exit(REFUSED)


def _without(workspace: Workspace) -> Verdict:
    from cli.models_retrain import learn
    from training.plan import Plan

    return learn(workspace, Plan(base=workspace.settings.encoder.model or "default"))


def _say_models(name: str, models: Sequence[Learned]) -> None:
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


def _say_gone(name: str, gone: Forgetting, verdict: Verdict | None) -> None:
    from cli.models_retrain import print_verdict
    from cli.tables import visible

    typer.echo(
        f"Forgot {visible(name)}: {gone.searches:,} searches, {gone.events:,} events, {gone.asks:,} asks, "
        f"{gone.conversations:,} conversations and {gone.labels:,} labels."
    )
    for sentence in gone.unreadable:
        typer.secho(f"Nobody can tell of this model: {visible(sentence)}", fg="yellow")
    if verdict is not None:
        typer.echo("")
        print_verdict(verdict)
        if gone.live is not None and verdict.version and verdict.decision == "refused":
            typer.secho(
                f"{gone.live.version}, which has learned from them, stays live. To have {verdict.version}, which has "
                f"not, in its place all the same: hone models promote {verdict.version} --force",
                fg="yellow",
            )
    elif gone.live is not None:
        typer.echo(f"{gone.live.version}, which is live, has learned from them. → hone models retrain")
