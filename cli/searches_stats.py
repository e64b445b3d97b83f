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

    unread = f" {stats.unread:,} more are of people who opted out, and were not." if stats.unread else ""
    own = f", for which the assistant made {stats.assistant:,} searches," if stats.assistant else ""
    typer.echo(f"{stats.searches:,} searches and {stats.asks:,} asks{own} were looked at.{unread}\n")
    evidence = [(one.says, f"{one.found:,}", f"{one.used:,}") for one in stats.evidence if one.found]
    if not evidence:
        typer.echo("Nobody has done anything yet that a retriever could learn from.\n")
    else:
        print_table(("evidence", "found", "used"), evidence)
        typer.echo("")
    reasons: Counter[str] = Counter()
    for item in stats.dropped:
        reasons[item.reason] += item.count
    if reasons:
        print_table(("not used because", "pieces"), [(why, f"{count:,}") for why, count in reasons.most_common()])
        typer.echo("")
    made = stats.amounts
    typer.echo(
        f"That makes {made.judgments:,} judgments, {made.pairs:,} of them for a passage: {made.questions:,} questions "
        f"in {made.clusters:,} clusters, about {made.documents:,} documents, by {made.people:,} people."
    )
    if stats.restricted:
        typer.echo(f"{stats.restricted:,} of these documents not everybody may read: training.restricted allows them.")
    typer.echo(_of_examination(stats.examination))
    lacking = [need for need in stats.needs if need.lacking]
    typer.echo("\nThere is enough to train on." if not lacking else "\nStill missing before training makes sense:")
    for need in lacking:
        typer.echo(f"  {need.says}.")


def _of_examination(curve: ExaminationCurve) -> str:
    how = {
        "randomised": f"measured by {curve.clicks:,} clicks on neighbours that a coin put in order, on "
        f"{curve.searches:,} pages",
        "default": f"assumed: {curve.clicks:,} clicks on shuffled pages are too few to tell",
        "none": "the same at every place: nothing else predicts clicks better",
    }[curve.method]
    return (
        f"How far down people look is {how}; the fifth place is looked at {curve.examination[4]:.0%} as often as the "
        "first."
    )
