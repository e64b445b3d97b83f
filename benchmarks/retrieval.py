"""How well a search finds: BM25, dense and fused, by document, on data sets in BEIR form.

Each set is added to a workspace of its own and searched as people search it; a stage ranks documents by their best
passage. Sets with one split only are halved by a hash of the question's id: one half was there to choose with, the
other is reported. Workspaces that are kept save the encoding the next time.

    python -m benchmarks.retrieval --home /tmp/retrieval-homes --sets nl2bash cosqa --part development
"""

import argparse
import csv
import hashlib
import json
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import ir_measures
from ir_measures import R, Success, nDCG

from benchmarks.record import data_folder, keep
from hone.progress import Silent
from hone.records import EVERYONE
from hone.settings import read_settings
from hone.workspace import Workspace
from retriever import open_searcher
from retriever.library.library import Library
from retriever.searching.searcher import Question
from retriever.sources.source import Source, remember_source, resolved
from retriever.sources.sync import sync

Part = Literal["test", "development"]
Judgments = dict[str, dict[str, int]]  # by question and document
Run = dict[str, dict[str, float]]  # likewise

STAGES = ("bm25", "dense", "fused")
MEASURES = (nDCG @ 10, R @ 10, Success @ 20)
DEPTH = 20  # documents that the deepest measure looks at
PATIENCE = 60.0  # seconds to wait for a workspace that another run holds


@dataclass(frozen=True, slots=True, kw_only=True)
class DataSet:
    """Questions with known answers, and which of them are reported."""

    name: str
    folder: str
    test: str
    development: str | None  # none: the test split is halved


