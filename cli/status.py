"""What `hone documents status` prints."""

import json
import time
from dataclasses import asdict

import typer

from cli.sync_report import print_cut_short
from cli.tables import print_table, visible
from service.overview.corpus import Status

SHOWN = 20  # skipped files named; the rest are counted


def print_status(status: Status) -> None:
    """Print the figures."""
    print_table(
        ("source", "groups", "documents", "passages", "synced", "where"),
        [
            (
                item.name,
                ", ".join(item.groups),
                f"{item.documents:,}",
                f"{item.passages:,}",
                _ago(item.synced),
                item.location,
            )
            for item in status.sources
        ],
    )
    if status.rejections:
        typer.echo(f"\n{len(status.rejections):,} files couldn't be read:")
        for item in status.rejections:
            typer.secho(f"  {visible(item.path)}: {visible(item.reason)}", fg="yellow")
    if status.skipped:
        typer.echo(f"\n{len(status.skipped):,} files were skipped, because Hone can't read their formats:")
        for item in status.skipped[:SHOWN]:
            typer.echo(f"  {visible(item.path)}")
        if len(status.skipped) > SHOWN:
            typer.echo(f"  … and {len(status.skipped) - SHOWN:,} more: hone documents status --json")
    print_cut_short(status.cut_short)
    typer.echo("")
    if status.live is None:
        typer.echo("Nothing is indexed yet. → hone documents sync")
    else:
        typer.echo(f"Live: {status.live.id}, {status.live.passages:,} passages, {status.live.model.id}.")
    if status.live and status.behind:
        typer.echo("The last sync was interrupted, so the index is behind. → hone documents sync")


def _ago(moment: float | None) -> str:
    if moment is None:
        return "never completely"
    seconds = max(0.0, time.time() - moment)
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds / size:.0f} {unit} ago"
    return "just now"


def status_json(status: Status) -> str:
    """Write the figures as JSON."""
    live = status.live
    return json.dumps(
        {
            "sources": [asdict(source) for source in status.sources],
            "rejections": [asdict(item) for item in status.rejections],
            "skipped": [{"source": item.source, "path": item.path} for item in status.skipped],
            "cut_short": [asdict(item) for item in status.cut_short],
            "generation": live.id if live else None,
            "passages": live.passages if live else 0,
            "model": live.model.id if live else None,
            "behind": status.behind,
        },
        indent=2,
        default=sorted,  # groups
    )
