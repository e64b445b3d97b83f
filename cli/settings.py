"""`hone settings`: every setting in force, and where it was set."""

from typing import Annotated

import typer

from cli.context import JSON, open_workspace


def settings(as_json: Annotated[bool, JSON] = False) -> None:
    """Print every setting, its value and where it was set. Example: `hone --home acme settings`"""
    from dataclasses import asdict

    from hone.settings import effective

    workspace = open_workspace()
    rows = list(effective(workspace.settings))
    if as_json:
        import json

        typer.echo(json.dumps([asdict(row) for row in rows], indent=2))
        return
    from cli.tables import print_table

    print_table(("setting", "value", "from"), [(row.name, row.value, row.origin) for row in rows])