SETS = (
    DataSet(name="medquad", folder="medquad", test="test", development="dev"),
    DataSet(name="nl2bash", folder="nl2bash", test="test", development="dev"),
    DataSet(name="covid-qa", folder="covid-qa", test="test", development="dev"),
    DataSet(name="cosqa", folder="cosqa", test="dev", development=None),
    DataSet(name="mtrag", folder="mtrag", test="test", development=None),
    DataSet(name="hotpotqa", folder="multihop", test="hotpotqa", development=None),
    DataSet(name="2wiki", folder="multihop", test="2wiki", development=None),
    DataSet(name="policyqa", folder="policyqa", test="test", development="dev"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """What one data set came to."""

    name: str
    part: Part
    questions: int
    documents: int
    passages: int
    index_s: float
    search_ms: float  # the middle question's, encoding left out
    figures: Mapping[str, Mapping[str, float]]  # by stage and measure


def main() -> None:
    """Index and search every set, keep the figures, print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--results", type=Path)
    parser.add_argument("--home", type=Path, help="where the workspaces are kept, and found again")
    parser.add_argument("--sets", nargs="+", choices=[item.name for item in SETS], default=[item.name for item in SETS])
    parser.add_argument("--part", choices=["test", "development"], default="test")
    options = parser.parse_args()
    data = data_folder(options.data)
    chosen = [item for item in SETS if item.name in options.sets]
    with tempfile.TemporaryDirectory() as temporary:
        homes = options.home or Path(temporary)
        scored = [score(item, data / item.folder, homes / item.folder, options.part) for item in chosen]
    keep(f"retrieval-{options.part}", dict(line for item in scored for line in _lines(item)), options.results)
    print(f"\n{table(scored)}")


def score(data: DataSet, folder: Path, home: Path, part: Part) -> Scored:
    """Index one set, search for its questions, and compare what each stage ranked with what is known."""
    workspace = Workspace(read_settings(home))
    try:
        began = time.perf_counter()
        source = Source(name=data.folder, address=resolved(folder), groups=frozenset({EVERYONE}))
        remember_source(workspace.database, source, synced=None)
        sync(workspace, [source.name], Silent(), wait=PATIENCE)
        indexed = time.perf_counter() - began
        known = judgments(data, folder, part)
        runs, took = search(workspace, {name: text for name, text in questions(folder) if name in known})
        documents, passages = Library(workspace.database).count()
    finally:
        workspace.close()
    return Scored(
        name=data.name,
        part=part,
        questions=len(known),
        documents=documents,
        passages=passages,
        index_s=round(indexed, 1),
        search_ms=round(sorted(took)[len(took) // 2], 2),
        figures={stage: _figures(known, run) for stage, run in runs.items()},
    )


def _figures(known: Judgments, run: Run) -> dict[str, float]:
    return {str(name): float(value) for name, value in ir_measures.calc_aggregate(MEASURES, known, run).items()}  # pyright: ignore[reportUnknownMemberType] - ir-measures types it in part


def search(workspace: Workspace, asked: Mapping[str, str]) -> tuple[dict[str, Run], Sequence[float]]:
    """Return each stage's run of documents, and how long each search took beside encoding."""
    documents = {placed.passage.id: placed.document.id for placed in Library(workspace.database).everything()}
    runs: dict[str, Run] = {stage: {} for stage in STAGES}
    took: list[float] = []
    searcher = open_searcher(workspace)
    try:
        results = searcher.search_all([Question(text=text) for text in asked.values()])
        for name, result in zip(asked, results, strict=True):
            took.append(result.took_ms["total"])
            for stage in STAGES:
                runs[stage][name] = _ranked(documents[passage] for passage, _ in result.stages[stage])
    finally:
        searcher.close()
    return runs, took


def _ranked(documents: Iterable[str]) -> dict[str, float]:
    """Score documents by their best passage's place, so that no tie is left to the measure."""
    best = list(dict.fromkeys(documents))[:DEPTH]
    return {document: float(DEPTH - place) for place, document in enumerate(best)}


def questions(folder: Path) -> Iterator[tuple[str, str]]:
    """Read a set's questions; of a conversation, the last turn."""
    with (folder / "queries.jsonl").open(encoding="utf-8") as lines:
        for line in lines:
            question = json.loads(line)
            yield question["_id"], question["text"]


def judgments(data: DataSet, folder: Path, part: Part) -> Judgments:
    """Read which documents answer which question."""
    split = data.test if part == "test" or data.development is None else data.development
    known: Judgments = {}
    with (folder / "qrels" / f"{split}.tsv").open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines, delimiter="\t"):
            known.setdefault(row["query-id"], {})[row["corpus-id"]] = int(row["score"])
    if data.development is None:
        return {name: found for name, found in known.items() if half_of(name) == part}
    return known


def half_of(question: str) -> Part:
    """Say which half of a set with one split a question belongs to, always the same."""
    return "test" if hashlib.sha256(question.encode()).digest()[0] % 2 else "development"


def table(scored: Sequence[Scored]) -> str:
    """Lay the figures out as a Markdown table, and end with what fusion must reach."""
    names = [str(measure) for measure in MEASURES]
    heads = [f"{stage} {name}" for name in names for stage in STAGES]
    lines = [f"| set | questions | {' | '.join(heads)} | fused − better leg |", "|" + "---|" * (len(heads) + 3)]
    for item in scored:
        values = [f"{item.figures[stage][name]:.3f}" for name in names for stage in STAGES]
        lines.append(f"| {item.name} | {item.questions} | {' | '.join(values)} | {_over_better(item):+.3f} |")
    above = [item.figures["fused"][names[0]] - item.figures["dense"][names[0]] for item in scored]
    worst = min(scored, key=_over_better)
    lines += [
        "",
        f"Fused is at worst {_over_better(worst):+.3f} beside the better leg, on {worst.name}, and on average",
    ]
    lines += [f"{sum(above) / len(above):+.3f} beside dense ({names[0]})."]
    return "\n".join(lines)


def _over_better(item: Scored) -> float:
    figures = {stage: item.figures[stage][str(MEASURES[0])] for stage in STAGES}
    return figures["fused"] - max(figures["bm25"], figures["dense"])


def _lines(item: Scored) -> Iterator[tuple[str, float]]:
    for stage, figures in item.figures.items():
        for name, value in figures.items():
            yield f"{item.name}, {stage}, {name}", round(value, 4)
    yield f"{item.name}, questions", item.questions
    yield f"{item.name}, documents", item.documents
    yield f"{item.name}, passages", item.passages
    yield f"{item.name}, indexing, s", item.index_s
    yield f"{item.name}, search beside encoding, median ms", item.search_ms


if __name__ == "__main__":
    main()
