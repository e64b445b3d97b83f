"""Where evaluations are kept: `runs/<id>/`, each with what is needed to do it again.

`settings.json` comes first, `scores.jsonl` grows a line a question, `summary.json` comes last and by rename: a folder
without it is a run that was interrupted, and the same settings go on with it.
"""

import contextlib
import hashlib
import json
import math
import os
import secrets
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, TypeVar

from filelock import FileLock, Timeout
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from eval.statistics import RESAMPLINGS, SEED
from hone.errors import HoneError, UsageError
from hone.registry import Generation
from hone.workspace import Workspace
from retriever.encoding.modelfolder import hash_folder
from retriever.library.library import Library
from retriever.ranking.reranker import reranker_folder

FOLDER = "runs"
SECOND = len("20261127-133045")  # how an id begins
SETTINGS, SCORES, SUMMARY, MARKDOWN, REPORT = (
    "settings.json",
    "scores.jsonl",
    "summary.json",
    "summary.md",
    "report.html",
)
LOCK = ".running"
CODE = ("hone", "retriever", "agents", "eval")  # folders whose code decides what a run measures

Plain = dict[str, Any]  # what JSON can hold


@dataclass(frozen=True, slots=True, kw_only=True)
class EvalRun:
    """One evaluation on the disk."""

    folder: Path

    @property
    def id(self) -> str:
        return self.folder.name

    @property
    def finished(self) -> bool:
        return (self.folder / SUMMARY).is_file()

    def settings(self) -> Plain:
        """Read the run's settings."""
        return json.loads((self.folder / SETTINGS).read_text(encoding="utf-8"))

    def summary(self) -> Plain:
        """Read the run's summary."""
        if not self.finished:
            raise HoneError(f"Run {self.id} was interrupted.", hint="Run the same command again to finish it.")
        return json.loads((self.folder / SUMMARY).read_text(encoding="utf-8"))

    def lines(self) -> Iterator[str]:
        """Read the lines of scores that are whole; a kill can leave half of one at the end."""
        file = self.folder / SCORES
        if file.is_file():
            with file.open(encoding="utf-8", newline="\n") as lines:
                yield from (line for line in lines if line.endswith("\n"))

    def append(self, lines: Iterable[str]) -> None:
        """Add scores, each a line of JSON."""
        with (self.folder / SCORES).open("a", encoding="utf-8", newline="\n") as file:
            file.writelines(f"{line}\n" for line in lines)
            file.flush()
            os.fsync(file.fileno())

    def lay_beside(self, name: str, text: str) -> Path:
        """Write something that was made of its scores later, and say where."""
        _write_whole(self.folder / name, text)
        return self.folder / name

    def finish(self, summary: Mapping[str, Any], markdown: str, html: str) -> None:
        """Write what it came to; with the summary in its place the run is done."""
        for name, text in ((MARKDOWN, markdown), (REPORT, html), (SUMMARY, to_json(summary, indent=1))):
            _write_whole(self.folder / name, text)


@contextlib.contextmanager
def begin(home: Path, kind: str, settings: Mapping[str, Any]) -> Generator[EvalRun]:
    """Begin a run, or go on with one that was interrupted if it had the same settings; one process at a time has it."""
    wanted = json.loads(to_json({**settings, "kind": kind, "hone": version("hone"), "code": code_version()}))
    for run in list_runs(home):
        if run.finished or _comparable(run.settings()) != _comparable(wanted):
            continue
        with _held(run) as held:
            if held and not run.finished:
                _drop_half_a_line(run.folder / SCORES)
                yield run
                return
    run = _new(home, kind, wanted)
    with _held(run):
        yield run


def list_runs(home: Path) -> list[EvalRun]:
    """List the runs of a workspace, newest first."""
    found = list((home / FOLDER).glob(f"*/{SETTINGS}"))
    # An id begins with its second; of two runs of one second the one whose settings were written later is newer.
    found.sort(key=lambda file: (file.parent.name[:SECOND], file.stat().st_mtime_ns), reverse=True)
    return [EvalRun(folder=file.parent) for file in found]


def find_run(home: Path, name: str) -> EvalRun:
    """Find a run by its id, the beginning of one, or `latest`."""
    runs = list_runs(home)
    fits = [run for run in runs if run.id == name] or [run for run in runs if name and run.id.startswith(name)]
    if name == "latest":
        fits = [run for run in runs if run.finished][:1]
    if len(fits) != 1:
        told = f"{len(fits)} runs begin with" if fits else "There is no run"
        raise UsageError(f"{told} {name!r} in {home / FOLDER}.", hint="`hone evaluate list` shows them.")
    return fits[0]


def to_json(value: object, *, indent: int | None = None) -> str:
    """Write JSON that any reader takes: what is not a number becomes null."""
    return json.dumps(_plain(value), ensure_ascii=False, indent=indent, allow_nan=False)


def code_version(folders: Sequence[str] = CODE) -> str:
    """Hash the code that decides what a run measures: it names a working tree as well as a release."""
    root, total = Path(__file__).parent.parent, hashlib.sha256()
    for file in sorted(file for name in folders for file in (root / name).rglob("*.py")):
        total.update(file.relative_to(root).as_posix().encode() + b"\0" + file.read_bytes())
    return total.hexdigest()[:12]


