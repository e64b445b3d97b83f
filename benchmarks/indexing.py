"""How fast indexing is end to end, from the file to a live generation, against a plain `encode` of the same passages.

python benchmarks/indexing.py --sets covid-qa mtrag
"""

import argparse
import shutil
import statistics
import tempfile
import time
from pathlib import Path

from sentence_transformers import SentenceTransformer

from benchmarks.record import data_folder, keep
from hone.progress import Silent
from hone.settings import read_settings
from hone.workspace import Workspace
from retriever.encoding.modelfolder import find_model_folder
from retriever.indexing.build import text_of
from retriever.library.library import Library
from retriever.sources.source import Source, remember_source
from retriever.sources.sync import sync


def main() -> None:
    """Take turns: index, encode, index, encode."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--sets", nargs="+", default=["covid-qa", "mtrag"])
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--results", type=Path)
    options = parser.parse_args()
    data = data_folder(options.data)
    model = SentenceTransformer(str(find_model_folder("default")), device="cpu")
    ratios, passages = list[float](), 0
    for _ in range(options.turns):
        indexed, texts = index(data, options.sets)
        passages = len(texts)
        began = time.perf_counter()
        model.encode(texts)  # pyright: ignore[reportUnknownMemberType]  # its overloads name types that are not installed
        encoded = time.perf_counter() - began
        ratios.append(encoded / indexed)
        print(f"{passages} passages: indexed in {indexed:.1f} s, encoded plainly in {encoded:.1f} s")
    figures = {"passages": passages, "rate of indexing, times plain encoding": round(statistics.median(ratios), 2)}
    keep("indexing", {**figures, "turns": " ".join(f"{ratio:.2f}" for ratio in ratios)}, options.results)


def index(data: Path, sets: list[str]) -> tuple[float, list[str]]:
    """Index corpora into a new workspace; gives the seconds, and the texts that were encoded."""
    home = Path(tempfile.mkdtemp(prefix="hone-indexing-"))
    workspace = Workspace(read_settings(home))
    try:
        for name in sets:
            source = Source(name=name, address=str(data / name / "corpus.jsonl"), groups=frozenset({"everyone"}))
            remember_source(workspace.database, source, synced=None)
        began = time.perf_counter()
        sync(workspace, [], Silent(), wait=0)
        took = time.perf_counter() - began
        return took, [text_of(placed) for placed in Library(workspace.database).everything()]
    finally:
        workspace.close()
        shutil.rmtree(home)


if __name__ == "__main__":
    main()
