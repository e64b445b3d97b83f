"""Reading, cutting, encoding, storing and searching documents."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hone.workspace import Workspace
    from retriever.searching.searcher import Searcher


def open_searcher(workspace: Workspace) -> Searcher:
    """Open the search of a workspace; encoder and index are loaded by the first question."""
    from retriever.searching.searcher import Searcher

    return Searcher(workspace)
