"""`hone evaluate`: how good retrieval and answers are, how sure that is, and the questions behind it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.context import JSON, existing_workspace
from cli.evaluate.answers import answers
from cli.evaluate.label import label
from cli.evaluate.models import models
from cli.evaluate.questions import questions
from cli.evaluate.rate import rate

if TYPE_CHECKING:
    from eval.comparing import Contender

app = typer.Typer(no_args_is_help=True, help="Score retrieval and answers; keep, list and compare runs.")

MEASURE = typer.Option("--measure", "-m", help="Such as nDCG@10, R@20, RR@10, AP@100, Success@20, all-gold@10, P@5.")


@app.command()
def retrieval(
    questions: Annotated[
        list[str], typer.Argument(help="BEIR folders, questions.jsonl files, TREC topics, or `log` for the search log.")
    ],
    measure: Annotated[list[str] | None, MEASURE] = None,
    leg: Annotated[
        list[str] | None,
        typer.Option(
            help="`page` (what people see) or one stage: `reranked`, `fused`, `dense`, `bm25`. All by default."
        ),
    ] = None,
    model: Annotated[
        list[str] | None,
        typer.Option(help="Compare with this index or registered model. Can be repeated."),
    ] = None,
    split: Annotated[str | None, typer.Option(help="Split of a BEIR folder; `test` by default.")] = None,
    qrels: Annotated[Path | None, typer.Option(help="The judgments, if QUESTIONS are TREC topics.")] = None,
    person: Annotated[str, typer.Option("--as", help="Ask every question as this person of hone.toml.")] = "",
    memory: Annotated[
        bool, typer.Option("--memory", help="Let what people confirmed lift results, as it does on the search page.")
    ] = False,
    as_json: Annotated[bool, JSON] = False,
) -> None:
    """Score the search on known answers. Example: `hone evaluate retrieval questions.jsonl --measure nDCG@10`

    Each question is searched with the permissions of the person who asks it. Run the same command again to continue an
    interrupted run. A model without an index gets a temporary one. Results are kept in the workspace:
    `hone evaluate list`.
    """
    from cli.evaluate.runs import print_retrieval, print_run_json
    from cli.progress import shown_progress
    from eval.data.questions import read_questions
    from eval.measures import DEFAULTS, parse_measure
    from eval.pinned import built_for, generations_of
    from eval.retrieval import RetrievalJob, evaluate_retrieval, parse_legs
    from training.candidates.training_overlap import find_taught

    workspace = existing_workspace()
    sets = [read_questions(workspace, name, split=split, qrels=qrels, person=person) for name in questions]
    measures = tuple(map(parse_measure, measure)) if measure else DEFAULTS
    legs, taught = parse_legs(workspace, leg or ()), find_taught(workspace)
    with built_for(workspace, model or (), shown_progress) as built:
        order = RetrievalJob(
            questions=sets[0],
            generations=generations_of(workspace, model or ()),
            measures=measures,
            legs=legs,
            taught=taught,
            memory=memory,
            built=built,
        )
        for item in sets:
            with shown_progress() as progress:
                run = evaluate_retrieval(workspace, replace(order, questions=item), progress)
            print_run_json(run) if as_json else print_retrieval(run)


@app.command()
def compare(
    runs: Annotated[list[str], typer.Argument(help="A run, then the candidates: ID, or ID:SYSTEM as in latest:dense.")],
    measure: Annotated[str, MEASURE] = "",
    shown: Annotated[int, typer.Option(min=0, help="How many regressions to list.")] = 10,
    report: Annotated[Path | None, typer.Option(help="Also write the HTML report to this file.")] = None,
    as_json: Annotated[bool, JSON] = False,
) -> None:
    """Compare systems question by question. Example: `hone evaluate compare latest:bm25 latest:fused`

    Without a system, a run's first is used; `latest` is the newest run with scores for single questions. With several
    candidates, p is corrected for their number (Holm). The report, with a scatter of the questions, is saved with
    the newest run.
    """
    from cli.evaluate.runs import print_comparisons
    from cli.output_file import output_file
    from eval.comparing import compare as run_comparison
    from eval.comparing import comparison_report, keep_comparison
    from eval.reports.writing import to_html
    from eval.runs import to_json
    from hone.errors import UsageError

    if len(runs) < 2:
        raise UsageError("Name at least two runs to compare.", hint="hone evaluate compare latest:bm25 latest:fused")
    chosen, contenders = _contenders(runs, measure)
    comparisons = run_comparison(contenders[0], contenders[1:], chosen)
    html = to_html(comparison_report(comparisons))
    if report:
        with output_file(report) as file:
            file.write(html)
    kept = keep_comparison(contenders, html)
    if as_json:
        typer.echo(to_json(comparisons, indent=1))
    else:
        print_comparisons(comparisons, shown)
        typer.echo(f"\nreport: {kept}")


@app.command("list")
def list_runs(as_json: Annotated[bool, JSON] = False) -> None:
    """List the runs, newest first. Example: `hone evaluate list`"""
    from cli.evaluate.runs import headline
    from cli.tables import print_table
    from eval.runs import list_runs as all_runs
    from eval.runs import to_json

    runs = all_runs(existing_workspace().home)
    if as_json:
        plain = [{**run.settings(), "finished": run.finished, "folder": run.folder} for run in runs]
        typer.echo(to_json(plain, indent=1))
        return
    rows = [(run.id, str(run.settings().get("kind", "")), *headline(run)) for run in runs]
    print_table(("run", "kind", "questions", "result"), rows)


@app.command()
def show(
    run: Annotated[str, typer.Argument(help="A run's id or the beginning of one, or `latest`.")] = "latest",
    as_json: Annotated[bool, JSON] = False,
) -> None:
    """Show the result of a run, and where its report is. Example: `hone evaluate show latest`"""
    from cli.evaluate.runs import print_run_json
    from cli.tables import visible_lines
    from eval.runs import MARKDOWN, REPORT, find_run

    found = find_run(existing_workspace().home, run)
    if as_json:
        print_run_json(found)
        return
    found.summary()  # says so where the run was interrupted
    typer.echo(visible_lines((found.folder / MARKDOWN).read_text(encoding="utf-8")))
    typer.echo(f"report: {found.folder / REPORT}", err=True)


def _contenders(names: list[str], measure: str) -> tuple[str, list[Contender]]:
    """Find the systems to compare, and the measure: by default the first of the first run."""
    from eval.comparing import contender, find_comparable
    from eval.measures import parse_measure
    from eval.runs import measures_of

    home = existing_workspace().home
    parsed = [name.partition(":") for name in names]
    runs = [(find_comparable(home, run), system) for run, _, system in parsed]
    there = measures_of(runs[0][0])
    chosen = measure if measure in there else str(parse_measure(measure)) if measure else there[0]
    return chosen, [contender(run, system, chosen) for run, system in runs]


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


for _command in (answers, rate, label, questions, models, usage):
    app.command()(_command)
