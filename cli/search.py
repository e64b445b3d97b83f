"""`hone search`: ask as somebody, and see why each hit stands where it stands."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.context import JSON, existing_workspace

if TYPE_CHECKING:
    from hone.workspace import Workspace
    from retriever.searching.searcher import Question

DAY = typer.Option(formats=["%Y-%m-%d"])


def search(
    query: Annotated[str, typer.Argument(help="What you are looking for.")] = "",
    document: Annotated[str, typer.Argument(help="With --why: a document you expected, to learn where it went.")] = "",
    person: Annotated[
        str, typer.Option("--as", help="Ask as this person of hone.toml, not as nobody in particular.")
    ] = "",
    hits: Annotated[int | None, typer.Option("--hits", "-k", min=1, max=1000, help="How many hits to show.")] = None,
    source: Annotated[list[str] | None, typer.Option(help="Only from this source; may be repeated.")] = None,
    kind: Annotated[list[str] | None, typer.Option(help="Only of this kind (md, pdf, py …); may be repeated.")] = None,
    path: Annotated[str, typer.Option(help="Only below this folder, or exactly this path.")] = "",
    since: Annotated[datetime | None, DAY] = None,
    until: Annotated[datetime | None, DAY] = None,
    why: Annotated[bool, typer.Option("--why", help="Show rank and score at every stage.")] = False,
    batch: Annotated[Path | None, typer.Option(help="Search for every question of a queries.jsonl.")] = None,
    run: Annotated[Path | None, typer.Option(help="With --batch: write a TREC run by document id here.")] = None,
    depth: Annotated[int, typer.Option(min=1, max=1000, help="With --batch: documents a question.")] = 100,
    as_json: Annotated[bool, JSON] = False,
) -> None:
    """Search with a person's permissions. Example: `hone search "vpn keeps dropping" --as nadia`

    `hone search "vpn keeps dropping" --why` shows why each hit is there; with a document's id behind it, why that
    document is not. `hone search --batch queries.jsonl --run out.trec` writes a run that any evaluation tool can score.
    """
    from hone.errors import UsageError
    from hone.records import Filters
    from hone.settings import asker_of
    from retriever import open_searcher
    from retriever.searching.searcher import Question

    workspace = existing_workspace()
    asker = asker_of(workspace.settings, person)
    filters = Filters(
        sources=frozenset(source or ()), kinds=frozenset(kind or ()), path=path, since=_utc(since), until=_end_of(until)
    )
    question = Question(text=query, asker=asker, filters=filters, hits=hits)
    if batch or run:
        from cli.batch import run_batch

        if not (batch and run):
            raise UsageError("--batch and --run go together.", hint="hone search --batch queries.jsonl --run out.trec")
        run_batch(open_searcher(workspace), question, batch, run, depth)
        return
    if document and not why:
        raise UsageError(
            f"{document!r} stands behind the question {query!r}.",
            hint=f'Put the whole question in quotes: hone search "{query} {document}"',
        )
    _answer(workspace, question, document, why=why, as_json=as_json)


def _answer(workspace: Workspace, question: Question, document: str, *, why: bool, as_json: bool) -> None:
    from cli.hits import print_explanation, print_result
    from retriever import open_searcher
    from retriever.searching.explain import explain
    from retriever.searching.told import explanation_json, result_json

    searcher = open_searcher(workspace)
    if document:
        explanation = explain(searcher, question, document)
        if as_json:
            typer.echo(explanation_json(explanation))
        else:
            print_explanation(explanation)
        return
    result = searcher.search(question)
    if as_json:
        typer.echo(result_json(result))
    else:
        print_result(result, why=why)


def _end_of(day: datetime | None) -> datetime | None:
    """Until a day means to its end: what was modified on it belongs to it."""
    return day.replace(hour=23, minute=59, second=59, microsecond=999_999, tzinfo=UTC) if day else None


def _utc(day: datetime | None) -> datetime | None:
    return day.replace(tzinfo=UTC) if day else None
