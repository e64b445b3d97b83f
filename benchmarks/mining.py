"""How long it takes to mine hard negatives: 10,000 questions over 50,000 passages, beyond encoding.

Passages are real and indexed by the embedded engine; questions are from the training splits. With `--vectors random`
every text has a direction of its own instead of the model's minutes of encoding: the dense leg's lists are then
meaningless, but take as long, and no passage is found by both legs, which makes the scores across legs dearest.

    python -m benchmarks.mining --home /tmp/mining-home
"""

import argparse
import resource
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from benchmarks.mining_home import RandomEncoder, open_home, read_pairs
from benchmarks.record import data_folder, keep
from hone.errors import HoneError
from hone.progress import Silent
from hone.workspace import Workspace
from retriever.encoding.encoder import Encoder, Vectors
from retriever.indexing.encoders import Encoders
from retriever.ranking.background import Background
from retriever.ranking.fusion import WEIGHTS
from retriever.storing import engine_for
from training.mining.mine import mine
from training.mining.records import Mined, MiningOrder
from training.pairs.clusters import cluster_questions
from training.pairs.passages import read_passages
from training.records import Pair

QUESTIONS = 10_000


class Clocked:
    """An encoder that tells how long it took in all."""

    def __init__(self, encoder: Encoder) -> None:
        self.encoder, self.card, self.seconds = encoder, encoder.card, 0.0

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """Encode questions."""
        return self._timed(self.encoder.encode_queries, texts)

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        """Encode passages."""
        return self._timed(self.encoder.encode_passages, texts)

    def _timed(self, encode: Callable[[Sequence[str]], Vectors], texts: Sequence[str]) -> Vectors:
        began = time.perf_counter()
        vectors = encode(texts)
        self.seconds += time.perf_counter() - began
        return vectors


def main() -> None:
    """Build the workspace unless it is there, mine, keep the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--home", type=Path, required=True, help="where the workspace is built, and found again")
    parser.add_argument("--vectors", choices=("model", "random"), default="model")
    parser.add_argument("--questions", type=int, default=QUESTIONS)
    parser.add_argument("--results", type=Path)
    options = parser.parse_args()
    data = data_folder(options.data)
    workspace = open_home(options.home, data, options.vectors)
    pairs = read_pairs(workspace, data, options.questions)
    figures = measure(workspace, pairs, random=options.vectors == "random")
    keep("mining", {"vectors": options.vectors, **figures}, options.results)


def measure(workspace: Workspace, pairs: Sequence[Pair], *, random: bool) -> dict[str, object]:
    """Mine once, and tell what it took and gave."""
    live = workspace.registry.live()
    if live is None:
        raise HoneError("Nothing is indexed.", hint="Give another --home, so that it is built.")
    encoder = Clocked(RandomEncoder(live.model.card) if random else Encoders(workspace).encoder(live.model))
    store = engine_for(workspace).open(live.id)
    try:
        began = time.perf_counter()
        passages = read_passages(workspace, encoder)
        reading = time.perf_counter() - began
        order = MiningOrder(
            pairs=pairs,
            passages=passages,
            store=store,
            encoder=encoder,
            weights=WEIGHTS,
            background=Background(mean=live.cosine_mean, deviation=live.cosine_deviation),
            clusters=cluster_questions(pair.query for pair in pairs),
        )
        encoder.seconds = 0.0
        began, cpu = time.perf_counter(), time.process_time()
        mined = mine(order, Silent())
        took, spent = time.perf_counter() - began, time.process_time() - cpu
    finally:
        store.close()
    return {
        "passages": len(passages.ids),
        "pairs": len(pairs),
        **_told(mined),
        "reading the passages, s": round(reading, 1),
        "encoding the questions, s": round(encoder.seconds, 1),
        "mining beyond encoding, s (under 60)": round(took - encoder.seconds, 1),
        "processor's seconds, encoding too": round(spent, 1),
        "peak memory, MiB (under 2,048)": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }


def _told(mined: Mined) -> dict[str, object]:
    report = mined.report
    return {
        "questions": report.questions,
        "pairs with all negatives": report.full,
        **{f"left out: {reason}": count for reason, count in sorted(report.excluded.items())},
    }


if __name__ == "__main__":
    main()
