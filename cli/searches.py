"""`hone searches`: the log of what people searched for, and what they did next."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from cli.context import JSON, existing_workspace, open_workspace

if TYPE_CHECKING:
    from hone.log.rows import LoggedSearch
    from hone.log.searches import Trail
    from hone.log.ubi.importing import ImportReport
    from training.forgetting.forgetting import LearnedModel

app = typer.Typer(no_args_is_help=True, help="List, show, export, import and forget the searches in the log.")

BAD_SHOWN = 20  # bad lines that are printed for a person; --json has the first thousand

PERSON = typer.Option("--person", "-p", help="Only this person's.")
SINCE = typer.Option(
    "--since", formats=["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"], help="Only from this day or moment on, in UTC."
)


@app.command("list")
def list_searches(
    person: Annotated[str | None, PERSON] = None,
    since: Annotated[datetime | None, SINCE] = None,
    text: Annotated[str, typer.Option("--text", "-t", help="Only questions with this in them.")] = "",
    limit: Annotated[int, typer.Option(min=1, help="How many at most.")] = 20,
    every: Annotated[
        bool, typer.Option("--all", help="Also those that the assistant made on the way to an answer.")
    ] = False,
    as_json: Annotated[bool, JSON] = False,
) -> None:
    """List the searches that people typed, newest first. Example: `hone searches list --person ana --since 2026-11-01`

    The assistant searches too: for the parts of a question, for what a passage led to, and with other words. With
    --all you see those as well, and why each was made.
    """
    from cli.tables import print_table

    log = existing_workspace().log
    origin = None if every else "typed"
    found = log.searches(limit=limit, person=person, since=_utc(since), text=text, origin=origin)
    if as_json:
        for search in found:
            typer.echo(_json({name: value for name, value in _plain(search).items() if name != "stages"}))
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
    print_table(("when (UTC)", "who", *(("why",) if every else ()), "shown", "search", "question"), rows)
    counts = log.counts()
    events = ", ".join(f"{count:,} {action}" for action, count in counts.events.items()) or "none"
    typed, more = counts.searches - counts.assistant, ""
    if counts.assistant:
        more = f" The assistant made {counts.assistant:,} more for its answers{'' if every else ' (--all)'}."
    typer.echo(f"\n{typed:,} searches by {counts.people:,} people in the log; events: {events}.{more}", err=True)


@app.command()
def show(
    search: Annotated[str, typer.Argument(help="A search's id, as `hone searches list` gives it.")],
    as_json: Annotated[bool, JSON] = False,
) -> None:
    """Show a search: what was shown, its rank at every stage, and what followed. Example: `hone searches show 6f9b…`"""
    trail = existing_workspace().log.search(search)
    if as_json:
        typer.echo(_json({**_plain(trail.search), "events": [_plain(event) for event in trail.events]}, indent=2))
    else:
        _print_trail(trail)


@app.command()
def stats(as_json: Annotated[bool, JSON] = False) -> None:
    """Say how much a retriever could learn from the log, and what is missing. Example: `hone searches stats`

    Nobody is named. What was not used is counted with the reason.
    """
    from cli.searches_stats import print_stats
    from training.evidence.rules import rules_of
    from training.evidence.stats import stats_of
    from training.evidence.usable import find_usable

    workspace = existing_workspace()
    found = stats_of(find_usable(workspace, rules_of(workspace)))
    if as_json:
        typer.echo(_json({**_plain(found), "ready": found.ready}, indent=2))
    else:
        print_stats(found)


@app.command()
def export(
    out: Annotated[Path, typer.Argument(help="The file to write, replaced if there is one; `-` is standard output.")],
    form: Annotated[
        Literal["bulk", "lines"], typer.Option(help="As OpenSearch's bulk endpoint takes it, or one object a line.")
    ] = "bulk",
    person: Annotated[str | None, PERSON] = None,
    since: Annotated[datetime | None, SINCE] = None,
) -> None:
    """Write searches and events as UBI ndjson. Example: `hone searches export log.ndjson --since 2026-11-01`

    With --person it writes exactly what `hone searches forget` would delete.
    """
    from hone.errors import UsageError
    from hone.log.ubi import exporting

    log = existing_workspace().log
    if str(out) == "-":
        exporting.export(log, sys.stdout, form=form, person=person, since=_utc(since))
        return
    if not out.parent.is_dir():
        raise UsageError(f"There is no folder {out.parent}.", hint="Create it first, or name another file.")
    unfinished = out.with_name(out.name + ".unfinished")
    try:
        with unfinished.open("w", encoding="utf-8", newline="\n") as file:
            written = exporting.export(log, file, form=form, person=person, since=_utc(since))
        unfinished.replace(out)
    finally:
        unfinished.unlink(missing_ok=True)
    typer.echo(f"{written.searches:,} searches and {written.events:,} events are in {out}.")


@app.command("import")
def import_searches(
    file: Annotated[
        Path, typer.Argument(exists=True, dir_okay=False, help="UBI ndjson, bulk or lines; may be gzipped.")
    ],
    as_json: Annotated[bool, JSON] = False,
) -> None:
    """Take searches and events from UBI ndjson into the log. Example: `hone searches import ubi.ndjson.gz`

    What is in the log already is left alone, so that importing again adds nothing. All good lines are taken, whatever
    stands around them. The exit code is 0 if all lines were good, and 1 if any was bad.
    """
    from cli.progress import shown_progress
    from hone.log.ubi.importing import import_file
    from retriever.library.library import Library

    workspace = open_workspace()
    known = Library(workspace.database).known_ids
    with shown_progress() as progress:
        progress.stage("reading bytes", file.stat().st_size)
        report = import_file(workspace.log, file, known=known, progress=progress.advance)
    if as_json:
        typer.echo(_json(_plain(report), indent=2))
    else:
        _print_report(report)
    if report.bad_lines:
        raise typer.Exit(1)


@app.command()
def forget(
    person: Annotated[str, typer.Argument(help="The name, letter by letter as `hone searches list` shows it.")],
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Don't ask.")] = False,
) -> None:
    """Delete everything that a person searched for, asked and did. Example: `hone searches forget ana`

    The text is gone from the log's file too, not only hidden. Nothing brings it back.
    """
    from hone.errors import UsageError
    from training.forgetting.forgetting import forget_person, learned_from

    if not person:
        raise UsageError("It was not said whose searches to forget.", hint="Name a person as the log does.")
    workspace = existing_workspace()
    found = workspace.log.known_of(person)
    if found.searches or found.events:
        typer.echo(
            f"{found.searches:,} searches by {person} and {found.events:,} events will be deleted for good: no longer "
            "listed, exported or learnt from. Exports and backups stay as they are."
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
        typer.echo(f"The log has nothing of {person}, so nothing was deleted. `hone searches list` shows the names.")
    for trouble in gone.unreadable:
        typer.echo(f"Whether this model learned from them, nobody can tell: {trouble}", err=True)


def _of_models(models: Sequence[LearnedModel]) -> str:
    names = ", ".join(f"{model.version}{', which answers now' if model.live else ''}" for model in models)
    return (
        f"A model can't forget: what {names} learned from them stays in there, and a note without a name beside it. "
        "If one of them answers now, put one in its place that has not: hone models forget-person NAME --retrain"
    )


def _utc(moment: datetime | None) -> datetime | None:
    return moment and moment.replace(tzinfo=UTC)


def _plain(record: Any) -> dict[str, Any]:
    from dataclasses import asdict

    return asdict(record)


def _json(value: Any, indent: int | None = None) -> str:
    import json

    from hone.log.rows import stamp

    def encode(other: Any) -> Any:
        return stamp(other) if isinstance(other, datetime) else sorted(other)

    return json.dumps(value, default=encode, ensure_ascii=False, indent=indent)


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
        "narrowed to": _filters(search),
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
    from hone.records import Filters

    wanted, nothing = _plain(search.filters), _plain(Filters())
    return ", ".join(f"{name} {_json(value)}" for name, value in wanted.items() if value != nothing[name])


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
        (report.duplicates, "were in the log already, or stood in the file twice"),
        (report.unknown_objects, "times an id was kept that is not in the library"),
        (report.unknown_searches, "events were kept that name a search not in the log"),
        (report.bad_lines, "lines were bad and not taken"),
    )
    for count, what in notes:
        if count:
            typer.echo(f"{count:,} {what}.")
    for line in report.bad[:BAD_SHOWN]:
        typer.echo(f"  line {line.number:,} {visible(line.reason)}", err=True)
    if report.bad_lines > BAD_SHOWN:
        typer.echo(f"  … and {report.bad_lines - BAD_SHOWN:,} more; --json gives the first thousand.", err=True)
