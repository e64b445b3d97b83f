"""`hone demo`: the sample company, indexed, shown to some of its people, and open in a browser."""

from __future__ import annotations

import os
import signal
import sys
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from cli.app_client import App
    from hone.records import Asker
    from hone.settings import Settings

HOME = Path(".hone-demo")
IDENTITY = '\n[identity]\nmode = "demo"  # anyone can pick who they are\n'


def demo(
    quiet: Annotated[bool, typer.Option("--quiet", help="Only set up and index.")] = False,
    stay: Annotated[
        bool | None,
        typer.Option(
            "--serve/--check", help="Keep serving until Ctrl-C (the default in a terminal), or stop after the tour."
        ),
    ] = None,
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="The port; a free one if it is taken.")] = None,
) -> None:
    """Set up the sample company in `.hone-demo` and open Hone with it. Example: `hone demo`

    Some of its people search and ask through the running app. Without a terminal, it then stops, and fails if the app
    failed. The documents are copied there, so you can change one and run `hone --home .hone-demo documents sync`.
    """
    from cli.context import open_workspace
    from cli.progress import shown_progress
    from cli.sync_report import print_synced
    from retriever.sources.sync import sync

    _set_up()
    workspace = open_workspace(HOME)
    with shown_progress() as progress:
        synced = sync(workspace, [], progress, wait=600, what="hone demo")
    print_synced(synced)
    if not quiet:
        in_terminal = sys.stdin.isatty() and sys.stdout.isatty()
        _serve(workspace.settings, port, stay=in_terminal if stay is None else stay)


def _set_up() -> None:
    """Copy the company's documents, and let anyone pick a person unless hone.toml says otherwise."""
    import tomllib

    from cli.context import named_home
    from sample import copy_to

    home = named_home() or HOME
    copy_to(home)
    file = home / "hone.toml"
    text = file.read_text(encoding="utf-8")
    if "identity" not in tomllib.loads(text):
        file.write_text(text + IDENTITY, encoding="utf-8")


def _serve(settings: Settings, port: int | None, *, stay: bool) -> None:
    """Serve, take the tour once everything is ready, then stay or stop."""
    from cli.serve import announce, in_demo_mode, serve_settings
    from hone.errors import HoneError

    if port is None:
        port = settings.serve.port if stay and _is_free(settings.serve.port) else 0
    serving = settings.serve.model_copy(update={"port": port})
    settings = in_demo_mode(settings.model_copy(update={"serve": serving}))
    failed: list[HoneError] = []

    def guide(url: str) -> None:
        try:
            _tour(settings)
            if stay:
                typer.echo("")
                announce(settings, url, browser=None)
                return
        except HoneError as error:
            failed.append(error)
        os.kill(os.getpid(), signal.SIGTERM)  # the usual way to stop a server

    serve_settings(settings, lambda url: threading.Thread(target=guide, args=(url,), daemon=True).start())
    if failed:
        raise failed[0]
    if not stay:
        typer.echo("\nEverything works. To keep the app running: hone demo --serve")


def _is_free(port: int) -> bool:
    import socket

    with socket.socket() as tried:
        tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            tried.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stop:
    """A search or a question of the tour, and what to notice about it."""

    person: str
    text: str
    notice: str
    asked: bool = False  # with an answer, not with hits


BANDS = "Range for a senior developer in Rotterdam, 2026?"
TOUR = (
    _Stop(person="ingrid", text=BANDS, notice="Ingrid is in HR, so she finds the salary bands."),
    _Stop(person="nadia", text=BANDS, notice="Nadia isn't. She asks the same question and sees none of it."),
    _Stop(
        person="nadia",
        text="Who wears the bell at night?",
        notice="Answers have citations, each checked against the document.",
        asked=True,
    ),
)


def _tour(settings: Settings) -> None:
    """Search and ask as some people, with the app that has just started."""
    from cli.app_client import app_of
    from hone.errors import HoneError
    from hone.settings import asker_of

    app = app_of(settings)
    if app is None or not app.ready():
        raise HoneError("The app started but doesn't answer.", hint="See the details: hone --verbose demo")
    for stop in TOUR:
        asker = asker_of(settings, stop.person)
        typer.secho(f"\n{stop.person} {'asks' if stop.asked else 'searches'}: {stop.text}", bold=True, fg="green")
        typer.secho(f"{stop.notice}\n", italic=True)
        if not (_ask if stop.asked else _search)(app, asker, stop.text):
            raise HoneError(f"The app didn't reply to {stop.text!r}.", hint="See the details: hone --verbose demo")


def _search(app: App, asker: Asker, text: str) -> bool:
    from cli.hits import print_result
    from hone.records import Filters

    reply = app.search(text, asker, Filters(), None)
    if reply is not None:
        print_result(reply.record, hits=1)
    return reply is not None


def _ask(app: App, asker: Asker, text: str) -> bool:
    from agents.events import Answered
    from cli.answers import print_answer
    from cli.from_json import event_of

    for plain in app.ask(text, asker, "") or ():
        event = event_of(plain)
        if isinstance(event, Answered):
            print_answer(event.answer)
            return True
    return False
