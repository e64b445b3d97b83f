"""Hard negatives for pairs: from the live pipeline, without what may be an answer."""

import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from hone.progress import Progress
from retriever.encoding.encoder import Vectors
from training.mining.confirming import confirm, refused
from training.mining.drawing import Candidate
from training.mining.exclusions import Avoided
from training.mining.legs import Legs
from training.mining.questions import Asked, positives_of, questions_of
from training.mining.records import Mined, MiningOrder, MiningReport, Origin, Reason
from training.mining.sieve import Sieve, bound_of
from training.pairs.questions import key_of

PRODUCTS = 2**25  # cosines held at a time: 128 MB


@dataclass(frozen=True, slots=True, kw_only=True)
class _Block:
    """Questions that are looked at together."""

    asked: Sequence[Asked]
    vectors: Vectors


def mine(order: MiningOrder, progress: Progress) -> Mined:
    """Find hard negatives for each pair; the same order gives the same ones."""
    questions = questions_of(order)
    if not order.pairs or not order.passages.ids:
        return _mined(order, [[] for _ in order.pairs], Counter())
    progress.stage("encoding questions", None)
    vectors, positives = order.encoder.encode_queries([asked.text for asked in questions]), positives_of(order)
    miner = _Miner(order, questions, vectors, positives)
    picked, excluded = miner.pick(progress)
    kept = picked
    if order.confirm is not None:
        kept = confirm(order, order.confirm, picked, progress)
        excluded["unconfirmed"] = refused(order, picked, kept)
    return _mined(order, miner.filled(kept, picked), excluded)


class _Miner:
    def __init__(self, order: MiningOrder, questions: Sequence[Asked], vectors: Vectors, positives: Vectors) -> None:
        self._order, self._questions, self._vectors = order, questions, vectors
        self._legs, self._avoided = Legs(order), Avoided(order, questions, positives)
        asked = np.empty(len(order.pairs), dtype=np.int64)
        for place, question in enumerate(questions):
            asked[list(question.pairs)] = place
        cosines: list[float] = np.einsum("ij,ij->i", vectors[asked], positives).tolist()
        self._bounds = [bound_of(cosine, order.rules.margin) for cosine in cosines]

    def pick(self, progress: Progress) -> tuple[list[list[Candidate]], Counter[Reason]]:
        """Give each pair's candidates from the pipeline, and what was left out."""
        order, excluded = self._order, Counter[Reason]()
        wanted = order.rules.negatives * (1 if order.confirm is None else order.rules.tries)
        picked: list[list[Candidate]] = [[] for _ in order.pairs]
        progress.stage("looking for hard negatives", len(self._questions))
        for block in self._blocks(len(self._questions)):
            cosines = self._legs.cosines(block.vectors)
            found = self._legs.search([asked.text for asked in block.asked], cosines)
            for asked, line, hits in zip(block.asked, cosines, found, strict=True):
                bounds = [self._bounds[place] for place in asked.pairs]
                pairs = self._sieve(asked, line).pick(hits, self._shown(asked), bounds, wanted)
                for place, (candidates, reasons) in zip(asked.pairs, pairs, strict=True):
                    picked[place] = candidates
                    excluded.update(reasons)
            progress.advance(len(block.asked))
        return picked, excluded

    def filled(self, kept: Sequence[list[Candidate]], picked: Sequence[list[Candidate]]) -> list[list[Candidate]]:
        """Add random passages where a pair has fewer than are wanted; never what should have been confirmed."""
        order, wanted, filled = self._order, self._order.rules.negatives, list(kept)
        for asked, vector in zip(self._questions, self._vectors, strict=True):
            short = [place for place in asked.pairs if len(kept[place]) < wanted]
            if not short:
                continue
            sieve = self._sieve(asked, self._legs.cosines(vector[None, :])[0])
            for place in short:
                barred = self._avoided.skipped(asked).union(item.row for item in picked[place])
                lacking = wanted - len(kept[place])
                rows = sieve.random(barred, self._bounds[place], lacking, _chance(order, place))
                filled[place] = kept[place] + [Candidate(row, "random") for row in rows]
        return filled

    def _blocks(self, count: int) -> Iterator[_Block]:
        size = max(1, PRODUCTS // len(self._order.passages.ids))
        for start in range(0, count, size):
            part = slice(start, start + size)
            yield _Block(asked=self._questions[part], vectors=self._vectors[part])

    def _sieve(self, asked: Asked, line: Vectors) -> Sieve:
        order = self._order
        return Sieve(avoidance=self._avoided.of(asked), vectors=order.passages.vectors, line=line, rules=order.rules)

    def _shown(self, asked: Asked) -> Sequence[int]:
        """Give what people passed over, where somebody confirms that it is no answer."""
        return () if self._order.confirm is None else sorted(self._avoided.skipped(asked))


def _chance(order: MiningOrder, place: int) -> np.random.Generator:
    """Seed by the pair itself: what it gets does not hang on which pairs stand beside it."""
    pair = order.pairs[place]
    name = f"{order.seed}\0{key_of(pair.query)}\0{pair.passage}".encode("utf-8", "surrogatepass")
    return np.random.default_rng(int.from_bytes(hashlib.blake2b(name, digest_size=8).digest(), "little"))


def _mined(order: MiningOrder, picked: Sequence[Sequence[Candidate]], excluded: Counter[Reason]) -> Mined:
    full = sum(len(candidates) == order.rules.negatives for candidates in picked)
    origins = Counter[Origin](item.origin for candidates in picked for item in candidates)
    report = MiningReport(
        pairs=len(picked),
        questions=len(questions_of(order)),
        full=full,
        short=len(picked) - full,
        excluded={reason: count for reason, count in excluded.items() if count},
        origins=dict(origins),
    )
    return Mined(negatives=tuple(tuple(item.row for item in candidates) for candidates in picked), report=report)
