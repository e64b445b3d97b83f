"""`hone models`: retrain the retriever from use, see what the gate said of it, and say which model serves."""

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
VERSION = typer.Argument(help="Such as m0003, or `latest`.")


@app.command("list")
def list_models(as_json: Annotated[bool, JSON] = False) -> None:
    """List the models that were trained here, newest first. Example: `hone models list`

    The live one has an arrow. What a retraining left unfinished is named too: `hone models retrain --resume` goes on.
    """
    from cli.models.listed import listed_json, look, print_listed

    listed = look(existing_workspace())
    typer.echo(listed_json(listed)) if as_json else print_listed(listed)


@app.command()
def show(version: Annotated[str, VERSION] = "latest", as_json: Annotated[bool, JSON] = False) -> None:
    """Show what a model was made of, and all that the gate said of it. Example: `hone models show m0003`

    `--json` gives the whole verdict and the whole manifest.
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
    force: Annotated[bool, typer.Option("--force", help="Also a model that the gate has refused.")] = False,
    wait: Annotated[float, WAIT] = PATIENCE,
    as_json: Annotated[bool, JSON] = False,
) -> None:
    """Let a model serve that has passed the gate. Example: `hone models promote m0003`

    Its index is brought up to date first; searches go on meanwhile, and none mixes the two.
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
    """Let the model serve again that served before. Example: `hone models rollback`

    Its index is still there, so that it takes less than a second; what the library has gained since follows at once.
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
    keep: Annotated[int, typer.Option(min=0, help="How many of the newest keep theirs all the same.")] = 3,
    wait: Annotated[float, WAIT] = PATIENCE,
) -> None:
    """Delete the encoders of models that don't serve and can't be gone back to. Example: `hone models prune --keep 1`

    Each takes as much as the model that it began from. What a model was made of, and what the gate said, stays.
    """
    from training.candidates.pruning import prune as run

    gone = run(existing_workspace(), keep, wait=wait)
    names = ", ".join(gone.versions)
    typer.echo(f"Deleted the encoders of {names}: {gone.bytes / 1e6:,.1f} MB." if names else "Nothing to delete.")


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
    """Say from what to what the pointer moved."""
    if as_json:
        import json

        was = {"generation": before.id, "model": before.model.id} if before else None
        now = {"generation": after.id, "model": after.model.id}
        typer.echo(json.dumps({"from": was, "to": now, "seconds": round(took, 3)}, indent=2))
        return
    came = f", instead of {before.model.id} ({before.id})" if before and before.id != after.id else ""
    typer.echo(f"Live: {after.model.id} ({after.id}){came}; it took {took:.1f} s.")
