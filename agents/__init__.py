"""Planning, searching, judging, answering and checking: the assistant."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from agents.assistant import Assistant
    from hone.workspace import Workspace


def open_assistant(workspace: Workspace) -> Assistant:
    """Open the assistant of a workspace; with the LLM that its settings name, or with none."""
    from agents.assistant import Assistant

    return Assistant(workspace)
