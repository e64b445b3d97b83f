"""What evaluating retrieval costs beyond what it can't do without: encoding the questions, and searching for them.

Both are done in turns on one workspace, encoder loaded: the questions through `Searcher.search_all` with its default
page, and the whole evaluation with reading, scoring, four systems, intervals, slices and the written report.

    python -m benchmarks.evaluating --set medquad --home /tmp/retrieval-homes/medquad
"""

import argparse
import statistics
import tempfile
import time
from pathlib import Path

from benchmarks.record import data_folder, keep
from eval.pinned import generations_of, open_pinned
from eval.questions import read_questions
from eval.retrieval import Order, evaluate_retrieval
from hone.records import EVERYONE
from hone.settings import read_settings
from hone.workspace import Workspace
from retriever.progress import Silent
from retriever.searching.searcher import Question
from retriever.sources import Source, remember_source, resolved
from retriever.syncing.sync import sync

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
    source = Source(name=folder.name, location=resolved(folder), groups=frozenset({EVERYONE}))
    remember_source(workspace.database, source, synced=None)
    sync(workspace, [source.name], Silent(), wait=PATIENCE)


def measure(workspace: Workspace, folder: Path, split: str) -> dict[str, object]:
    """Time both in turns, and give the middle ratio."""
    search(workspace, folder, split, most=64)  # the first touch of weights and index is nobody's time
    searching, evaluating = list[float](), list[float]()
    for _ in range(TURNS):
        searching.append(search(workspace, folder, split))
        evaluating.append(evaluate(workspace, folder, split))
    ratios = [long / short for short, long in zip(searching, evaluating, strict=True)]
    return {
        "questions": len(read_questions(workspace, folder, split=split).questions),
        "encoding and searching, s": round(statistics.median(searching), 2),
        "evaluating, s": round(statistics.median(evaluating), 2),
        "evaluating, times encoding and searching (at most 1.3)": round(statistics.median(ratios), 3),
        "each turn": ", ".join(f"{ratio:.3f}" for ratio in ratios),
    }


def search(workspace: Workspace, folder: Path, split: str, most: int | None = None) -> float:
    """Time encoding and searching alone; opening is not counted."""
    texts = [question.text for question in read_questions(workspace, folder, split=split).questions][:most]
    searcher = open_pinned(workspace, generations_of(workspace, ())[0])
    searcher.warm()
    began = time.perf_counter()
    for start in range(0, len(texts), AT_ONCE):
        list(searcher.search_all([Question(text=text) for text in texts[start : start + AT_ONCE]]))
    took = time.perf_counter() - began
    searcher.close()
    return took


def evaluate(workspace: Workspace, folder: Path, split: str) -> float:
    """Time everything that `hone evaluate retrieval` does, opening and report included."""
    began = time.perf_counter()
    order = Order(questions=read_questions(workspace, folder, split=split), generations=generations_of(workspace, ()))
    evaluate_retrieval(workspace, order, Silent())
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
