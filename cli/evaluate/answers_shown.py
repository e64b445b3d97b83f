"""A run of answers on a terminal."""

import typer

from cli.tables import print_table, visible
from eval.answers.runs.records import AnsweredQuestion
from eval.answers.runs.report import caveats, certainty_table, cost_line, latency_table, measures_table
from eval.answers.runs.summary import summarise
from eval.reports.blocks import Table
from eval.runs import REPORT, EvalRun, to_json
from eval.scores import read_scores


def print_answers(run: EvalRun) -> None:
    """Show what a run came to: measures with their coverage, what was left out, time and cost, where the report is."""
    settings = run.settings()
    lines = read_scores(run, AnsweredQuestion)
    summary = summarise(lines, [*settings["measures"], *settings["judge"].get("measures", ())])
    told = f"{settings['questions']['name']}: {summary.questions:,} answers, {summary.abstained:,} of them “not found”"
    typer.echo(visible(told))
    _print(measures_table(summary))
    for block in caveats(settings, summary):
        typer.secho(visible(block.text), fg="yellow" if block.warning else None)
    for title, table in (
        ("Is it right more often when it is confident?", certainty_table(summary)),
        ("Time", latency_table(summary)),
    ):
        if table.rows:
            typer.echo(f"\n{title}")
            _print(table)
    typer.echo(f"\ncost: {cost_line(summary)}\nrun {run.id}\nreport: {run.folder / REPORT}")


def tell_run(run: EvalRun) -> None:
    """Print a run as JSON."""
    typer.echo(to_json({"run": run.id, "folder": run.folder, **run.summary()}, indent=1))


def _print(table: Table) -> None:
    print_table(tuple(table.names), table.rows)