def _new(home: Path, kind: str, settings: Mapping[str, Any]) -> EvalRun:
    now = datetime.now(UTC)
    run = EvalRun(folder=home / FOLDER / f"{now:%Y%m%d-%H%M%S}-{kind}-{secrets.token_hex(2)}")
    run.folder.mkdir(parents=True)
    full = {"id": run.id, "started": now.isoformat(timespec="seconds"), **settings}
    _write_whole(run.folder / SETTINGS, to_json(full, indent=1))
    return run


def _comparable(settings: Plain) -> Plain:
    """Leave out what differs between two beginnings; code is not: half a run of other code is no half of this one."""
    return {name: value for name, value in settings.items() if name not in ("id", "started")}


@contextlib.contextmanager
def _held(run: EvalRun) -> Generator[bool]:
    lock = FileLock(run.folder / LOCK)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        yield False
        return
    try:
        yield True
    finally:
        lock.release()
        (run.folder / LOCK).unlink(missing_ok=True)


def _drop_half_a_line(file: Path) -> None:
    if file.is_file():
        with file.open("r+b") as scores:
            scores.truncate(scores.read().rfind(b"\n") + 1)


def _write_whole(file: Path, text: str) -> None:
    unfinished = file.with_name(f"{file.name}.unfinished")
    with unfinished.open("w", encoding="utf-8", newline="\n") as out:
        out.write(text if text.endswith("\n") else f"{text}\n")
        out.flush()
        os.fsync(out.fileno())
    unfinished.replace(file)


def _plain(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(item) for item in value]  # pyright: ignore[reportUnknownVariableType]
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value if isinstance(value, str | int | bool | None) else str(value)


def served(workspace: Workspace, generations: Sequence[Generation]) -> Plain:
    """Name the generations with their models, the library they stand on, and how searches and figures are made."""
    library = Library(workspace.database)
    documents, passages = library.count()
    return {
        "generations": [
            {
                "id": item.id,
                "model": item.model.id,
                "location": item.model.location,
                "hash": item.model.card.hash,
                "library_revision": item.library_revision,
            }
            for item in generations
        ],
        "search": {**workspace.settings.search.model_dump(exclude={"log"}), **reranker_settings(workspace)},
        "library": {"revision": library.revision(), "documents": documents, "passages": passages},
        "statistics": {"resamplings": RESAMPLINGS, "seed": SEED},
    }


def reranker_settings(workspace: Workspace) -> Plain:
    """Say what is in the reranker's folder: its name alone would not show that it has changed."""
    folder = reranker_folder(workspace)
    return {"reranker_hash": hash_folder(folder)} if workspace.settings.search.reranker else {}


class ScoredQuestion(BaseModel):
    """What every run says of a question; runs of some kinds say more, which whoever compares does not need."""

    model_config = ConfigDict(frozen=True, extra="allow")

    id: str
    text: str
    scores: dict[str, dict[str, float | None]]  # by system and measure; null where it could not be scored
    slices: dict[str, str] = Field(default_factory=dict[str, str])


Line = TypeVar("Line", bound=ScoredQuestion)


class RetrievedQuestion(ScoredQuestion):
    """What a run of retrieval says: what should have been found, and what was."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    asker: str = ""
    gold: dict[str, float]  # under the library's ids; empty: nothing answers it, and it is not scored
    lacking: tuple[str, ...] = ()  # gold that the library has not
    forbidden: tuple[str, ...] = ()  # gold that the asker may not read
    top: dict[str, list[str]]  # by system, the first that were found
    titles: dict[str, str] = Field(default_factory=dict[str, str])  # of what is named above, where there is one


def read_scores(run: EvalRun, kind: type[Line]) -> list[Line]:
    """Read the lines of a run."""
    try:
        return [kind.model_validate_json(line) for line in run.lines()]
    except ValidationError as error:
        raise HoneError(
            f"The scores of run {run.id} can't be read: {error.errors()[0]['msg']}.",
            hint="The run is of another kind, or from another release. See its result: hone evaluate show " + run.id,
        ) from error


def measures_of(run: EvalRun) -> list[str]:
    """List the measures of a run's first system, in its order."""
    first = next((line for line in read_scores(run, ScoredQuestion) if line.scores), None)
    if first is None:
        raise HoneError(f"Run {run.id} has no scores.", hint=f"See what it has: hone evaluate show {run.id}")
    return list(next(iter(first.scores.values())))


def systems_of(run: EvalRun) -> list[str]:
    """List the systems that a run scored, in its order."""
    names: dict[str, None] = {}
    for line in read_scores(run, ScoredQuestion):
        names.update(dict.fromkeys(line.scores))
    return list(names)


def scores_of(run: EvalRun, system: str, measure: str) -> Mapping[str, tuple[str, float]]:
    """Return text and score by question, for those that have a score."""
    lines = read_scores(run, ScoredQuestion)
    known = {name: list(scores) for line in lines for name, scores in line.scores.items()}
    if not known:
        raise HoneError(f"Run {run.id} has no scores.", hint=f"See what it has: hone evaluate show {run.id}")
    if system not in known:
        raise UsageError(f"Run {run.id} has no system {system!r}.", hint=f"Choose from: {', '.join(known)}.")
    if measure not in known[system]:
        raise UsageError(
            f"Run {run.id} has no {measure} of {system}.", hint=f"Choose from: {', '.join(known[system])}."
        )
    found = ((line.id, line.text, line.scores.get(system, {}).get(measure)) for line in lines)
    return {name: (text, score) for name, text, score in found if score is not None}
