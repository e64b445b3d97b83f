"""What `hone searches stats` prints."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from training.evidence.examination import ExaminationCurve
    from training.evidence.stats import Stats


def print_stats(stats: Stats) -> None:
    """Print how much can be learned from the log, what was dropped, and what is missing."""
    from cli.tables import print_table

    unread = f" {stats.unread:,} more belong to people who opted out and were skipped." if stats.unread else ""
    own = f" (with {stats.assistant:,} searches by the assistant)" if stats.assistant else ""
    typer.echo(f"{stats.searches:,} searches and {stats.asks:,} asks{own} were read.{unread}\n")
    evidence = [(one.says, f"{one.found:,}", f"{one.used:,}") for one in stats.evidence if one.found]
    if not evidence:
        typer.echo("There is nothing to learn from yet.\n")
    else:
        print_table(("evidence", "found", "used"), evidence)
        typer.echo("")
    reasons: Counter[str] = Counter()
    for item in stats.dropped:
        reasons[item.reason] += item.count
    if reasons:
        print_table(("not used because", "items"), [(why, f"{count:,}") for why, count in reasons.most_common()])
        typer.echo("")
    made = stats.amounts
    typer.echo(
        f"Result: {made.judgments:,} judgments, {made.pairs:,} of them positive for a passage: {made.questions:,} "
        f"questions in {made.clusters:,} clusters, about {made.documents:,} documents, from {made.people:,} people."
    )
    if stats.restricted:
        typer.echo(f"{stats.restricted:,} of these documents aren't open to everyone; training.restricted allows them.")
    typer.echo(_of_examination(stats.examination))
    lacking = [need for need in stats.needs if need.lacking]
    typer.echo("\nThere is enough data for training." if not lacking else "\nMissing before training makes sense:")
    for need in lacking:
        typer.echo(f"  {need.says}.")


def _of_examination(curve: ExaminationCurve) -> str:
    how = {
        "randomised": f"measured from {curve.clicks:,} clicks on randomly swapped neighbours, on "
        f"{curve.searches:,} pages",
        "default": f"assumed, because {curve.clicks:,} clicks on shuffled pages are too few to measure it",
        "none": "the same at every rank, because nothing else predicts clicks better",
    }[curve.method]
    return f"How often people see each rank is {how}. Rank 5 is seen {curve.examination[4]:.0%} as often as rank 1."
