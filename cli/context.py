"""The workspace that `--home` names, opened once for a command."""

from __future__ import annotations

from contextvars import ContextVar
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:  # a third of a second, which `hone --help` need not pay
    from hone.face import Hone
    from hone.settings import Settings
    from hone.workspace import Workspace


_running: ContextVar[typer.Context] = ContextVar("running")


def begin(context: typer.Context, home: Path | None) -> None:
    """Remember the running command line and the workspace it names."""
    context.obj = home
    _running.set(context)


def open_workspace(otherwise: Path | None = None) -> Workspace:
    """Open the workspace of this command line; it is closed when the command ends."""
    from hone.privacy import describe_exposed
    from hone.settings import read_settings
    from hone.workspace import Workspace

    context = _running.get()
    home: Path | None = context.obj
    workspace = Workspace(read_settings(home or otherwise))
    if workspace.exposed:
        typer.secho(f"warning: {describe_exposed(workspace.home, workspace.exposed)}", fg="yellow", err=True)
    context.call_on_close(workspace.close)
    return workspace


def open_hone() -> Hone:
    """Open this command line's workspace as a `Hone`; it is closed when the command ends."""
    return _faced(open_workspace())


def existing_hone() -> Hone:
    """Open a workspace that has been used before as a `Hone`."""
    return _faced(existing_workspace())


def _faced(workspace: Workspace) -> Hone:
    from hone.face import Hone

    hone = Hone(workspace)
    _running.get().call_on_close(hone.close)
    return hone


def named_home() -> Path | None:
    """Return the folder that the command line names as its workspace, if any."""
    return _running.get().obj


def named_settings() -> Settings:
    """Read the settings of the workspace that the command line names, without opening it."""
    from hone.settings import read_settings

    return read_settings(named_home())


def existing_workspace() -> Workspace:
    """Open a workspace that has been used before."""
    from hone.errors import UsageError

    workspace = open_workspace()
    if not (workspace.home / "library.db").exists():
        raise UsageError(
            f"There is no workspace at {workspace.home.absolute()}.",
            hint="Create one: hone documents add FOLDER --group everyone. Or name another: hone --home FOLDER …",
        )
    return workspace


def in_utc(moment: datetime | None) -> datetime | None:
    """Take a day or time of the command line for UTC."""
    return moment and moment.replace(tzinfo=UTC)


JSON = typer.Option("--json", help="Print JSON for programs.")
PATIENCE = 600.0  # seconds that a command waits for another one that changes the workspace
WAIT = typer.Option("--wait", help="Seconds to wait while another command changes the workspace.")
