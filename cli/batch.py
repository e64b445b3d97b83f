"""Many questions at once, into a TREC run by document id."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TextIO

import typer
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from cli.progress import shown_progress
from hone.errors import UsageError
from hone.progress import Progress
from hone.records import SearchResult
from retriever.searching.searcher import LONGEST_QUERY, Question, Searcher

AT_ONCE = 256  # questions encoded together
SHOWN = 20  # bad lines printed


class _Line(BaseModel):
    model_config = ConfigDict(populate_by_name=True, coerce_numbers_to_str=True)

    id: str = Field(alias="_id", min_length=1, pattern=r"^\S+$")  # a run's columns are split on spaces
    text: str = Field(min_length=1, max_length=LONGEST_QUERY, pattern=r"\S")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Named:
    id: str
    question: Question


def run_batch(searcher: Searcher, template: Question, queries: Path, run: Path, depth: int) -> None:
    """Search for every question of a file, and write the run when it is complete."""
    named = _read(queries, replace(template, hits=depth, per_document=1))
    if not run.parent.is_dir():
        raise UsageError(f"There is no folder {run.parent}.", hint="Create it first, or name another file.")
    unfinished = run.with_name(run.name + ".unfinished")
    try:
        with unfinished.open("w", encoding="utf-8") as out, shown_progress() as progress:
            _search(searcher, named, out, depth, progress)
        unfinished.replace(run)
    finally:
        unfinished.unlink(missing_ok=True)
    typer.echo(f"{len(named):,} questions searched; the run is in {run}.")


def _search(searcher: Searcher, named: Sequence[_Named], out: TextIO, depth: int, progress: Progress) -> None:
    progress.stage("searching", len(named))
    for start in range(0, len(named), AT_ONCE):
        part = named[start : start + AT_ONCE]
        results = searcher.search_all([item.question for item in part])
        for item, result in zip(part, results, strict=True):
            _write(out, item.id, result, depth)
            progress.advance(1)


def _read(queries: Path, template: Question) -> Sequence[_Named]:
    if not queries.is_file():
        raise UsageError(f"There is no file {queries}.", hint='Each line: {"_id": "q1", "text": "…"}')
    named, problems, seen = list[_Named](), list[str](), dict[str, int]()
    for number, line in enumerate(queries.read_bytes().split(b"\n"), 1):
        if not line.strip():
            continue
        try:
            read = _Line.model_validate_json(line)
        except ValidationError as error:
            problems += [f"  line {number}: {'.'.join(map(str, item['loc']))} {item['msg']}" for item in error.errors()]
            continue
        if read.id in seen:
            problems.append(f"  line {number}: _id {read.id!r} is on line {seen[read.id]} too")
            continue
        seen[read.id] = number
        named.append(_Named(id=read.id, question=replace(template, text=read.text)))
    if problems:
        shown = "\n".join(problems[:SHOWN])
        raise UsageError(
            f"{len(problems)} problems in {queries}:\n{shown}", hint='Each line: {"_id": "q1", "text": "…"}'
        )
    if not named:
        raise UsageError(f"{queries} has no questions in it.", hint='Each line: {"_id": "q1", "text": "…"}')
    return named


def _write(out: TextIO, query: str, result: SearchResult, depth: int) -> None:
    """Write a question's documents; near-identical ones are one hit, but a run names each, right behind its twin."""
    names = (document.replace(" ", "%20") for document in _documents(result, depth))
    out.writelines(f"{query} Q0 {name} {rank} {depth + 1 - rank} hone\n" for rank, name in enumerate(names, 1))


def _documents(result: SearchResult, depth: int) -> Iterator[str]:
    named = (name for hit in result.hits for name in (hit.document, *hit.also_in))
    yield from list(dict.fromkeys(named))[:depth]
