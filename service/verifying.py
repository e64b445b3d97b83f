"""Checks whether everything in a workspace is as it was written, and says how to repair what is not."""

import asyncio
import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

import sqlalchemy as sa

from agents.memory import memory_of
from hone.database import faults_of, remedy_for
from hone.errors import HoneError
from hone.log.asks import JSON_COLUMNS
from hone.log.rows import EVENTS, SEARCHES, event_of, search_of
from hone.progress import Progress
from hone.records import EncoderCard
from hone.registry import Model
from hone.workspace import Workspace
from retriever.encoding.encoder import identity_of
from retriever.encoding.modelcheck import check_model
from retriever.encoding.modelfolder import find_model_folder, hash_model
from retriever.encoding.vectorcache import VectorCache
from retriever.indexing.damage import MISSING
from retriever.indexing.encoders import Encoders
from retriever.indexing.generations import verify_all
from retriever.library.library import alterations, reread
from training.candidates.candidates import list_candidates

Verdict = Literal["good", "damaged", "missing"]
DATABASES = ("*.db", "runs/*.db", "runs/*/*.db")
SHEETS = ("*.json", "calibrations/*.json", "models/*.json", "models/*/*.json", "runs/*/*.json")
HASH = "hash"  # the encoder that has no files
NAMED = 3  # ids named in one line


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that is kept, and what was found."""

    thing: str
    verdict: Verdict = "good"
    said: str = ""
    remedy: str = ""


Check = Callable[[Workspace, Progress], Iterator[Finding]]


def verify(workspace: Workspace, progress: Progress) -> Iterator[Finding]:
    """Check everything that a workspace keeps, one finding a thing; what can't be read keeps no other from being."""
    yield from _databases(workspace, progress)
    there = (workspace.home / "library.db").exists()
    for name, check in (*(OF_LIBRARY if there else ()), *OF_FILES):
        try:
            yield from check(workspace, progress)
        except HoneError as error:
            yield Finding(thing=name, verdict="damaged", said=error.message, remedy=error.hint)


def _databases(workspace: Workspace, progress: Progress) -> Iterator[Finding]:
    home = workspace.home
    files = [file for pattern in DATABASES for file in sorted(home.glob(pattern))]
    progress.stage("databases", len(files))
    if home / "library.db" not in files:
        yield Finding(
            thing="library.db", verdict="missing", said="the file is gone", remedy=remedy_for(home / "library.db")
        )
    for file in files:
        yield _found(file.relative_to(home).as_posix(), "; ".join(faults_of(file)), remedy_for(file))
        progress.advance(1)


def _texts(workspace: Workspace, progress: Progress) -> Iterator[Finding]:
    altered = list(alterations(workspace.database, progress))
    for item in altered:
        yield _found(f"document {item.document}", item.said, reread([item.document]))
    if not altered:
        yield Finding(thing="texts of documents")


def _registry(workspace: Workspace, progress: Progress) -> Iterator[Finding]:
    progress.stage("registry", None)
    query = """SELECT generation, generations.id, models.id FROM pointer
               LEFT JOIN generations ON generations.id = generation LEFT JOIN models ON models.id = model"""
    lost = [row[0] for row in workspace.database.glances(query, ()) if row[1] is None or row[2] is None]
    said = f"the index or model in use isn't registered: {_listed(lost)}" if lost else ""
    yield _found("registry", said, "Restore library.db from a backup, or move it away and run: hone documents sync")


def _index(workspace: Workspace, progress: Progress) -> Iterator[Finding]:
    progress.stage("index", None)
    live = workspace.registry.live()
    for item in verify_all(workspace):
        is_live = live is not None and live.id == item.generation.id
        remedy = "hone index rebuild" if is_live else f"hone index prune --keep {NAMED}"
        missing = item.damage == MISSING
        yield _found(f"index {item.generation.id}", item.damage, remedy, missing=missing)


def _models(workspace: Workspace, progress: Progress) -> Iterator[Finding]:
    used = {item.model.id: item.model for item in workspace.registry.generations()}
    progress.stage("models", len(used))
    for model in used.values():
        progress.advance(1)
        if model.location != HASH:
            yield _model(workspace, model)
    known = {model.location for model in used.values()}
    for candidate in list_candidates(workspace.home).found:
        if not candidate.pruned and candidate.manifest.location not in known:
            yield _folder(candidate.version, workspace.home / candidate.manifest.location)


def _model(workspace: Workspace, model: Model) -> Finding:
    thing, remedy = (
        f"model {model.id}",
        "Restore its folder from a backup, or go back to the previous model: hone models rollback",
    )
    try:
        folder = find_model_folder(Encoders(workspace).place(model.location))
        found = identity_of(hash_model(folder), _settings(model.card))
    except HoneError as error:
        return Finding(thing=thing, verdict="missing", said=error.message, remedy=remedy)
    return _found(
        thing, "" if found == model.card.hash else "its files differ from those the index was built with", remedy
    )


