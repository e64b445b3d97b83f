"""What every command gets: the workspace that `--home` names, opened once."""

from __future__ import annotations

from contextvars import ContextVar
from pathlib import Path
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:  # a third of a second, which `hone --help` need not pay
    from hone.settings import Settings
    from hone.workspace import Workspace


_running: ContextVar[typer.Context] = ContextVar("running")


def begin(context: typer.Context, home: Path | None) -> None:
    """Remember the command line that is being run, and the home it names."""
    context.obj = home
    _running.set(context)


def open_workspace(otherwise: Path | None = None) -> Workspace:
    """Open the workspace of this command line; whatever it opened is closed when the command ends."""
    from hone.privacy import told_exposed
    from hone.settings import read_settings
    from hone.workspace import Workspace

    context = _running.get()
    home: Path | None = context.obj
    workspace = Workspace(read_settings(home or otherwise))
    if workspace.exposed:
        typer.secho(f"warning: {told_exposed(workspace.home, workspace.exposed)}", fg="yellow", err=True)
    context.call_on_close(workspace.close)
    return workspace


def named_home() -> Path | None:
    """Tell which workspace the command line names, if it names one."""
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
            hint="Create one: hone documents add FOLDER --group everyone. Or name another with --home.",
        )
    return workspace


JSON = typer.Option("--json", help="Print JSON for programs.")
WAIT = typer.Option("--wait", help="Seconds to wait while another command changes the workspace.")
