"""What evaluating retrieval costs beyond what it can't do without: encoding the questions, and searching for them.

Both are done in turns on one workspace, encoder loaded: the questions through `Searcher.search_all` with its default
page, and the whole evaluation with reading, scoring, four systems, intervals, slices and the written report.

    python -m benchmarks.evaluating --set medquad --home /tmp/retrieval-homes/medquad
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from benchmarks.record import data_folder, keep
from eval.data.questions import read_questions
from eval.pinned import generations_of, open_pinned
from eval.retrieval import RetrievalJob, evaluate_retrieval
from hone.progress import Silent
from hone.records import EVERYONE
from hone.settings import read_settings
from hone.workspace import Workspace
from retriever.searching.searcher import Question
from retriever.sources.source import Source, remember_source, resolved
from retriever.sources.sync import sync

TURNS = 3
AT_ONCE = 256  # questions encoded together, in both: what a batch is worth is not what is measured
PATIENCE = 60.0


def main() -> None:
    """Index the set unless that was done before, then measure in turns."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--set", default="medquad", help="a folder of the data folder, in BEIR form")
    parser.add_argument("--split", default="test")
    parser.add_argument("--home", type=Path, help="where the workspace is kept, and found again")
    parser.add_argument("--results", type=Path)
    options = parser.parse_args()
    folder = data_folder(options.data) / options.set
    with tempfile.TemporaryDirectory() as temporary:
        workspace = Workspace(read_settings(options.home or Path(temporary)))
        try:
            index(workspace, folder)
            figures = measure(workspace, folder, options.split)
        finally:
            workspace.close()
    keep(f"evaluating-{options.set}", figures, options.results)


def index(workspace: Workspace, folder: Path) -> None:
    """Add the corpus to the workspace."""
    source = Source(name=folder.name, address=resolved(folder), groups=frozenset({EVERYONE}))
    remember_source(workspace.database, source, synced=None)
    sync(workspace, [source.name], Silent(), wait=PATIENCE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """Seconds on the clock, and of all processors together: the second is little moved by who else is working."""

    wall: float
    processor: float


def measure(workspace: Workspace, folder: Path, split: str) -> dict[str, object]:
    """Time both in turns, and give the middle ratio."""
    search(workspace, folder, split, most=64)  # the first touch of weights and index is nobody's time
    turns = [(search(workspace, folder, split), evaluate(workspace, folder, split)) for _ in range(TURNS)]
    walls = [long.wall / short.wall for short, long in turns]
    processors = [long.processor / short.processor for short, long in turns]
    return {
        "questions": len(read_questions(workspace, folder, split=split).questions),
        "encoding and searching, s": round(statistics.median(short.wall for short, _ in turns), 2),
        "evaluating, s": round(statistics.median(long.wall for _, long in turns), 2),
        "evaluating, times encoding and searching (at most 1.3)": round(statistics.median(walls), 3),
        "each turn": ", ".join(f"{ratio:.3f}" for ratio in walls),
        "the same in processor time": round(statistics.median(processors), 3),
        "each turn in processor time": ", ".join(f"{ratio:.3f}" for ratio in processors),
    }


def search(workspace: Workspace, folder: Path, split: str, most: int | None = None) -> Cost:
    """Time encoding and searching alone; opening is not counted."""
    texts = [question.text for question in read_questions(workspace, folder, split=split).questions][:most]
    searcher = open_pinned(workspace, generations_of(workspace, ())[0])
    clock = start()
    for first in range(0, len(texts), AT_ONCE):
        list(searcher.search_all([Question(text=text) for text in texts[first : first + AT_ONCE]]))
    cost = clock()
    searcher.close()
    return cost


def evaluate(workspace: Workspace, folder: Path, split: str) -> Cost:
    """Time everything that `hone evaluate retrieval` does, opening and report included."""
    clock = start()
    order = RetrievalJob(
        questions=read_questions(workspace, folder, split=split), generations=generations_of(workspace, ())
    )
    evaluate_retrieval(workspace, order, Silent())
    return clock()


def start() -> Callable[[], Cost]:
    """Start both clocks; what comes back reads them."""
    wall, processor = time.perf_counter(), time.process_time()
    return lambda: Cost(wall=time.perf_counter() - wall, processor=time.process_time() - processor)


if __name__ == "__main__":
    main()
