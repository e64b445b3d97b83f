"""What `hone documents` prints: the report of a sync, and where every source stands."""

import shlex
import time
from collections.abc import Sequence
from typing import Any

import typer

from cli.tables import print_table, visible
from retriever.indexing.keeping import NOT_INDEXED
from retriever.sources.intake import CutShort, SyncReport
from retriever.sources.sync import Synced
from service.overview.corpus import Status

SHOWN = 20  # failed files printed; `hone documents status` has them all
COUNTS = ("added", "changed", "renamed", "removed", "unchanged")


def print_synced(synced: Synced) -> None:
    """Print a sync for a person."""
    print_table(
        ("source", *COUNTS, "not read"),
        [
            (
                report.source,
                *(f"{getattr(report, name):,}" for name in COUNTS),
                f"{len(report.rejected) + report.known_rejected:,}",
            )
            for report in synced.reports
        ],
    )
    for report in synced.reports:
        _print_remarks(report)
    print_cut_short(synced.cut_short)
    for source, count in synced.orphans.items():
        typer.echo(f"Source {source} is no longer in the settings, so its {count:,} documents were removed.")
    live = synced.generation
    if live:
        typer.echo(f"Live: {live.id}, {live.passages:,} passages, {live.model.id} ({synced.seconds:.1f} s).")


def print_cut_short(documents: Sequence[CutShort]) -> None:
    """Name the documents that are only searched in part, the longest first."""
    if not documents:
        return
    typer.echo(f"{len(documents):,} long documents are only partly searchable:")
    for item in sorted(documents, key=lambda item: -item.passages)[:SHOWN]:
        typer.secho(f"  {visible(item.path)}: the first {item.kept:,} of {item.passages:,} passages", fg="yellow")
    if len(documents) > SHOWN:
        typer.echo(f"  … and {len(documents) - SHOWN:,} more: hone documents status --json")
    paths = shlex.join(item.path for item in documents[:1])
    typer.echo(f"  → Raise `passages` under [reading] in hone.toml, then run: hone documents sync --reread {paths}")


def _print_remarks(report: SyncReport) -> None:
    if report.regrouped:
        typer.echo(f"{report.source}: {report.regrouped:,} documents changed who can read them.")
    for item in report.rejected[:SHOWN]:
        typer.secho(f"  not read: {visible(item.path)}: {visible(item.reason)}", fg="yellow")
    if len(report.rejected) > SHOWN:
        typer.echo(f"  … and {len(report.rejected) - SHOWN:,} more: hone documents status")
    for item in report.warnings[:SHOWN]:
        typer.echo(f"  note: {visible(item.path)}: {visible(item.warning)}")
    if report.unsupported:
        kinds = ", ".join(f"{suffix} ({count})" for suffix, count in report.unsupported.most_common(8))
        typer.echo(f"  skipped, because Hone can't read these formats: {kinds}. See hone documents status")


def plain_sync(synced: Synced) -> dict[str, Any]:
    """Put a sync together as it is printed for programs."""
    reports = [
        {
            **{name: getattr(report, name) for name in ("source", *COUNTS, "regrouped", "known_rejected")},
            "problem": report.problem.message if report.problem else None,
            "rejected": report.rejected,
            "warnings": report.warnings,
            "unsupported": dict(report.unsupported),
        }
        for report in synced.reports
    ]
    live = synced.generation
    return {
        "sources": reports,
        "cut_short": synced.cut_short,
        "orphans": dict(synced.orphans),
        "generation": live.id if live else None,
        "passages": live.passages if live else 0,
        "model": live.model.id if live else None,
        "seconds": round(synced.seconds, 3),
    }


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
        typer.echo(f"{NOT_INDEXED} → hone documents sync")
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


def plain_status(status: Status) -> dict[str, Any]:
    """Put the figures together as it is printed for programs."""
    live = status.live
    return {
        "sources": status.sources,
        "rejections": status.rejections,
        "skipped": [{"source": item.source, "path": item.path} for item in status.skipped],
        "cut_short": status.cut_short,
        "generation": live.id if live else None,
        "passages": live.passages if live else 0,
        "model": live.model.id if live else None,
        "behind": status.behind,
    }
