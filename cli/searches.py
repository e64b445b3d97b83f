"""`hone searches`: the log of searches and what people did with the results."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from cli.context import JSON, existing_workspace, in_utc, open_workspace

if TYPE_CHECKING:
    from hone.log.rows import LoggedSearch
    from hone.log.searches import Trail
    from hone.log.ubi.files import ImportReport
    from training.forget_person import LearnedModel

app = typer.Typer(no_args_is_help=True, help="List, show, export, import and forget the searches in the log.")

BAD_SHOWN = 20  # bad lines that are printed for a person; --json has the first thousand

PERSON = typer.Option("--person", "-p", help="Only this person's.")
SINCE = typer.Option("--since", formats=["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"], help="Only since this day or time (UTC).")


@app.command("list")
def list_searches(
    person: Annotated[str | None, PERSON] = None,
    since: Annotated[datetime | None, SINCE] = None,
    text: Annotated[str, typer.Option("--text", "-t", help="Only questions that contain this.")] = "",
    limit: Annotated[int, typer.Option(min=1, help="How many to list at most.")] = 20,
    every: Annotated[bool, typer.Option("--all", help="Include searches made by the assistant.")] = False,
    as_json: Annotated[bool, JSON] = False,
) -> None:
    """List the searches that people typed, newest first. Example: `hone searches list --person ana --since 2026-11-01`

    The assistant searches too: for parts of a question, for follow-ups, and with other words. --all includes these and
    shows why each was made.
    """
    from cli.tables import print_json, print_table

    log = existing_workspace().log
    origin = None if every else "typed"
    found = log.searches(limit=limit, person=person, since=in_utc(since), text=text, origin=origin)
    if as_json:
        for search in found:
            print_json({name: value for name, value in _plain(search).items() if name != "stages"}, None)
        return
    rows = [
        (
            f"{at.timestamp:%Y-%m-%d %H:%M}",
            at.person or "–",
            *((at.origin,) if every else ()),
            str(len(at.shown)),
            at.search_id,
            at.query,
        )
        for at in found
    ]
    print_table(("when (UTC)", "who", *(("why",) if every else ()), "results", "search", "question"), rows)
    counts = log.counts()
    events = ", ".join(f"{count:,} {action}" for action, count in counts.events.items()) or "none"
    typed, more = counts.searches - counts.assistant, ""
    if counts.assistant:
        more = f" The assistant made {counts.assistant:,} more for its answers{'' if every else ' (--all)'}."
    typer.echo(f"\n{typed:,} searches by {counts.people:,} people in the log; events: {events}.{more}", err=True)


@app.command()
def show(
    search: Annotated[str, typer.Argument(help="A search's id, as `hone searches list` shows it.")],
    as_json: Annotated[bool, JSON] = False,
) -> None:
    """Show a search: what was shown, its rank at every stage, and what followed. Example: `hone searches show 6f9b…`"""
    from cli.tables import print_json

    trail = existing_workspace().log.search(search)
    if as_json:
        print_json({**_plain(trail.search), "events": trail.events})
    else:
        _print_trail(trail)


@app.command()
def stats(as_json: Annotated[bool, JSON] = False) -> None:
    """Show what Hone can learn from the log, and what is missing. Example: `hone searches stats`

    No names are shown. What can't be used is counted with the reason.
    """
    from cli.searches_stats import print_stats
    from cli.tables import print_json
    from training.evidence.rules import rules_of
    from training.evidence.stats import stats_of
    from training.evidence.usable import find_usable

    workspace = existing_workspace()
    found = stats_of(find_usable(workspace, rules_of(workspace)))
    if as_json:
        print_json({**_plain(found), "ready": found.ready})
    else:
        print_stats(found)


@app.command()
def export(
    out: Annotated[Path, typer.Argument(help="The file to write or replace; `-` is standard output.")],
    form: Annotated[
        Literal["bulk", "lines"], typer.Option(help="For OpenSearch's bulk endpoint, or one object per line.")
    ] = "bulk",
    person: Annotated[str | None, PERSON] = None,
    since: Annotated[datetime | None, SINCE] = None,
) -> None:
    """Write searches and events as UBI ndjson. Example: `hone searches export log.ndjson --since 2026-11-01`

    With --person, it writes the searches and events that `hone searches forget` would delete.
    """
    from cli.output_file import output_file
    from hone.log.ubi.files import export as write

    log = existing_workspace().log
    if str(out) == "-":
        write(log, sys.stdout, form=form, person=person, since=in_utc(since))
        return
    with output_file(out) as file:
        written = write(log, file, form=form, person=person, since=in_utc(since))
    typer.echo(f"{written.searches:,} searches and {written.events:,} events are in {out}.")


@app.command("import")
def import_searches(
    file: Annotated[
        Path, typer.Argument(exists=True, dir_okay=False, help="UBI ndjson, bulk or lines; may be gzipped.")
    ],
    as_json: Annotated[bool, JSON] = False,
) -> None:
    """Import searches and events from UBI ndjson into the log. Example: `hone searches import ubi.ndjson.gz`

    What is in the log already stays as it is, so importing again adds nothing. Every good line is imported, and bad
    ones are reported. The exit code is 0 if all lines were good, and 1 if any was bad.
    """
    from cli.progress import shown_progress
    from cli.tables import print_json
    from hone.log.ubi.files import import_file
    from retriever.library.library import Library

    workspace = open_workspace()
    known = Library(workspace.database).known_ids
    with shown_progress() as progress:
        progress.stage("reading bytes", file.stat().st_size)
        report = import_file(workspace.log, file, known=known, progress=progress.advance)
    if as_json:
        print_json(report)
    else:
        _print_report(report)
    if report.bad_lines:
        raise typer.Exit(1)


@app.command()
def forget(
    person: Annotated[str, typer.Argument(help="The name, exactly as `hone searches list` shows it.")],
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Don't ask.")] = False,
) -> None:
    """Delete a person's searches, asks, events and labels. Example: `hone searches forget ana`

    The text is removed from the log's file, not just hidden. This can't be undone. Exports and backups stay as they
    are.
    """
    from hone.errors import UsageError
    from training.forget_person import forget_person, learned_from

    if not person:
        raise UsageError("The person's name is empty.", hint="`hone searches list` shows the names.")
    workspace = existing_workspace()
    found = workspace.log.known_of(person)
    if found.searches or found.events:
        typer.echo(
            f"{found.searches:,} searches and {found.events:,} events of {person} will be deleted for good, with their "
            "asks, conversations and labels."
        )
        if models := learned_from(workspace, person):
            typer.echo(_of_models(models))
        if not yes:
            typer.confirm("Delete them?", abort=True)
    gone = forget_person(workspace, person)
    if gone.asks or gone.conversations or gone.labels:
        typer.echo(
            f"Deleted {gone.asks:,} asks, {gone.conversations:,} conversations and {gone.labels:,} labels of {person}."
        )
    if gone.searches or gone.events:
        typer.echo(f"Deleted {gone.searches:,} searches and {gone.events:,} events of {person}.")
    elif not gone.asks and not gone.conversations and not gone.labels:
        typer.echo(f"Nothing of {person} is in the log, so nothing was deleted. `hone searches list` shows the names.")
    for trouble in gone.unreadable:
        typer.echo(f"Can't check whether this model learned from them: {trouble}", err=True)


def _of_models(models: Sequence[LearnedModel]) -> str:
    names = ", ".join(f"{model.version}{' (live)' if model.live else ''}" for model in models)
    return (
        f"A model can't forget. These learned from them and will be marked, without a name: {names}. "
        "To replace the live one: hone models forget-person NAME --retrain"
    )


def _plain(record: Any) -> dict[str, Any]:
    from dataclasses import asdict

    return asdict(record)


def _print_trail(trail: Trail) -> None:
    from cli.tables import print_table, visible

    search = trail.search
    facts = {
        "search": search.search_id,
        "question": search.query,
        "who": ", ".join((search.person or "anyone", *sorted(search.groups))),
        "why": "" if search.origin == "typed" else f"made by the assistant for an answer ({search.origin})",
        "answer": search.ask_id,
        "when": f"{search.timestamp:%Y-%m-%d %H:%M:%S} UTC",
        "from": f"{search.application or 'an unnamed application'}{', imported' if search.imported else ''}",
        "filters": _filters(search),
        "model": search.model,
        "generation": search.generation,
        "took": ", ".join(f"{stage} {took:g} ms" for stage, took in search.took_ms.items()),
        "notices": "; ".join(search.notices),
    }
    for name, value in facts.items():
        if value:
            typer.echo(f"{name + ':':<13} {visible(value)}")
    if search.shown:
        typer.echo("")
        print_table(("shown", *search.stages, *(("document",) if search.documents else ()), "id"), _shown_rows(search))
    if trail.events:
        typer.echo("")
        rows = [
            (f"{at.timestamp:%H:%M:%S}", at.action, "" if at.ordinal is None else str(at.ordinal), at.object_id)
            for at in trail.events
        ]
        print_table(("then", "event", "rank", "id"), rows)


def _filters(search: LoggedSearch) -> str:
    from cli.tables import json_of
    from hone.records import Filters

    wanted, nothing = _plain(search.filters), _plain(Filters())
    return ", ".join(f"{name} {json_of(value)}" for name, value in wanted.items() if value != nothing[name])


def _shown_rows(search: LoggedSearch) -> list[tuple[str, ...]]:
    ranks = {
        stage: {passage: f"{rank} ({score:.3f})" for rank, (passage, score) in enumerate(ranked, start=1)}
        for stage, ranked in search.stages.items()
    }
    documents = dict(zip(search.shown, search.documents, strict=False))  # an import may bring fewer, or none
    return [
        (
            str(rank),
            *(found.get(item, "–") for found in ranks.values()),
            *((documents.get(item, ""),) if documents else ()),
            item,
        )
        for rank, item in enumerate(search.shown, start=1)
    ]


def _print_report(report: ImportReport) -> None:
    from cli.tables import visible

    typer.echo(f"Added {report.searches:,} searches and {report.events:,} events.")
    notes = (
        (report.duplicates, "were in the log already, or twice in the file"),
        (report.unknown_objects, "imported ids are not in the library"),
        (report.unknown_searches, "imported events belong to searches that are not in the log"),
        (report.bad_lines, "lines were bad and not imported"),
    )
    for count, what in notes:
        if count:
            typer.echo(f"{count:,} {what}.")
    for line in report.bad[:BAD_SHOWN]:
        typer.echo(f"  line {line.number:,} {visible(line.reason)}", err=True)
    if report.bad_lines > BAD_SHOWN:
        typer.echo(f"  … and {report.bad_lines - BAD_SHOWN:,} more; --json lists the first thousand.", err=True)
