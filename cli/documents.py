"""`hone documents`: what is searched, where it comes from and who may read it."""

from __future__ import annotations

import re
import shlex
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.context import JSON, WAIT, existing_workspace, open_workspace

if TYPE_CHECKING:
    from hone.workspace import Workspace
    from retriever.sources.source import Source

app = typer.Typer(no_args_is_help=True, help="Add, sync, list, show and remove documents.")

SHOWN = 20  # documents named before they are dropped
DAMAGED = "damaged"  # stands for every document that was altered in the library
PATIENCE = 600.0  # seconds that a sync waits for its turn


@app.command()
def add(
    paths: Annotated[list[str], typer.Argument(help="Files, folders, or a corpus.jsonl in BEIR form.")],
    group: Annotated[list[str] | None, typer.Option("--group", "-g", help="Who may read it; may be repeated.")] = None,
    name: Annotated[
        str, typer.Option("--name", help="What to call the source; its folder's name when not given.")
    ] = "",
    include: Annotated[list[str] | None, typer.Option(help="Only files like this; patterns as in .gitignore.")] = None,
    ignore: Annotated[list[str] | None, typer.Option(help="Not files like this; patterns as in .gitignore.")] = None,
    url: Annotated[str, typer.Option(help="Where people open these documents; the path is put behind it.")] = "",
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Drop what new patterns leave out; don't ask.")] = False,
    wait: Annotated[float, WAIT] = PATIENCE,
    as_json: Annotated[bool, JSON] = False,
) -> None:
    """Add documents and index them. Example: `hone documents add handbook --group everyone`

    Without --group only the admin group may read them. The source is remembered: `hone documents sync` follows it
    from now on. Adding it again changes who may read it; what else is not given again stays as it was.
    """
    from hone.errors import UsageError
    from retriever.sources.source import Source, readable_by, resolved, unknown_groups

    if name and len(paths) > 1:
        raise UsageError(f"--name {name} can't name {len(paths)} sources.", hint="Add them one by one.")
    workspace = open_workspace()
    unknown = unknown_groups(workspace, group or ())
    added = [
        Source(
            name=name or _name_of(path),
            address=resolved(path),
            groups=readable_by(frozenset(group or ())),
            include=tuple(include or ()),
            ignore=tuple(ignore or ()),
            url=url,
        )
        for path in paths
    ]
    _remember(workspace, added, wait, yes=yes)
    _sync(workspace, [source.name for source in added], wait, as_json, f"hone documents add {paths[0]}")
    _warn_of_unknown(unknown)
    if not group and not as_json:
        typer.echo(f"No group was given, so only admins find these documents. To share them: {_again(paths, name)}")


def _again(paths: list[str], name: str) -> str:
    named = ("--name", name) if name else ()
    return shlex.join(["hone", "documents", "add", *paths, *named, "--group", "everyone"])


def _warn_of_unknown(groups: Mapping[str, list[str]]) -> None:
    for group, alike in groups.items():
        meant = f" Did you mean {' or '.join(alike)}?" if alike else ""
        typer.secho(f"Nobody is in a group named {group!r} yet.{meant}", fg="yellow", err=True)


def _name_of(address: str) -> str:
    from retriever.sources.source import BEIR_FILE

    path = Path(address).expanduser().absolute()
    named = path.parent if path.name == BEIR_FILE else path
    kept = "".join(letter if letter.isalnum() or letter in "._-" else "-" for letter in named.stem)
    return kept.strip("-") or "documents"


def _remember(workspace: Workspace, added: list[Source], wait: float, *, yes: bool) -> None:
    from hone.errors import UsageError
    from hone.settings import SOURCE_NAME
    from retriever.sources.connectors import open_connector
    from retriever.sources.source import known_sources, remember_source

    fixed = {item.name for item in workspace.settings.sources}
    known = known_sources(workspace.settings, workspace.database)
    for source in added:
        if not re.fullmatch(SOURCE_NAME, source.name):
            raise UsageError(
                f"{source.name!r} can't be the name of a source.",
                hint="Use letters, digits, dots, dashes and underscores: --name NAME",
            )
        if sum(other.name == source.name for other in added) > 1:
            raise UsageError(
                f"Two of these would be named {source.name!r}.",
                hint="Add them one by one, each with a --name of its own.",
            )
        if source.name in fixed:
            raise UsageError(
                f"Source {source.name!r} stands in {workspace.settings.file}.",
                hint=f"Change it there and run: hone documents sync {source.name}. Or give this one another --name.",
            )
        next(open_connector(source).list(""), None)  # what isn't there says so before it is remembered
        if source.name in known and known[source.name].address != source.address:
            raise UsageError(
                f"A source named {source.name!r} is there already, at {known[source.name].address}.",
                hint="Give this one another name: --name NAME",
            )
    changed = [_kept(source, known.get(source.name)) for source in added]
    if not yes:
        for source in changed:
            _confirm_dropping(workspace, known.get(source.name), source)
    with workspace.writing("hone documents add", wait=wait):
        for source in changed:
            remember_source(workspace.database, source, synced=None)


