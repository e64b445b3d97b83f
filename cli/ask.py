"""`hone ask`: answer a question with checked citations, showing every step."""

from __future__ import annotations

import json
import sys
from contextlib import closing
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.context import JSON, existing_hone, named_settings

if TYPE_CHECKING:
    from agents.events import Event


def ask(
    question: Annotated[str, typer.Argument(help="What you want to know.")],
    person: Annotated[
        str, typer.Option("--as", help="Ask as this person of hone.toml. Without it you see what everyone can read.")
    ] = "",
    thread: Annotated[str, typer.Option(help="Continue this conversation; every answer names its conversation.")] = "",
    as_json: Annotated[bool, JSON] = False,
) -> None:
    """Answer a question with citations. Example: `hone ask "who signs a 60k order" --as tomas`

    If the documents don't say, the answer says so and shows the closest ones. With `--json` every step is a line of
    JSON; the last one is `answered`.
    """
    if not _asked_by_app(question, person, thread, as_json=as_json):
        _ask(question, person, thread, as_json=as_json)


def _asked_by_app(question: str, person: str, thread: str, *, as_json: bool) -> bool:
    """Have the running app answer, which has everything loaded; return whether it did."""
    from cli.app_client import app_of
    from hone.settings import asker_of

    settings = named_settings()
    app = app_of(settings)
    told = app.ask(question, asker_of(settings, person), thread) if app else None
    if told is None:
        return False
    with closing(told):
        for plain in told:
            _print_plain(plain, as_json=as_json)
    return True


def _print_plain(plain: dict[str, Any], *, as_json: bool) -> None:
    """Print an event of the running app."""
    if as_json:
        typer.echo(json.dumps(plain, ensure_ascii=False))
    elif plain["event"] == "answered" or sys.stderr.isatty():
        from agents.events import Answered
        from cli.answers import print_answer, print_step
        from cli.from_json import event_of

        event = event_of(plain)
        if isinstance(event, Answered):
            print_answer(event.answer)
        else:
            print_step(event)


def _ask(question: str, person: str, thread: str, *, as_json: bool) -> None:
    from agents.events import as_json as plain
    from cli.answers import print_answer, print_step

    def listen(event: Event) -> None:
        if as_json:
            typer.echo(json.dumps(plain(event), ensure_ascii=False))
        elif sys.stderr.isatty():
            print_step(event)

    answer = existing_hone().ask(question, person=person, thread=thread or None, listen=listen)
    if not as_json:
        print_answer(answer)
