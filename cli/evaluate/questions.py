"""`hone evaluate questions`: candidate questions out of the documents, each with the passage that answers it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.context import JSON, existing_workspace

if TYPE_CHECKING:
    from agents.llm.client import Llm
    from hone.workspace import Workspace

FILE = "made-questions.jsonl"


def questions(
    count: Annotated[int, typer.Option(min=1, help="How many questions to make.")] = 100,
    out: Annotated[Path | None, typer.Option(help=f"The file to write; {FILE} in the workspace by default.")] = None,
    llm: Annotated[
        bool | None,
        typer.Option("--llm/--no-llm", help="Let an LLM write them; the default if hone.toml names one."),
    ] = None,
    source: Annotated[
        list[str] | None, typer.Option(help="Only from documents of this source. Can be repeated.")
    ] = None,
    person: Annotated[str, typer.Option("--as", help="Ask every question as this person of hone.toml.")] = "",
    at_once: Annotated[int, typer.Option(min=1, max=64, help="How many LLM calls at once.")] = 4,
    as_json: Annotated[bool, JSON] = False,
) -> None:
    """Make questions from the documents. Example: `hone evaluate questions --count 200 --out made.jsonl`

    Only questions whose passage the live search finds again are kept. They are kept apart from people's own questions.
    Run the command again to continue after an interruption, or to add new ones.
    """
    from cli.evaluate.runs import print_rows, print_run_json, print_where
    from cli.progress import shown_progress
    from eval.llm_batch import Pace
    from eval.question_generation.make import QuestionsJob, make_questions
    from hone.settings import asker_of

    workspace = existing_workspace()
    order = QuestionsJob(
        count=count,
        file=out or workspace.home / FILE,
        asker=asker_of(workspace.settings, person) if person else None,
        sources=frozenset(source or ()),
        llm=_llm(workspace, llm),
        pace=Pace(at_once=at_once),
    )
    with shown_progress() as progress:
        run = make_questions(workspace, order, progress)
    if as_json:
        print_run_json(run)
        return
    from cli.tables import visible
    from eval.question_generation.records import BIASED, MadeLine, kinds_table, without_lines
    from eval.runs import read_scores

    lines, summary = read_scores(run, MadeLine), run.summary()
    print_rows(kinds_table(lines))
    for line in without_lines(lines):
        typer.echo(visible(line))
    typer.echo(visible(f"\n{summary['added']:,} new questions in {order.file}"))
    if summary["kept"] < count:
        typer.secho(f"Found {summary['kept']:,} good questions of the {count:,} you asked for.", fg="yellow")
    typer.secho(BIASED, fg="yellow")
    print_where(run)


def _llm(workspace: Workspace, wanted: bool | None) -> Llm | None:
    if wanted is False:
        return None
    from agents.llm.client import open_llm
    from hone.errors import UsageError

    found = open_llm(workspace)
    if found is None and wanted:
        raise UsageError(
            "hone.toml names no LLM to write questions with.",
            hint='Name one: [llm]  base_url = "…"  model = "…", or take --no-llm.',
        )
    return found
