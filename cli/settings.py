"""`hone settings`: every setting in force, and where it was set."""

from typing import Annotated

from cli.context import JSON, open_workspace


def settings(as_json: Annotated[bool, JSON] = False) -> None:
    """Print every setting, its value and where it was set. Example: `hone --home acme settings`"""
    from cli.tables import print_json, print_table
    from hone.settings import effective

    workspace = open_workspace()
    rows = list(effective(workspace.settings))
    if as_json:
        print_json(rows)
        return
    print_table(("setting", "value", "from"), [(row.name, row.value, row.origin) for row in rows])