def _confirm_dropping(workspace: Workspace, before: Source | None, now: Source) -> None:
    """Say which documents other patterns leave out that were in, and ask; who can't be asked has to say --yes."""
    from cli.tables import visible
    from hone.errors import UsageError
    from retriever.library.library import Library
    from retriever.sources.rules import SourceRules

    if before is None or (before.include, before.ignore) == (now.include, now.ignore):
        return
    rules = SourceRules(now)
    dropped = [item.path for item in Library(workspace.database).documents(now.name) if not rules.wants(item.path)]
    if not dropped:
        return
    typer.echo(f"These patterns leave out {len(dropped):,} documents that source {now.name} has now:", err=True)
    for path in dropped[:SHOWN]:
        typer.echo(f"  {visible(path)}", err=True)
    if len(dropped) > SHOWN:
        typer.echo(f"  … and {len(dropped) - SHOWN:,} more", err=True)
    if not sys.stdin.isatty():
        raise UsageError("Nothing was changed.", hint="To drop them, run it again with --yes.")
    typer.confirm("Drop them?", abort=True, err=True)


def _kept(source: Source, before: Source | None) -> Source:
    """Keep what was said when it was added first: what was ignored must not turn up because the readers change."""
    if before is None:
        return source
    return replace(
        source,
        include=source.include or before.include,
        ignore=source.ignore or before.ignore,
        url=source.url or before.url,
    )


@app.command()
def sync(
    sources: Annotated[list[str] | None, typer.Argument(help="Which sources; all when none is named.")] = None,
    retry: Annotated[bool, typer.Option("--retry", help="Try every file again that could not be read.")] = False,
    reread: Annotated[
        list[str] | None,
        typer.Option(
            help="Read this document again though it has not changed; `damaged`: all that `hone verify` names."
        ),
    ] = None,
    wait: Annotated[float, WAIT] = PATIENCE,
    as_json: Annotated[bool, JSON] = False,
) -> None:
    """Bring the index up to date with the sources. Example: `hone documents sync`

    Only what changed is read and encoded again. It may be interrupted at any moment: running it again finishes the job.
    A file that could not be read is tried again when it or the limit that stopped it has changed.
    """
    workspace = open_workspace()
    if reread:
        _distrust(workspace, reread, wait)
    _sync(workspace, sources or [], wait, as_json, "hone documents sync", retry=retry)


def _distrust(workspace: Workspace, names: list[str], wait: float) -> None:
    from hone.progress import Silent
    from retriever.library.alterations import alterations
    from retriever.library.librarian import Librarian
    from retriever.library.library import Library

    library = Library(workspace.database)
    ids = {library.document(name).id for name in names if name != DAMAGED}
    if DAMAGED in names:
        ids |= {item.document for item in alterations(workspace.database, Silent())}
    with workspace.writing("hone documents sync --reread", wait=wait):
        Librarian(workspace.database).distrust(sorted(ids))


def _sync(
    workspace: Workspace, names: list[str], wait: float, as_json: bool, what: str, *, retry: bool = False
) -> None:
    from cli.progress import shown_progress
    from cli.sync_report import print_synced, synced_json
    from retriever.sources.sync import sync as run

    with shown_progress() as progress:
        synced = run(workspace, names, progress, wait=wait, what=what, retry=retry)
    if as_json:
        typer.echo(synced_json(synced))
    else:
        print_synced(synced)
    problems = [report.problem for report in synced.reports if report.problem is not None]
    for problem in problems[1:]:
        typer.secho(f"error: {problem.message}", fg="red", err=True)
    if problems:
        raise problems[0]