def _folder(version: str, folder: Path) -> Finding:
    """Check a candidate that was never in use: only its manifest says what it was."""
    try:
        check_model(folder)
    except HoneError as error:
        return Finding(thing=f"model {version}", verdict="damaged", said=error.message, remedy="hone models retrain")
    return Finding(thing=f"model {version}")


def _manifests(workspace: Workspace, progress: Progress) -> Iterator[Finding]:
    progress.stage("files", None)
    for line in list_candidates(workspace.home).unreadable:
        yield _found("models", line, "Restore that file from a backup, or train again: hone models retrain")
    for file in sorted(file for pattern in SHEETS for file in workspace.home.glob(pattern)):
        try:
            json.loads(file.read_bytes())
        except (OSError, ValueError) as error:
            name = file.relative_to(workspace.home).as_posix()
            yield _found(name, f"it can't be read: {error}", "Restore it from a backup, or delete it.")


def _log(workspace: Workspace, progress: Progress) -> Iterator[Finding]:
    if not (workspace.home / "log.db").exists():
        return
    progress.stage("log", None)
    wrong = list[str]()
    with workspace.log_database.read() as connection:
        for table, key, read in ((SEARCHES, "query_id", search_of), (EVENTS, "event_id", event_of)):
            for row in connection.execution_options(yield_per=500).execute(sa.select(table)).mappings():
                progress.advance(1)
                try:
                    read(row)
                except (ValueError, TypeError, KeyError, AttributeError):
                    wrong.append(row[key])
        invalid = " OR ".join(f"NOT json_valid({name})" for name in sorted(JSON_COLUMNS))
        wrong += connection.exec_driver_sql(f"SELECT ask_id FROM asks WHERE {invalid}").scalars()  # noqa: S608  # fixed names
    said = f"{len(wrong):,} rows can't be read: {_listed(wrong)}" if wrong else ""
    yield _found("rows of the log", said, "Restore log.db from a backup, or delete these rows with sqlite3.")


def _threads(workspace: Workspace, progress: Progress) -> Iterator[Finding]:
    if not (workspace.home / "threads.db").exists():
        return
    progress.stage("conversations", None)
    try:
        lost = asyncio.run(_lost_threads(workspace))
    except sqlite3.DatabaseError as error:
        lost = [str(error)]
    said = f"{len(lost):,} conversations can't be read: {_listed(lost)}" if lost else ""
    yield _found(
        "conversations",
        said,
        "You can ignore this: a conversation that can't be read starts over the next time someone continues it.",
    )


async def _lost_threads(workspace: Workspace) -> list[str]:
    lost = list[str]()
    async with memory_of(workspace) as memory:
        async with memory.conn.execute("SELECT id FROM threads") as rows:
            ids = [str(row[0]) async for row in rows]
        for name in ids:
            await memory.aget_tuple({"configurable": {"thread_id": name, "checkpoint_ns": ""}})
            if memory.lost:
                lost.append(name)
                memory.lost = ""
    return lost


def _vectors(workspace: Workspace, progress: Progress) -> Iterator[Finding]:
    if not workspace.vectors.exists():
        return
    cards = [model.card for model in workspace.registry.models()]
    with closing(VectorCache(workspace.vectors)) as cache:
        progress.stage("vectors", sum(size.vectors for size in cache.sizes()))
        wrong = cache.damaged({card.hash: card.dimensions for card in cards}, progress.advance)
    said = f"{wrong:,} vectors are damaged; they will be computed again when needed" if wrong else ""
    yield _found("vectors", said, f"Delete {workspace.vectors} and the files next to it, then run: hone documents sync")


OF_LIBRARY: tuple[tuple[str, Check], ...] = (
    ("texts of documents", _texts),
    ("registry", _registry),
    ("index", _index),
    ("models", _models),
    ("vectors", _vectors),
)
OF_FILES: tuple[tuple[str, Check], ...] = (("log", _log), ("conversations", _threads), ("files", _manifests))


def _found(thing: str, said: str, remedy: str, *, missing: bool = False) -> Finding:
    if not said:
        return Finding(thing=thing)
    return Finding(thing=thing, verdict="missing" if missing else "damaged", said=said, remedy=remedy)


def _listed(names: Iterable[str]) -> str:
    listed = [str(name) for name in names]
    return ", ".join(listed[:NAMED]) + (f" and {len(listed) - NAMED:,} more" if len(listed) > NAMED else "")


def _settings(card: EncoderCard) -> dict[str, object]:
    return {name: value for name, value in asdict(card).items() if name not in ("model", "hash")}
