"""Runs and comparisons on a terminal."""

from collections.abc import Sequence

import typer

from cli.tables import print_table, visible
from eval.comparing import SystemComparison
from eval.reports.blocks import Table
from eval.reports.comparison import changes_table, comparison_table, reach, regressions
from eval.reports.retrieval import caveats, means_table, slices_table
from eval.runs import REPORT, EvalRun
from eval.scores import RetrievedQuestion, read_scores
from eval.summary import summarise

WEAK_SLICES = 8  # shown on a terminal; the report has all


def print_retrieval(run: EvalRun) -> None:
    """Show a run of retrieval: means, what was left out, the weakest slices, and where the report is."""
    settings, summary = run.settings(), summarise(read_scores(run, RetrievedQuestion))
    typer.echo(
        f"{visible(settings['questions']['name'])}: {summary.scored:,} of {summary.questions:,} questions scored"
    )
    _print(means_table(summary))
    for block in caveats(settings, summary):
        typer.secho(visible(block.text), fg="yellow" if block.warning else None)
    slices = slices_table(summary, WEAK_SLICES)
    if slices.rows:
        typer.echo("\nWeakest slices")
        _print(slices)
    typer.echo(f"\nrun {run.id}\nreport: {run.folder / REPORT}")


def print_comparisons(comparisons: Sequence[SystemComparison], shown: int) -> None:
    """Show comparisons with one system: the figures, what could have been seen, what got worse."""
    first = comparisons[0]
    typer.echo(visible(f"{first.measure} against {first.before}"))
    _print(comparison_table(comparisons))
    for item in comparisons:
        typer.echo(f"\n{visible(item.after)}: {item.verdict}. {reach(item)}")
        if lost := regressions(item, shown):
            _print(changes_table(lost))


def headline(run: EvalRun) -> tuple[str, str]:
    """Return the name of a run's questions and its first figure."""
    questions = run.settings().get("questions")
    name = str(questions["name"]) if isinstance(questions, dict) else str(questions or "–")  # pyright: ignore[reportUnknownArgumentType]
    if not run.finished:
        return name, "interrupted"
    return name, str(run.summary().get("headline", ""))


def _print(table: Table) -> None:
    print_table(tuple(table.names), table.rows)
