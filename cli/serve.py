"""`hone serve`: the pages and the API for employees, in one process."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from hone.settings import Settings

MODES = {
    "demo": "Demo: you pick who you are, without a password.",
    "header": "Your proxy says who is signed in.",
    "oidc": "People sign in with your identity provider.",
}


def serve(
    host: Annotated[str | None, typer.Option(help="The address to listen on [default: serve.host].")] = None,
    port: Annotated[
        int | None,
        typer.Option(min=0, max=65535, help="The port; 0 takes any free one [default: serve.port]."),
    ] = None,
    browser: Annotated[
        bool | None, typer.Option("--open/--no-open", help="Open a browser [default: only in a terminal].")
    ] = None,
    demo: Annotated[bool, typer.Option("--demo", help="Let anyone pick who they are, on this machine only.")] = False,
) -> None:
    """Serve the pages and the API until Ctrl-C. Example: `hone serve --port 8501`

    Prints the address once it is ready. `hone search` and `hone ask` on the same workspace use it, so they answer
    faster.
    """
    from cli.context import named_settings

    settings = _overridden(named_settings(), host, port, demo=demo)
    serve_settings(settings, lambda url: announce(settings, url, browser=browser))


def serve_settings(settings: Settings, ready: Callable[[str], None]) -> None:
    """Serve by these settings until a signal comes."""
    import gc

    from hone.workspace import Workspace
    from ui.serving import serve as run

    workspace = Workspace(settings)
    try:
        run(workspace, ready)
    finally:
        workspace.close()
        gc.freeze()  # all is closed; a last garbage collection would take seconds


def announce(settings: Settings, url: str, *, browser: bool | None) -> None:
    """Print the address and how people sign in; open a browser in a terminal."""
    identity = settings.identity
    typer.echo(f"Hone is at {url}")
    typer.echo(MODES[identity.mode])
    if identity.mode == "oidc":
        typer.echo(f"Open it as {identity.oidc.redirect_url.removesuffix('/oauth2callback')}")
    if not (settings.home / "index").exists():
        from retriever.indexing.keeping import NOT_INDEXED

        typer.secho(f"{NOT_INDEXED} → hone documents sync", fg="yellow")
    sys.stdout.flush()
    if browser or (browser is None and sys.stdout.isatty()):
        _open(url)


def in_demo_mode(settings: Settings) -> Settings:
    """Let anyone pick who they are, unless another identity mode is set."""
    from hone.errors import UsageError

    mode = settings.identity.mode
    if mode not in ("", "demo"):
        raise UsageError(
            f"--demo lets anyone be anyone, but identity.mode is {mode!r} in {settings.file}.",
            hint="Leave --demo out, or try the sample company: hone demo",
        )
    identity = settings.identity.model_copy(update={"mode": "demo"})
    return settings.model_copy(update={"identity": identity})


def _overridden(settings: Settings, host: str | None, port: int | None, *, demo: bool) -> Settings:
    given = {"host": host, "port": port}
    serving = settings.serve.model_copy(update={name: value for name, value in given.items() if value is not None})
    settings = settings.model_copy(update={"serve": serving})
    return in_demo_mode(settings) if demo else settings


def _open(url: str) -> None:
    """Open a browser, if there is one."""
    import threading
    import webbrowser

    threading.Thread(
        target=webbrowser.open, args=(url,), daemon=True
    ).start()  # some browsers keep their caller waiting
