"""The report of a sync: counts for each source, which files failed and why, and what is live now."""

import json
import shlex
from collections.abc import Sequence
from dataclasses import asdict

import typer

from cli.tables import print_table, visible
from retriever.sources.intake import CutShort, SyncReport
from retriever.sources.sync import Synced

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


def synced_json(synced: Synced) -> str:
    """Write a sync as JSON."""
    reports = [
        {
            **{name: getattr(report, name) for name in ("source", *COUNTS, "regrouped", "known_rejected")},
            "problem": report.problem.message if report.problem else None,
            "rejected": [asdict(item) for item in report.rejected],
            "warnings": [asdict(item) for item in report.warnings],
            "unsupported": dict(report.unsupported),
        }
        for report in synced.reports
    ]
    live = synced.generation
    return json.dumps(
        {
            "sources": reports,
            "cut_short": [asdict(item) for item in synced.cut_short],
            "orphans": dict(synced.orphans),
            "generation": live.id if live else None,
            "passages": live.passages if live else 0,
            "model": live.model.id if live else None,
            "seconds": round(synced.seconds, 3),
        },
        indent=2,
        default=sorted,  # groups
    )
