"""Workspaces of one data set: built once, kept, and copied for every experiment."""

import shutil
import subprocess
from pathlib import Path

from hone.progress import Progress
from hone.records import EVERYONE
from hone.settings import read_settings
from hone.workspace import Workspace
from retriever.sources.source import Source, remember_source, resolved
from retriever.sources.sync import sync

PATIENCE = 60.0  # seconds to wait for a workspace that another run holds


def prepare(homes: Path, data: Path, name: str, progress: Progress) -> Path:
    """Return the home of a data set, indexed with the packaged encoder and readable by everybody."""
    home = homes / name
    workspace = open_home(home)
    try:
        if workspace.registry.live() is None:
            source = Source(name=name, address=resolved(data / name), groups=frozenset({EVERYONE}))
            remember_source(workspace.database, source, synced=None)
            sync(workspace, [name], progress, wait=PATIENCE)
    finally:
        workspace.close()
    return home


def open_home(home: Path) -> Workspace:
    """Open a workspace."""
    home.mkdir(parents=True, exist_ok=True)
    return Workspace(read_settings(home))


def fresh_copy(home: Path, target: Path) -> Path:
    """Copy a home over whatever stands there, with its holes: the engine's log files are 200 MB of nothing."""
    if target.exists():
        shutil.rmtree(target)
    target.mkdir(parents=True)
    subprocess.run(["cp", "--archive", "--sparse=always", "--reflink=auto", f"{home}/.", str(target)], check=True)
    return target
