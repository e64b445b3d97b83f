"""`hone settings`: what is in force, and what set it."""

from typing import Annotated

import typer

from cli.context import JSON, open_workspace


def settings(as_json: Annotated[bool, JSON] = False) -> None:
    """Print every setting, its value and where it came from. Example: `hone --home acme settings`"""
    from dataclasses import asdict

    from hone.settings import effective

    workspace = open_workspace()
    rows = list(effective(workspace.settings))
    if as_json:
        import json

        typer.echo(json.dumps([asdict(row) for row in rows], indent=2))
        return
    from rich.console import Console
    from rich.table import Table

    table = Table("setting", "value", "from", box=None, pad_edge=False)
    for row in rows:
        table.add_row(row.name, row.value, row.origin, style=None if row.origin == "default" else "bold")
    Console().print(table)