@app.command("list")
def list_documents(
    source: Annotated[str, typer.Option(help="Only of this source.")] = "",
    limit: Annotated[int, typer.Option(min=1, help="How many at most.")] = 100,
    as_json: Annotated[bool, JSON] = False,
) -> None:
    """List the documents in the library. Example: `hone documents list --source handbook`"""
    import json
    from itertools import islice

    from retriever.library.library import Library

    library = Library(existing_workspace().database)
    found = list(islice(library.documents(source or None), limit))
    if as_json:
        rows = [
            {
                "document": item.id,
                "source": item.source,
                "path": item.path,
                "title": item.title,
                "kind": item.kind,
                "url": item.url,
                "groups": sorted(item.groups),
                "modified": item.modified.isoformat(),
            }
            for item in found
        ]
        typer.echo(json.dumps(rows, indent=2, ensure_ascii=False))
        return
    from cli.tables import print_table

    print_table(
        ("document", "title", "kind", "read by", "modified"),
        [
            (item.id, item.title[:60], item.kind, ", ".join(sorted(item.groups)), f"{item.modified:%Y-%m-%d}")
            for item in found
        ],
    )
    total, _ = library.count(source or None)
    if total > len(found):
        typer.echo(f"{total - len(found):,} more; see them with --limit {total}.")


@app.command()
def show(
    document: Annotated[str, typer.Argument(help="A document's id, or its path where only one source has it.")],
    passages: Annotated[bool, typer.Option("--passages", help="Show where it was cut.")] = False,
) -> None:
    """Show a document as it is stored. Example: `hone documents show handbook/it/leash.md --passages`"""
    from cli.tables import visible, visible_lines
    from retriever.library.library import Library

    library = Library(existing_workspace().database)
    found = library.document(document)
    facts = {
        "document": found.id,
        "title": found.title,
        "source": f"{found.source}, {found.path}",
        "kind": found.kind,
        "url": found.url,
        "read by": ", ".join(sorted(found.groups)),
        "modified": f"{found.modified:%Y-%m-%d %H:%M} UTC",
        "warnings": "; ".join(library.warnings(found.id)),
    }
    for name, value in facts.items():
        if value:
            typer.echo(f"{name + ':':<10} {visible(value)}")
    typer.echo("")
    if not passages:
        typer.echo(visible_lines(library.text(found.id)))
        return
    for passage in library.passages(found.id):
        page = f", page {passage.page}" if passage.page else ""
        heading = visible(" › ".join(passage.heading))
        typer.secho(f"[{passage.ordinal}] {heading} ({passage.start}–{passage.end}{page})", bold=True)
        typer.echo(visible_lines("\n".join(part for part in (passage.preface, passage.text) if part)) + "\n")


@app.command()
def remove(
    documents: Annotated[list[str] | None, typer.Argument(help="Documents' ids.")] = None,
    source: Annotated[str, typer.Option("--source", help="A whole source.")] = "",
    wait: Annotated[float, WAIT] = PATIENCE,
    as_json: Annotated[bool, JSON] = False,
) -> None:
    """Take documents or a source out; files are not touched. Example: `hone documents remove --source old-wiki`

    A document taken out of a source is ignored by later syncs too.
    """
    from hone.errors import UsageError
    from retriever.library.library import Library
    from retriever.sources.rules import exactly
    from retriever.sources.source import forget_source, known_sources, remember_source

    if bool(documents) == bool(source):
        raise UsageError("Name either documents or --source NAME.", hint="hone documents remove --source old-wiki")
    workspace = existing_workspace()
    known = known_sources(workspace.settings, workspace.database)
    library = Library(workspace.database)
    chosen = [library.document(name) for name in documents or []]
    for name in {source} if source else {item.source for item in chosen}:
        if name in {item.name for item in workspace.settings.sources}:
            paths = ", ".join(f"'{exactly(item.path)}'" for item in chosen if item.source == name)
            mend = f"ignore = [{paths}] there" if chosen else "its section there"
            raise UsageError(
                f"Source {name!r} stands in {workspace.settings.file}.",
                hint=f"{'Put' if chosen else 'Take out'} {mend}, then run: hone documents sync",
            )
    if source and source not in known:
        raise UsageError(
            f"There is no source {source!r}.", hint=f"There are: {', '.join(sorted(known)) or 'none yet'}."
        )
    with workspace.writing("hone documents remove", wait=wait):
        if source:
            forget_source(workspace.database, source)
        for item in chosen:
            held = known_sources(workspace.settings, workspace.database)[item.source]
            ignore = (*held.ignore, exactly(item.path))
            remember_source(workspace.database, replace(held, ignore=ignore), synced=None)
    _sync(workspace, sorted({item.source for item in chosen}), wait, as_json, "hone documents remove")


@app.command()
def status(as_json: Annotated[bool, JSON] = False) -> None:
    """Show every source, what could not be read, and whether the index is behind. Example: `hone documents status`"""
    from cli.status import print_status, status_json
    from service.overview.corpus import status_of

    found = status_of(existing_workspace())
    if as_json:
        typer.echo(status_json(found))
    else:
        print_status(found)
