"""`hone verify`: is anything in the workspace damaged?"""

from __future__ import annotations

from typing import Annotated

import typer

from cli.context import JSON, open_workspace

COLORS = {"good": None, "damaged": "red", "missing": "red"}


def verify(as_json: Annotated[bool, JSON] = False) -> None:
    """Check documents, index, models, log, conversations and vectors for damage. Example: `hone verify`

    Each part is reported as good, damaged or missing, with what to do about it. The exit code is 1 unless all is good.
    Damage to the log is only found where it can't be read: there is no second copy to compare it with.
    """
    from cli.context import existing_workspace
    from cli.progress import shown_progress
    from cli.tables import print_json, visible
    from service.verifying import verify as run

    workspace = open_workspace()
    if not (workspace.home / "log.db").exists() and not workspace.index.exists():
        workspace = existing_workspace()
    with shown_progress() as progress:
        findings = list(run(workspace, progress))
    if as_json:
        print_json(findings)
    for item in () if as_json else findings:
        typer.secho(
            f"{item.thing}: {item.verdict}{visible(f': {item.said}' if item.said else '')}", fg=COLORS[item.verdict]
        )
        if item.remedy:
            typer.echo(f"  → {visible(item.remedy)}")
    if any(item.verdict != "good" for item in findings):
        raise typer.Exit(1)
