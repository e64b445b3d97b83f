"""`hone index`: the generations of the index."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.context import JSON, PATIENCE, WAIT, existing_workspace
from cli.verify import verify

app = typer.Typer(no_args_is_help=True, help="Inspect, verify, rebuild and prune the index.")


@app.command("list")
def list_generations(as_json: Annotated[bool, JSON] = False) -> None:
    """List the built indexes (generations), newest first. Example: `hone index list`"""
    from datetime import UTC, datetime

    from cli.tables import print_json, print_table

    registry = existing_workspace().registry
    live = registry.live()
    rows = [
        {
            "generation": item.id,
            "live": live is not None and item.id == live.id,
            "state": item.state,
            "model": item.model.id,
            "passages": item.passages,
            "engine": item.engine,
            "built": datetime.fromtimestamp(item.built, UTC).isoformat(timespec="seconds"),
        }
        for item in registry.generations()
    ]
    if as_json:
        print_json(rows)
        return
    columns = ("generation", "state", "model", "passages", "engine", "built")
    print_table(("", *columns), [("→" if row["live"] else "", *(str(row[name]) for name in columns)) for row in rows])


@app.command()
def status(as_json: Annotated[bool, JSON] = False) -> None:
    """Show the live index: its model, its size, and whether it is up to date. Example: `hone index status`"""
    from cli.tables import print_json
    from retriever.indexing.keeping import require_live
    from retriever.library.library import Library
    from retriever.storing import engine_for

    workspace = existing_workspace()
    live = require_live(workspace)
    store = engine_for(workspace).open(live.id)
    facts = store.facts()
    store.close()
    behind = Library(workspace.database).count_changed(live.library_revision)
    card = live.model.card
    rows = {
        "generation": live.id,
        "model": live.model.id,
        "model_hash": card.hash,
        "dimensions": card.dimensions,
        "max_tokens": card.max_tokens,
        "engine": live.engine,
        "points": facts.points,
        "bytes": facts.bytes,
        "passages_not_indexed_yet": behind,
        **facts.details,
    }
    if as_json:
        print_json(rows)
        return
    for name, value in rows.items():
        typer.echo(
            f"{name.replace('_', ' ') + ':':<26}{value:,}"
            if isinstance(value, int)
            else f"{name.replace('_', ' ') + ':':<26}{value}"
        )


app.command("verify")(verify)


@app.command()
def rebuild(
    encoder: Annotated[
        str, typer.Option(help="Use another model: a folder, or a name in the local Hugging Face cache.")
    ] = "",
    wait: Annotated[float, WAIT] = PATIENCE,
) -> None:
    """Rebuild the index, and switch to it once it passes its checks. Example: `hone index rebuild`

    Searches keep working while it runs. Vectors that were computed before come from the cache.
    """
    from cli.progress import shown_progress
    from retriever.indexing.generations import rebuild as run

    workspace = existing_workspace()
    with workspace.writing("hone index rebuild", wait=wait), shown_progress() as progress:
        built = run(workspace, progress, encoder=encoder or None)
    typer.echo(f"Live: {built.id}, {built.passages:,} passages, {built.model.id}.")


@app.command()
def prune(
    keep: Annotated[int, typer.Option(min=1, help="How many to keep, including the live one.")] = 2,
    wait: Annotated[float, WAIT] = PATIENCE,
) -> None:
    """Delete old and damaged generations of the index. Example: `hone index prune --keep 1`"""
    from retriever.indexing.keeping import prune as run

    workspace = existing_workspace()
    with workspace.writing("hone index prune", wait=wait):
        dropped = run(workspace, keep)
    typer.echo(f"Deleted {', '.join(dropped)}." if dropped else "Nothing to delete.")
