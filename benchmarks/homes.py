"""Workspaces that benchmarks build once and find again."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path

from hone.progress import Silent
from hone.records import EVERYONE
from hone.settings import read_settings
from hone.workspace import Workspace
from retriever import open_searcher
from retriever.encoding.tokenvectors import TokenVectors
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

    def __enter__(self) -> "Home":
        return self

    def __exit__(self, *_: object) -> None:
        self.searcher.close()
        self.workspace.close()

    def read(self, texts: Sequence[str]) -> Sequence[TokenVectors]:
        """Read texts token by token with the live encoder."""
        with self.searcher.live.current() as opened:
            return opened.encoder.encode_tokens(texts)


def _build(workspace: Workspace, data: Path) -> None:
    name = workspace.home.name
    if name != "sample":
        source = Source(name=name, address=resolved(data / name), groups=frozenset({EVERYONE}))
        remember_source(workspace.database, source, synced=None)
    sync(workspace, [] if name == "sample" else [name], Silent(), wait=PATIENCE)
