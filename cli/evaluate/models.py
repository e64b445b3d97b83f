"""`hone evaluate models`: which embedding model fits these documents and questions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from cli.context import JSON, existing_workspace

if TYPE_CHECKING:
    from eval.reports.blocks import Block


def models(
    questions: Annotated[
        str,
        typer.Option("--questions", help="As for `hone evaluate retrieval`: a file, a BEIR folder, or `log`."),
    ],
    model: Annotated[
        list[str] | None,
        typer.Argument(help="Sentence-transformers folders, or names in this machine's Hugging Face cache."),
    ] = None,
    split: Annotated[str | None, typer.Option(help="Split of a BEIR folder; `test` by default.")] = None,
    person: Annotated[str, typer.Option("--as", help="Ask every question as this person of hone.toml.")] = "",
    as_json: Annotated[bool, JSON] = False,
) -> None:
    """Compare models on your own questions. Example: `hone evaluate models ./bge-small --questions questions.jsonl`

    The live model and the packaged one are always included. Nothing is downloaded, no code of a model runs, and the
    live index doesn't change. Vectors are kept, so an interrupted run continues, and a later index builds faster.
    """
    from cli.evaluate.runs import print_run_json, print_where
    from cli.progress import shown_progress
    from eval.data.questions import read_questions
    from eval.model_selection.models import ModelsJob, evaluate_models

    workspace = existing_workspace()
    order = ModelsJob(
        questions=read_questions(workspace, questions, split=split, person=person), models=tuple(model or ())
    )
    with shown_progress() as progress:
        compared = evaluate_models(workspace, order, progress)
    run = compared.run
    if as_json:
        print_run_json(run)
        return
    for block in compared.report.blocks:
        _print(block)
    typer.echo("")
    print_where(run)


def _print(block: Block) -> None:
    from cli.evaluate.runs import print_rows
    from cli.tables import visible
    from eval.reports.blocks import Heading, Paragraph, Table

    match block:
        case Heading(text=text):
            typer.secho(f"\n{visible(text)}", bold=True)
        case Paragraph(text=text, warning=warning):
            typer.secho(visible(text), fg="yellow" if warning else None)
        case Table() if block.rows:
            print_rows(block)
        case _:  # a picture is in the report
            pass
