"""The engine that a workspace keeps its generations in."""

from hone.workspace import Workspace
from retriever.storing import open_embedded, open_server
from retriever.storing.store import Engine


def engine_for(workspace: Workspace) -> Engine:
    """Open the engine that the settings name."""
    store = workspace.settings.store
    if store.engine == "embedded":
        return open_embedded(workspace.index)
    key = store.api_key.get_secret_value() if store.api_key else None
    return open_server(store.url, key, store.prefix)
