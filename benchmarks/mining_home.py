"""The workspace that mining is measured on: 50,000 real passages, indexed once, and questions with known answers."""

import json
import random
from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from typing import Literal

import numpy as np

from hone.progress import Silent
from hone.records import EVERYONE, EncoderCard
from hone.settings import read_settings
from hone.workspace import Workspace
from retriever.encoding.encoder import Vectors, unit_rows
from retriever.encoding.vectorcache import VectorCache, hash_text
from retriever.indexing.build import text_of
from retriever.indexing.encoders import Encoders
from retriever.indexing.generations import bring_up_to_date
from retriever.library.librarian import Librarian
from retriever.library.library import Library
from retriever.reading.limits import ReadLimits
from retriever.reading.reader import Reader
from retriever.sources.connectors import open_connector
from retriever.sources.intake import Intake, SyncContext
from retriever.sources.source import Source, remember_source
from retriever.sources.source_sync import SourceSync
from retriever.sources.sync import Cutter
from training.pairs.texts import DocumentTexts
from training.records import Ground, Pair

SETS = ("medquad", "nl2bash", "covid-qa", "multihop", "cosqa", "policyqa", "mtrag")
ASKED = ("medquad", "nl2bash", "covid-qa")  # the sets with training questions
PASSAGES = 50_000
AT_ONCE = 4096

VectorsFrom = Literal["model", "random"]


class RandomEncoder:
    """Gives each text a direction of its own: the live encoder's place is taken, and its minutes are not spent."""

    def __init__(self, card: EncoderCard) -> None:
        self.card = card

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """Draw a unit vector for each question."""
        return self.encode_passages(texts)

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        """Draw a unit vector for each text, by its hash."""
        rows = np.empty((len(texts), self.card.dimensions), dtype=np.float32)
        for place, text in enumerate(texts):
            seed = int.from_bytes(hash_text(text), "little")
            rows[place] = np.random.default_rng(seed).standard_normal(self.card.dimensions, dtype=np.float32)
        return unit_rows(rows)


def open_home(home: Path, data: Path, vectors: VectorsFrom) -> Workspace:
    """Open the workspace, built first unless it is there."""
    workspace = Workspace(read_settings(home))
    if workspace.registry.live() is None:
        encoders = Encoders(workspace)
        with workspace.writing("benchmarks.mining", wait=0):
            _shelve(workspace, encoders, data)
            if vectors == "random":
                _draw(workspace, RandomEncoder(encoders.serving().card))
            bring_up_to_date(workspace, encoders, Silent())
    return workspace


def read_pairs(workspace: Workspace, data: Path, count: int) -> list[Pair]:
    """Take so many pairs at random from the training splits."""
    found: list[tuple[str, str, str]] = []
    for name in ASKED:
        texts = {row["_id"]: row["text"] for row in map(json.loads, (data / name / "queries.jsonl").open("rb"))}
        lines = (data / name / "qrels" / "train.tsv").read_text(encoding="utf-8").splitlines()[1:]
        found += [(texts[query], document, name) for query, document, _ in (line.split("\t") for line in lines)]
    random.Random(7).shuffle(found)
    shelves, pairs = DocumentTexts(Library(workspace.database)), list[Pair]()
    for question, document, name in found:
        if len(pairs) == count:
            break
        text = shelves.choose(question, document)
        if text is not None:
            ground = Ground(kind="file", id=f"file:{name}")
            pairs.append(
                Pair(
                    query=question,
                    passage=text.passage,
                    document=text.document,
                    text=text.text,
                    grade=3,
                    weight=1.0,
                    source="file",
                    grounds=(ground,),
                )
            )
    return pairs


def _shelve(workspace: Workspace, encoders: Encoders, data: Path) -> None:
    """Cut corpora into passages until there are enough of them, and no more."""
    library, limits = Library(workspace.database), ReadLimits()
    desk = Intake(librarian=Librarian(workspace.database), cut=Cutter(encoders), progress=Silent())
    with Reader(1, limits) as reader:
        room = SyncContext(library=library, desk=desk, reader=reader, limits=limits)
        for name in SETS:
            address = str(data / name / "corpus.jsonl")
            source = Source(name=name, address=address, groups=frozenset({EVERYONE}))
            remember_source(workspace.database, source, synced=None)
            SourceSync(source, open_connector(source), room).run()
            if library.count()[1] >= PASSAGES:
                return


def _draw(workspace: Workspace, encoder: RandomEncoder) -> None:
    cache, changed = VectorCache(workspace.vectors), Library(workspace.database).everything()
    try:
        while part := [text_of(item) for item in islice(changed, AT_ONCE)]:
            cache.put(encoder.card.hash, [hash_text(text) for text in part], encoder.encode_passages(part))
    finally:
        cache.close()
