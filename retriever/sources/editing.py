"""Adding and removing sources and documents: which changes are allowed, and what stays as it was."""

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from pathlib import Path

from hone.errors import UsageError
from hone.progress import Silent
from hone.settings import SOURCE_NAME
from hone.workspace import Workspace
from retriever.library.librarian import Librarian
from retriever.library.library import Library, alterations
from retriever.sources.connectors import open_connector
from retriever.sources.source import (
    BEIR_FILE,
    Source,
    SourceRules,
    exactly,
    forget_source,
    known_sources,
    readable_by,
    remember_source,
    resolved,
)

DAMAGED = "damaged"  # stands for every document that was altered in the library

MayDrop = Callable[[str, Sequence[str]], bool]  # a source's name and the documents that its new patterns leave out


def new_source(
    address: str | Path,
    *,
    groups: Collection[str] = (),
    name: str = "",
    include: Collection[str] = (),
    ignore: Collection[str] = (),
    url: str = "",
) -> Source:
    """Describe a source to add; without a name it is called after its folder."""
    return Source(
        name=name or _name_of(address),
        address=resolved(address),
        groups=readable_by(frozenset(groups)),
        include=tuple(include),
        ignore=tuple(ignore),
        url=url,
    )


def add_sources(workspace: Workspace, added: Sequence[Source], may_drop: MayDrop, *, wait: float) -> None:
    """Remember sources for the syncs to come; one that is known gets other readers and keeps what isn't given again.

    Nothing changes if one of them can't be added, or if `may_drop` says no.
    """
    known = known_sources(workspace.settings, workspace.database)
    for source in added:
        _require_addable(workspace, source, added, known.get(source.name))
    changed = [_merged(source, known.get(source.name)) for source in added]
    for source in changed:
        dropped = _dropped(workspace, known.get(source.name), source)
        if dropped and not may_drop(source.name, dropped):
            raise UsageError(
                f"Nothing was changed: these patterns leave out {len(dropped):,} documents of source {source.name!r}.",
                hint="To drop them, run it again with --yes (in Python: drop=True).",
            )
    with workspace.writing("hone documents add", wait=wait):
        for source in changed:
            remember_source(workspace.database, source, synced=None)


def remove(workspace: Workspace, documents: Sequence[str], source: str, *, wait: float) -> list[str]:
    """Forget a source, or ignore documents in theirs from now on; list the sources to sync."""
    if bool(documents) == bool(source):
        raise UsageError("Name either documents or --source NAME.", hint="hone documents remove --source old-wiki")
    known, library = known_sources(workspace.settings, workspace.database), Library(workspace.database)
    chosen = [library.document(name) for name in documents]
    for name in {source} if source else {item.source for item in chosen}:
        paths = [exactly(item.path) for item in chosen if item.source == name]
        _require_not_in_settings(workspace, name, paths)
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
    return sorted({item.source for item in chosen})


def read_again(workspace: Workspace, documents: Sequence[str], *, wait: float) -> None:
    """Have the next sync read these documents though they haven't changed; `damaged` names all that are altered."""
    library = Library(workspace.database)
    ids = {library.document(name).id for name in documents if name != DAMAGED}
    if DAMAGED in documents:
        ids |= {item.document for item in alterations(workspace.database, Silent())}
    with workspace.writing("hone documents sync --reread", wait=wait):
        Librarian(workspace.database).distrust(sorted(ids))


def _name_of(address: str | Path) -> str:
    path = Path(address).expanduser().absolute()
    named = path.parent if path.name == BEIR_FILE else path
    kept = "".join(letter if letter.isalnum() or letter in "._-" else "-" for letter in named.stem)
    return kept.strip("-") or "documents"


def _require_addable(workspace: Workspace, source: Source, added: Sequence[Source], before: Source | None) -> None:
    if not re.fullmatch(SOURCE_NAME, source.name):
        raise UsageError(
            f"{source.name!r} can't be the name of a source.",
            hint="Use letters, digits, dots, dashes and underscores: --name NAME",
        )
    if sum(other.name == source.name for other in added) > 1:
        raise UsageError(
            f"Two of these would be named {source.name!r}.",
            hint="Add them one at a time, each with its own --name.",
        )
    if source.name in {item.name for item in workspace.settings.sources}:
        raise UsageError(
            f"Source {source.name!r} is in {workspace.settings.file}.",
            hint=f"Change it there and run: hone documents sync {source.name}. Or give this one another --name.",
        )
    next(open_connector(source).list(""), None)  # raises if nothing is there
    if before is not None and before.address != source.address:
        raise UsageError(
            f"There is already a source named {source.name!r}, at {before.address}.",
            hint="Give this one another name: --name NAME",
        )


def _merged(source: Source, before: Source | None) -> Source:
    """Keep what was given when it was first added: what was ignored must not turn up because the readers change."""
    if before is None:
        return source
    return replace(
        source,
        include=source.include or before.include,
        ignore=source.ignore or before.ignore,
        url=source.url or before.url,
    )


def _dropped(workspace: Workspace, before: Source | None, now: Source) -> list[str]:
    """List the documents that were in and that the new patterns leave out."""
    if before is None or (before.include, before.ignore) == (now.include, now.ignore):
        return []
    rules = SourceRules(now)
    return [item.path for item in Library(workspace.database).documents(now.name) if not rules.wants(item.path)]


def _require_not_in_settings(workspace: Workspace, name: str, paths: Sequence[str]) -> None:
    if name not in {item.name for item in workspace.settings.sources}:
        return
    quoted = ", ".join(f"'{path}'" for path in paths)
    change = f"Add ignore = [{quoted}] there" if paths else "Delete its section there"
    raise UsageError(
        f"Source {name!r} is in {workspace.settings.file}.", hint=f"{change}, then run: hone documents sync"
    )
