"""`hone models`: retrain from use, see what the gate decided, and choose the live model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from cli.context import JSON, WAIT, existing_workspace
from cli.models.forget import forget_person
from cli.models.retrain import retrain

if TYPE_CHECKING:
    from hone.registry import Generation

app = typer.Typer(no_args_is_help=True, help="Retrain from use, list and show models, promote, roll back and forget.")

PATIENCE = 600.0  # seconds that a change of the live model waits for its turn
VERSION = typer.Argument(help="A model, such as m0003, or `latest`.")


@app.command("list")
def list_models(as_json: Annotated[bool, JSON] = False) -> None:
    """List the models trained here, newest first. Example: `hone models list`

    An arrow marks the live one. Unfinished retrainings are listed too; `hone models retrain --resume` continues them.
    """
    from cli.models.listed import listed_json, print_listed, read_models

    listed = read_models(existing_workspace())
    typer.echo(listed_json(listed)) if as_json else print_listed(listed)


@app.command()
def show(version: Annotated[str, VERSION] = "latest", as_json: Annotated[bool, JSON] = False) -> None:
    """Show what a model learned from, and what the gate decided and why. Example: `hone models show m0003`

    `--json` prints the whole verdict and the whole manifest.
    """
    from cli.models.shown import print_shown, shown_json
    from training.candidates.candidates import find_candidate

    workspace = existing_workspace()
    candidate = find_candidate(workspace.home, version)
    typer.echo(shown_json(workspace, candidate)) if as_json else print_shown(workspace, candidate)


app.command()(retrain)


@app.command()
def promote(
    version: Annotated[str, VERSION],
    force: Annotated[bool, typer.Option("--force", help="Promote it even if the gate refused it.")] = False,
    wait: Annotated[float, WAIT] = PATIENCE,
    as_json: Annotated[bool, JSON] = False,
) -> None:
    """Switch to a model that passed the gate. Example: `hone models promote m0003`

    Its index is brought up to date first. Searches keep working meanwhile; each uses one model or the other.
    """
    import time

    from cli.progress import shown_progress
    from training.candidates.candidates import find_candidate
    from training.candidates.promoting import promote as run

    workspace = existing_workspace()
    candidate = find_candidate(workspace.home, version)
    before, began = workspace.registry.live(), time.monotonic()
    with shown_progress() as progress:
        after = run(workspace, candidate.version, progress, wait=wait, force=force, by=_account())
    _moved(before, after, time.monotonic() - began, as_json)


@app.command()
def rollback(wait: Annotated[float, WAIT] = PATIENCE, as_json: Annotated[bool, JSON] = False) -> None:
    """Go back to the model that was live before. Example: `hone models rollback`

    This takes less than a second, because its index still exists. Documents added since are indexed right after.
    """
    import time

    from cli.progress import shown_progress
    from training.candidates.promoting import rollback as run

    workspace = existing_workspace()
    before, began = workspace.registry.live(), time.monotonic()
    with shown_progress() as progress:
        after = run(workspace, progress, wait=wait)
    _moved(before, after, time.monotonic() - began, as_json)


@app.command()
def prune(
    keep: Annotated[int, typer.Option(min=0, help="How many of the newest models to leave alone.")] = 3,
    wait: Annotated[float, WAIT] = PATIENCE,
) -> None:
    """Delete the files of models that are neither live nor needed for a rollback. Example: `hone models prune --keep 1`

    Each takes as much space as the model it started from. The record of its training and of the gate's verdict stays.
    """
    from training.candidates.pruning import prune as run

    gone = run(existing_workspace(), keep, wait=wait)
    names = ", ".join(gone.versions)
    typer.echo(f"Deleted the files of {names}: {gone.bytes / 1e6:,.1f} MB." if names else "Nothing to delete.")


app.command("forget-person")(forget_person)


def _account() -> str:
    """Name the account that runs this command."""
    import getpass
    import os

    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user may have no name
        return f"user {os.getuid()}"


def _moved(before: Generation | None, after: Generation, took: float, as_json: bool) -> None:
    """Print which model was live and which is now."""
    if as_json:
        import json

        was = {"generation": before.id, "model": before.model.id} if before else None
        now = {"generation": after.id, "model": after.model.id}
        typer.echo(json.dumps({"from": was, "to": now, "seconds": round(took, 3)}, indent=2))
        return
    replaced = f", replacing {before.model.id} ({before.id})" if before and before.id != after.id else ""
    typer.echo(f"Live: {after.model.id} ({after.id}){replaced} ({took:.1f} s).")
