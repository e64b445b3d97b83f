"""`hone evaluate usage`: how the search does in everyday use, from the log."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.context import JSON, existing_workspace


def usage(
    weeks: Annotated[int, typer.Option(min=1, max=520, help="How many weeks, including this one.")] = 8,
    as_json: Annotated[bool, JSON] = False,
) -> None:
    """Show how well searches work for people: good, abandoned, rephrased. Example: `hone evaluate usage --weeks 12`

    By week and by group, with intervals and with what changed in between. Groups of fewer than five people are
    merged, and no question or name is shown.
    """
    from cli.evaluate.runs import print_rows, print_run_json, print_where
    from cli.tables import visible
    from eval.usage.report import caveats, rows_table
    from eval.usage.usage import keep_run, usage_of

    workspace = existing_workspace()
    found = usage_of(workspace, weeks)
    run = keep_run(workspace, found, weeks)
    if as_json:
        print_run_json(run)
        return

    typer.echo(f"{found.since:%Y-%m-%d} to {found.until:%Y-%m-%d}")
    print_rows(rows_table("", [found.all]))
    for text, warning in caveats(found):
        typer.secho(text, fg="yellow" if warning else None)
    typer.echo("")
    print_rows(rows_table("week from", found.weeks))
    if found.groups:
        typer.echo("")
        print_rows(rows_table("group", found.groups))
    for change in found.changes:
        typer.echo(visible(f"{change.at:%Y-%m-%d %H:%M}  {change.what}: {change.told}"))
    typer.echo("")
    print_where(run)
