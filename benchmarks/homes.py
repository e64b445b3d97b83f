"""Workspaces that benchmarks build once and find again, with what their encoder has made of sentences."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path

import numpy as np

from agents.heuristics.scoring import Encode, Vectors
from hone.progress import Silent
from hone.records import EVERYONE
from hone.settings import read_settings
from hone.workspace import Workspace
from retriever import open_searcher
from retriever.searching.searcher import Searcher
from retriever.sources.source import Source, remember_source, resolved
from retriever.sources.sync import sync
from sample import copy_to

TODAY = date(2026, 11, 20)  # the day that the sample's people ask on
PATIENCE = 60.0  # seconds to wait for a workspace that another run holds


class Home:
    """A workspace of one corpus, open for searching."""

    def __init__(self, home: Path, data: Path) -> None:
        if home.name == "sample":
            copy_to(home)
        self.workspace = Workspace(read_settings(home))
        if self.workspace.registry.live() is None:
            _build(self.workspace, data)
        self.searcher: Searcher = open_searcher(self.workspace)
        self.encode = Remembered(self._encode, home / "sentences.npz")

    def __enter__(self) -> "Home":
        return self

    def __exit__(self, *_: object) -> None:
        self.encode.save()
        self.searcher.close()
        self.workspace.close()

    def _encode(self, texts: Sequence[str]) -> Vectors:
        with self.searcher.live.current() as opened:
            return opened.encoder.encode_passages(texts)


class Remembered:
    """An encoder that keeps what it has made in a file, so that a second run encodes nothing."""

    def __init__(self, encode: Encode, file: Path) -> None:
        self.encode, self.file, self.known = encode, file, dict[str, Vectors]()
        if file.exists():
            found = np.load(file, allow_pickle=False)
            self.known = dict(zip(found["texts"].tolist(), found["vectors"].astype(np.float32), strict=True))

    def __call__(self, texts: Sequence[str]) -> Vectors:
        new = [text for text in dict.fromkeys(texts) if text not in self.known]
        if new:
            self.known.update(zip(new, self.encode(new), strict=True))
        return np.stack([self.known[text] for text in texts])

    def save(self) -> None:
        """Write what is known, if there is anything."""
        if self.known:
            texts = np.array(list(self.known), dtype=np.str_)
            np.savez(self.file, texts=texts, vectors=np.stack(list(self.known.values())).astype(np.float16))


def _build(workspace: Workspace, data: Path) -> None:
    name = workspace.home.name
    if name != "sample":
        source = Source(name=name, address=resolved(data / name), groups=frozenset({EVERYONE}))
        remember_source(workspace.database, source, synced=None)
    sync(workspace, [] if name == "sample" else [name], Silent(), wait=PATIENCE)
