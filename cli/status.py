"""Where every source stands, and whether the index has heard of it all."""

import json
import time
from dataclasses import asdict, dataclass

import typer

from cli.tables import print_table, visible
from hone.registry import Generation
from hone.workspace import Workspace
from retriever.library.library import Library
from retriever.library.rows import Rejection
from retriever.sources import known_sources, synced_times


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceStatus:
    """One source in figures."""

    name: str
    location: str
    groups: tuple[str, ...]
    documents: int
    passages: int
    synced: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """The whole library in figures."""

    sources: tuple[SourceStatus, ...]
    rejections: tuple[Rejection, ...]
    live: Generation | None
    behind: bool  # the library has changed since the live generation was built


def status_of(workspace: Workspace) -> Status:
    """Read the figures of a workspace."""
    library, live = Library(workspace.database), workspace.registry.live()
    times = synced_times(workspace.database)
    sources = known_sources(workspace.settings, workspace.database)
    return Status(
        sources=tuple(
            SourceStatus(
                name=name,
                location=str(source.location),
                groups=tuple(sorted(source.groups)),
                documents=library.count(name)[0],
                passages=library.count(name)[1],
                synced=times.get(name),
            )
            for name, source in sorted(sources.items())
        ),
        rejections=tuple(library.rejections()),
        live=live,
        behind=(live.library_revision if live else 0) < library.revision(),
    )


def print_status(status: Status) -> None:
    """Print the figures for a person."""
    print_table(
        ("source", "read by", "documents", "passages", "synced", "where"),
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
        typer.echo(f"\n{len(status.rejections):,} files could not be read:")
        for item in status.rejections:
            typer.secho(f"  {visible(item.path)}: {visible(item.reason)}", fg="yellow")
    typer.echo("")
    if status.live is None:
        typer.echo("Nothing is indexed yet. → hone documents sync")
    else:
        typer.echo(f"Live: {status.live.id}, {status.live.passages:,} passages, {status.live.model.id}.")
    if status.live and status.behind:
        typer.echo("The library has changed since: the last sync was cut off. → hone documents sync")


def _ago(moment: float | None) -> str:
    if moment is None:
        return "not to the end"
    seconds = max(0.0, time.time() - moment)
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds / size:.0f} {unit} ago"
    return "just now"


def status_json(status: Status) -> str:
    """Give the figures for a program."""
    live = status.live
    return json.dumps(
        {
            "sources": [asdict(source) for source in status.sources],
            "rejections": [asdict(item) for item in status.rejections],
            "generation": live.id if live else None,
            "passages": live.passages if live else 0,
            "model": live.model.id if live else None,
            "behind": status.behind,
        },
        indent=2,
    )
