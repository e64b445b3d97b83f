"""What every door for employees shares: who asks, what runs, what was said of it, and how much is too much."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hone.workspace import Workspace
    from service.service import Service


def open_service(workspace: Workspace) -> Service:
    """Open the service of a workspace."""
    from service.service import Service

    return Service(workspace)
