"""`hone verify`: is everything that is kept as it was written?"""

from __future__ import annotations

from typing import Annotated

import typer

from cli.context import JSON, open_workspace

COLORS = {"good": None, "damaged": "red", "missing": "red"}


def verify(as_json: Annotated[bool, JSON] = False) -> None:
    """Check everything that is kept: documents, index, models, log, conversations, vectors. Example: `hone verify`

    Each thing is good, damaged or missing, with what to do about it. The exit code is 1 unless all are good. A damaged
    log is only noticed where it can't be read: nothing says what stood in it.
    """
    import json
    from dataclasses import asdict

    from cli.context import existing_workspace
    from cli.progress import shown_progress
    from cli.tables import visible
    from service.verifying import verify as run

    workspace = open_workspace()
    if not (workspace.home / "log.db").exists() and not workspace.index.exists():
        workspace = existing_workspace()
    with shown_progress() as progress:
        findings = list(run(workspace, progress))
    if as_json:
        typer.echo(json.dumps([asdict(item) for item in findings], indent=2))
    for item in () if as_json else findings:
        typer.secho(
            f"{item.thing}: {item.verdict}{visible(f': {item.said}' if item.said else '')}", fg=COLORS[item.verdict]
        )
        if item.remedy:
            typer.echo(f"  → {visible(item.remedy)}")
    if any(item.verdict != "good" for item in findings):
        raise typer.Exit(1)
