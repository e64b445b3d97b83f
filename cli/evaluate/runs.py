"""Runs and comparisons on a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import typer

from cli.tables import print_table, visible
from eval.runs import REPORT, EvalRun, to_json

if TYPE_CHECKING:
    from eval.comparing import SystemComparison
    from eval.reports.blocks import Paragraph, Table

WEAK_SLICES = 8  # shown on a terminal; the report has all


def print_retrieval(run: EvalRun) -> None:
    """Print a run of retrieval: means, what was left out, the weakest slices, and where the report is."""
    from eval.reports.retrieval import caveats, means_table, slices_table
    from eval.runs import RetrievedQuestion, read_scores
    from eval.summary import summarise

    settings, summary = run.settings(), summarise(read_scores(run, RetrievedQuestion))
    typer.echo(
        f"{visible(settings['questions']['name'])}: {summary.scored:,} of {summary.questions:,} questions scored"
    )
    print_rows(means_table(summary))
    _print_caveats(caveats(settings, summary))
    slices = slices_table(summary, WEAK_SLICES)
    if slices.rows:
        typer.echo("\nWeakest slices")
        print_rows(slices)
    typer.echo("")
    print_where(run)


def print_answers(run: EvalRun) -> None:
    """Print a run of answers: measures with their coverage, what was left out, time, cost, and where the report is."""
    from eval.answers.runs.report import caveats, certainty_table, cost_line, latency_table, measures_table
    from eval.answers.runs.scoring import AnsweredQuestion
    from eval.answers.runs.summary import summarise
    from eval.runs import read_scores

    settings = run.settings()
    lines = read_scores(run, AnsweredQuestion)
    summary = summarise(lines, [*settings["measures"], *settings["judge"].get("measures", ())])
    name = visible(settings["questions"]["name"])
    typer.echo(f"{name}: {summary.questions:,} answers, {summary.abstained:,} of them “not found”")
    print_rows(measures_table(summary))
    _print_caveats(caveats(settings, summary))
    for title, table in (
        ("Is it right more often when it is confident?", certainty_table(summary)),
        ("Time", latency_table(summary)),
    ):
        if table.rows:
            typer.echo(f"\n{title}")
            print_rows(table)
    typer.echo(f"\ncost: {cost_line(summary)}")
    print_where(run)


def print_comparisons(comparisons: Sequence[SystemComparison], shown: int) -> None:
    """Print comparisons with one system: the figures, how small a difference they can detect, what got worse."""
    from eval.comparing import changes_table, comparison_table, reach, regressions

    first = comparisons[0]
    typer.echo(visible(f"{first.measure} against {first.before}"))
    print_rows(comparison_table(comparisons))
    for item in comparisons:
        typer.echo(f"\n{visible(item.after)}: {item.verdict}. {reach(item)}")
        if lost := regressions(item, shown):
            print_rows(changes_table(lost))


def headline(run: EvalRun) -> tuple[str, str]:
    """Return the name of a run's questions and its first figure."""
    questions = run.settings().get("questions")
    name = str(questions["name"]) if isinstance(questions, dict) else str(questions or "–")  # pyright: ignore[reportUnknownArgumentType]
    if not run.finished:
        return name, "interrupted"
    return name, str(run.summary().get("headline", ""))


def print_run_json(run: EvalRun) -> None:
    """Print a run as JSON."""
    typer.echo(to_json({"run": run.id, "folder": run.folder, **run.summary()}, indent=1))


def print_rows(table: Table) -> None:
    """Print a table of a report."""
    print_table(tuple(table.names), table.rows)


def print_where(run: EvalRun, *, err: bool = False) -> None:
    """Print a run's id and where its report is."""
    typer.echo(f"run {run.id}\nreport: {run.folder / REPORT}", err=err)


def _print_caveats(blocks: Iterable[Paragraph]) -> None:
    for block in blocks:
        typer.secho(visible(block.text), fg="yellow" if block.warning else None)
