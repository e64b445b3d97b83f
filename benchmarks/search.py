"""How fast a search is beside its encoding, with 50,000 passages and a permission filter, and 32 people at once.

The passages are real: the corpora of the data folder, each record given to one of 50 groups. The asker is in ten.

    python benchmarks/search.py --home /tmp/search-home
"""

import argparse
import json
import random
import resource
import statistics
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks.record import data_folder, keep
from hone.progress import Silent
from hone.records import Asker
from hone.settings import read_settings
from hone.workspace import Workspace
from retriever import open_searcher
from retriever.library.library import Library
from retriever.searching.searcher import Question, Searcher
from retriever.sources.source import Source, remember_source
from retriever.sources.sync import sync

SETS = ("nl2bash", "cosqa", "multihop", "covid-qa", "policyqa", "mtrag", "medquad")
PASSAGES = 50_000
GROUPS = 50
ASKER = Asker(name="bench", groups=frozenset(f"group-{number}" for number in range(GROUPS // 5)))
SEARCHES = 500
THREADS = 32


def main() -> None:
    """Build the workspace unless it is there, then measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--home", type=Path, required=True, help="where the workspace is built, and found again")
    parser.add_argument("--results", type=Path)
    options = parser.parse_args()
    data = data_folder(options.data)
    workspace = Workspace(read_settings(options.home))
    if workspace.registry.live() is None:
        build(workspace, data)
    questions = [Question(text=text, asker=ASKER) for text in _questions(data)]
    searcher = open_searcher(workspace)
    searcher.search(questions[0])
    figures = {
        "passages": Library(workspace.database).count()[1],
        **one_by_one(searcher, questions),
        **together(searcher, questions),
    }
    figures["peak memory, MiB"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    keep("search", figures, options.results)


def build(workspace: Workspace, data: Path) -> None:
    """Index 50,000 passages."""
    rng, folder = random.Random(7), workspace.home / "corpora"
    folder.mkdir(parents=True, exist_ok=True)
    for name in SETS:
        if Library(workspace.database).count()[1] >= PASSAGES:
            break
        with (folder / f"{name}.jsonl").open("w", encoding="utf-8") as out:
            for line in (data / name / "corpus.jsonl").open(encoding="utf-8"):
                record = json.loads(line)
                record["groups"] = [f"group-{rng.randrange(GROUPS)}"]
                out.write(json.dumps(record, ensure_ascii=False) + "\n")
        source = Source(name=name, address=str(folder / f"{name}.jsonl"), groups=frozenset({"admin"}))
        remember_source(workspace.database, source, synced=None)
        sync(workspace, [name], Silent(), wait=0)


def one_by_one(searcher: Searcher, questions: Sequence[Question]) -> dict[str, object]:
    """Time everything but the encoding, search after search."""
    beside, encode, legs = list[float](), list[float](), list[float]()
    for question in questions[:SEARCHES]:
        began = time.perf_counter()
        took = searcher.search(question).took_ms
        beside.append((time.perf_counter() - began) * 1000 - took["encode"])
        encode.append(took["encode"])
        legs.append(took["legs"])
    return {
        "p50 beside encoding, ms": round(statistics.median(beside), 2),
        "p95 beside encoding, ms": round(sorted(beside)[int(0.95 * len(beside))], 2),
        "p50 of the engine's part, ms": round(statistics.median(legs), 2),
        "p50 of encoding, ms": round(statistics.median(encode), 2),
    }


def together(searcher: Searcher, questions: Sequence[Question]) -> dict[str, object]:
    """Compare 32 searchers at once with the same searches one after another, in turns."""
    ratios = list[float]()
    for turn in range(5):
        part = [questions[(turn * 320 + place) % len(questions)] for place in range(320)]
        began = time.perf_counter()
        for question in part:
            searcher.search(question)
        alone = time.perf_counter() - began
        began = time.perf_counter()
        threads = [threading.Thread(target=_ask, args=(searcher, part[start::THREADS])) for start in range(THREADS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        ratios.append(alone / (time.perf_counter() - began))
    return {f"throughput of {THREADS} at once, times one by one": round(statistics.median(ratios), 2)}


def _ask(searcher: Searcher, questions: Sequence[Question]) -> None:
    for question in questions:
        searcher.search(question)


def _questions(data: Path) -> list[str]:
    found = [text for name in SETS for text in _texts(data / name / "queries.jsonl")]
    random.Random(11).shuffle(found)
    return found[:2000]


def _texts(file: Path) -> Iterator[str]:
    for line in file.open(encoding="utf-8"):
        yield json.loads(line)["text"]


if __name__ == "__main__":
    main()
