"""`hone demo`: the sample company, indexed and searched as two of its people."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from hone.workspace import Workspace

HOME = Path(".hone-demo")


def demo(
    quiet: Annotated[bool, typer.Option("--quiet", help="Set it up and index it, without the tour.")] = False,
) -> None:
    """Set up the sample company in `.hone-demo` and search it as two of its people. Example: `hone demo`

    Its documents are copied there, so change one and run `hone --home .hone-demo documents sync`.
    """
    from cli.context import named_home, open_workspace
    from cli.progress import shown_progress
    from cli.sync_report import print_synced
    from retriever.syncing.sync import sync
    from sample import copy_to

    copy_to(named_home() or HOME)
    workspace = open_workspace(HOME)
    with shown_progress() as progress:
        synced = sync(workspace, [], progress, wait=600, what="hone demo")
    print_synced(synced)
    if not quiet:
        _tour(workspace)


def _tour(workspace: Workspace) -> None:
    """placeholder"""
