"""`hone documents`: what is searched, where it comes from and who can read it."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from cli.context import JSON, PATIENCE, WAIT, existing_hone, existing_workspace, open_hone

if TYPE_CHECKING:
    from retriever.sources.sync import Synced

app = typer.Typer(no_args_is_help=True, help="Add, sync, list, show and remove documents.")

SHOWN = 20  # documents named before they are dropped


@app.command()
def add(
    paths: Annotated[list[str], typer.Argument(help="Files, folders, or a corpus.jsonl in BEIR form.")],
    group: Annotated[
        list[str] | None, typer.Option("--group", "-g", help="A group that can read it. Can be repeated.")
    ] = None,
    name: Annotated[str, typer.Option("--name", help="The source's name; by default its folder's.")] = "",
    include: Annotated[
        list[str] | None, typer.Option(help="Only files that match this .gitignore-style pattern. Can be repeated.")
    ] = None,
    ignore: Annotated[
        list[str] | None, typer.Option(help="Skip files that match this .gitignore-style pattern. Can be repeated.")
    ] = None,
    url: Annotated[
        str, typer.Option(help="Where people open these documents: the address that comes before each path.")
    ] = "",
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Drop what new patterns leave out; don't ask.")] = False,
    wait: Annotated[float, WAIT] = PATIENCE,
    as_json: Annotated[bool, JSON] = False,
) -> None:
    """Add documents and index them. Example: `hone documents add handbook --group everyone`

    Without --group, only admins can read them. `hone documents sync` keeps the source up to date from now on. Adding
    it again changes who can read it; options you leave out stay as they were.
    """
    from cli.progress import shown_progress
    from retriever.sources.source import unknown_groups

    hone = open_hone()
    unknown = unknown_groups(hone.workspace, group or ())
    with shown_progress() as progress:
        synced = hone.add(
            *paths,
            groups=group or (),
            name=name,
            include=include or (),
            ignore=ignore or (),
            url=url,
            drop=yes or _may_drop,
            progress=progress,
            wait=wait,
        )
    _print_synced(synced, as_json=as_json)
    for missing, alike in unknown.items():
        meant = f" Did you mean {' or '.join(alike)}?" if alike else ""
        typer.secho(f"No one is in a group named {missing!r} yet.{meant}", fg="yellow", err=True)
    if not group and not as_json:
        named = ("--name", name) if name else ()
        again = shlex.join(["hone", "documents", "add", *paths, *named, "--group", "everyone"])
        typer.echo(f"You gave no group, so only admins can find these documents. To share them: {again}")


def _may_drop(source: str, documents: Sequence[str]) -> bool:
    """List the documents that new patterns leave out, and ask; without a terminal the answer is no."""
    from cli.tables import visible

    typer.echo(f"These patterns leave out {len(documents):,} documents of source {source}:", err=True)
    for path in documents[:SHOWN]:
        typer.echo(f"  {visible(path)}", err=True)
    if len(documents) > SHOWN:
        typer.echo(f"  … and {len(documents) - SHOWN:,} more", err=True)
    return sys.stdin.isatty() and typer.confirm("Drop them?", abort=True, err=True)


@app.command()
def sync(
    sources: Annotated[list[str] | None, typer.Argument(help="Only these sources; all by default.")] = None,
    retry: Annotated[bool, typer.Option("--retry", help="Try all files again that couldn't be read.")] = False,
    reread: Annotated[
        list[str] | None,
        typer.Option(
            help="Read this document again even if it hasn't changed. `damaged` means all that `hone verify` reports."
        ),
    ] = None,
    wait: Annotated[float, WAIT] = PATIENCE,
    as_json: Annotated[bool, JSON] = False,
) -> None:
    """Bring the index up to date with the sources. Example: `hone documents sync`

    Only what changed is read and encoded. If it is interrupted, run it again to finish. A file that couldn't be read
    is tried again when it changes, or when the limit that stopped it does.
    """
    from cli.progress import shown_progress

    hone = open_hone()
    with shown_progress() as progress:
        synced = hone.sync(*sources or (), progress=progress, wait=wait, retry=retry, reread=reread or ())
    _print_synced(synced, as_json=as_json)


def _print_synced(synced: Synced, *, as_json: bool) -> None:
    from cli.sync_report import plain_sync, print_synced
    from cli.tables import print_json

    print_json(plain_sync(synced)) if as_json else print_synced(synced)
    problems = [report.problem for report in synced.reports if report.problem is not None]
    for problem in problems[1:]:
        typer.secho(f"error: {problem.message}", fg="red", err=True)
    if problems:
        raise problems[0]


@app.command("list")
def list_documents(
    source: Annotated[str, typer.Option(help="Only documents of this source.")] = "",
    limit: Annotated[int, typer.Option(min=1, help="How many to list at most.")] = 100,
    as_json: Annotated[bool, JSON] = False,
) -> None:
    """List the documents in the library. Example: `hone documents list --source handbook`"""
    from itertools import islice

    from cli.tables import print_json, print_table
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
                "groups": item.groups,
                "modified": item.modified.isoformat(),
            }
            for item in found
        ]
        print_json(rows)
        return
    print_table(
        ("document", "title", "kind", "groups", "modified"),
        [
            (item.id, item.title[:60], item.kind, ", ".join(sorted(item.groups)), f"{item.modified:%Y-%m-%d}")
            for item in found
        ],
    )
    total, _ = library.count(source or None)
    if total > len(found):
        typer.echo(f"{total - len(found):,} more; list them with --limit {total}.")


@app.command()
def show(
    document: Annotated[str, typer.Argument(help="A document's id, or its path if only one source has it.")],
    passages: Annotated[bool, typer.Option("--passages", help="Show its passages.")] = False,
) -> None:
    """Show the stored text of a document. Example: `hone documents show handbook/it/leash.md --passages`"""
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
        "groups": ", ".join(sorted(found.groups)),
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
    documents: Annotated[list[str] | None, typer.Argument(help="The ids of documents.")] = None,
    source: Annotated[str, typer.Option("--source", help="Remove this whole source.")] = "",
    wait: Annotated[float, WAIT] = PATIENCE,
    as_json: Annotated[bool, JSON] = False,
) -> None:
    """Remove documents or a source from the index. Example: `hone documents remove --source old-wiki`

    Your files stay as they are. Later syncs ignore the documents you removed.
    """
    from cli.progress import shown_progress

    hone = existing_hone()
    with shown_progress() as progress:
        synced = hone.remove(*documents or (), source=source, progress=progress, wait=wait)
    _print_synced(synced, as_json=as_json)


@app.command()
def status(as_json: Annotated[bool, JSON] = False) -> None:
    """Show sources, unreadable files, and whether the index is up to date. Example: `hone documents status`"""
    from cli.sync_report import plain_status, print_status
    from cli.tables import print_json
    from service.overview.corpus import status_of

    found = status_of(existing_workspace())
    if as_json:
        print_json(plain_status(found))
    else:
        print_status(found)
