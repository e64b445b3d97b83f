"""`hone search`: search as a person, and see why each result has its rank."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.context import JSON, existing_hone, in_utc, named_settings

if TYPE_CHECKING:
    from hone.face import Hone
    from hone.records import Filters, SearchResult
    from retriever.searching.explain import Explanation
    from retriever.searching.searcher import Question

SINCE = typer.Option(formats=["%Y-%m-%d"], help="Only documents modified on this day or later.")
UNTIL = typer.Option(formats=["%Y-%m-%d"], help="Only documents modified on this day or earlier.")


def search(
    query: Annotated[str, typer.Argument(help="What you are looking for.")] = "",
    document: Annotated[str, typer.Argument(help="With --why: a document you expected to see.")] = "",
    person: Annotated[
        str, typer.Option("--as", help="Search as this person of hone.toml. Without it you see what everyone can read.")
    ] = "",
    hits: Annotated[int | None, typer.Option("--hits", "-k", min=1, max=1000, help="How many results to show.")] = None,
    source: Annotated[list[str] | None, typer.Option(help="Only from this source. Can be repeated.")] = None,
    kind: Annotated[list[str] | None, typer.Option(help="Only of this kind (md, pdf, py …). Can be repeated.")] = None,
    path: Annotated[str, typer.Option(help="Only in this folder, or only this file.")] = "",
    since: Annotated[datetime | None, SINCE] = None,
    until: Annotated[datetime | None, UNTIL] = None,
    why: Annotated[bool, typer.Option("--why", help="Show each result's rank and score at every stage.")] = False,
    batch: Annotated[
        Path | None, typer.Option(help="Search for every question of a queries.jsonl; needs --run.")
    ] = None,
    run: Annotated[Path | None, typer.Option(help="With --batch: write a TREC run by document id here.")] = None,
    depth: Annotated[int, typer.Option(min=1, max=1000, help="With --batch: documents per question.")] = 100,
    as_json: Annotated[bool, JSON] = False,
) -> None:
    """Search with a person's permissions. Example: `hone search "vpn keeps dropping" --as nadia`

    `hone search "vpn keeps dropping" --why` shows why each result is there; add a document's id to see why that
    one isn't. `hone search --batch queries.jsonl --run out.trec` writes a run that any evaluation tool can score.
    """
    from hone.errors import UsageError
    from hone.records import Filters

    filters = Filters(
        sources=frozenset(source or ()),
        kinds=frozenset(kind or ()),
        path=path,
        since=in_utc(since),
        until=_end_of(until),
    )
    wanted = _SearchOptions(
        text=query, person=person, filters=filters, hits=hits, document=document, why=why, as_json=as_json
    )
    if batch or run:
        if not (batch and run):
            raise UsageError("--batch and --run go together.", hint="hone search --batch queries.jsonl --run out.trec")
        _batch(wanted, batch, run, depth)
        return
    if document and not why:
        raise UsageError(
            f"{document!r} comes after the question {query!r}.",
            hint=f'Put the whole question in quotes: hone search "{query} {document}"',
        )
    if not _searched_by_app(wanted):
        _search(wanted)


@dataclass(frozen=True, slots=True, kw_only=True)
class _SearchOptions:
    """The options of the command."""

    text: str
    person: str
    filters: Filters
    hits: int | None
    document: str
    why: bool
    as_json: bool


def _searched_by_app(wanted: _SearchOptions) -> bool:
    """Have the running app search, which has everything loaded; return whether it did."""
    from cli.app_client import app_of
    from hone.settings import asker_of

    settings = named_settings()
    app = app_of(settings)
    if app is None:
        return False
    asker = asker_of(settings, wanted.person)
    if wanted.document:
        explained = app.explain(wanted.text, asker, wanted.filters, wanted.document)
        if explained is not None:
            _print_explanation(wanted, explained.record, lambda _: explained.text)
        return explained is not None
    searched = app.search(wanted.text, asker, wanted.filters, wanted.hits)
    if searched is not None:
        _print_result(wanted, searched.record, lambda _: searched.text)
    return searched is not None


def _search(wanted: _SearchOptions) -> None:
    from retriever.searching.explain import explain
    from retriever.searching.to_json import explanation_json, result_json

    hone = existing_hone()
    question = _question(hone, wanted)
    if wanted.document:
        _print_explanation(wanted, explain(hone.searcher, question, wanted.document), explanation_json)
    else:
        _print_result(wanted, hone.searcher.search(question), result_json)


def _batch(wanted: _SearchOptions, batch: Path, run: Path, depth: int) -> None:
    from cli.batch import run_batch

    hone = existing_hone()
    run_batch(hone.searcher, _question(hone, wanted), batch, run, depth)


def _question(hone: Hone, wanted: _SearchOptions) -> Question:
    from hone.settings import asker_of
    from retriever.searching.searcher import Question

    asker = asker_of(hone.workspace.settings, wanted.person)
    return Question(text=wanted.text, asker=asker, filters=wanted.filters, hits=wanted.hits, listed=True)


def _print_result(wanted: _SearchOptions, result: SearchResult, written: Callable[[SearchResult], str]) -> None:
    from cli.hits import print_result

    if wanted.as_json:
        typer.echo(written(result))
    else:
        print_result(result, why=wanted.why)


def _print_explanation(wanted: _SearchOptions, explanation: Explanation, written: Callable[[Explanation], str]) -> None:
    from cli.hits import print_explanation

    if wanted.as_json:
        typer.echo(written(explanation))
    else:
        print_explanation(explanation)


def _end_of(day: datetime | None) -> datetime | None:
    """Until a day means to its end: what was modified on it belongs to it."""
    return day.replace(hour=23, minute=59, second=59, microsecond=999_999, tzinfo=UTC) if day else None
