"""Storing: the points of a generation, in an embedded engine or on a server.

Each opener imports its engine when it is called, so the one that isn't used is neither loaded nor needed.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hone.workspace import Workspace
    from retriever.storing.edge import EdgeEngine
    from retriever.storing.server import ServerEngine
    from retriever.storing.store import Engine


def engine_for(workspace: Workspace) -> Engine:
    """Open the engine that a workspace's settings name."""
    store = workspace.settings.store
    if store.engine == "embedded":
        return open_embedded(workspace.index)
    key = store.api_key.get_secret_value() if store.api_key else None
    return open_server(store.url, key, store.prefix)


def open_embedded(folder: Path) -> EdgeEngine:
    """Open the engine that keeps generations in this folder, in this process."""
    from retriever.storing.edge import EdgeEngine

    return EdgeEngine(folder)


def open_server(url: str, api_key: str | None, prefix: str) -> ServerEngine:
    """Open the engine on the server at this address; the prefix sets workspaces apart that share it."""
    from retriever.storing.server import connect

    return connect(url, api_key, prefix)
