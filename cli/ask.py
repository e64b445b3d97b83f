"""`hone ask`: a question answered with checked citations, every step told as it happens."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from cli.context import JSON, existing_workspace

if TYPE_CHECKING:
    from agents.events import Event


def ask(
    question: Annotated[str, typer.Argument(help="What you want to know.")],
    person: Annotated[
        str, typer.Option("--as", help="Ask as this person of hone.toml, not as nobody in particular.")
    ] = "",
    thread: Annotated[str, typer.Option(help="Go on with this conversation; each answer names its own.")] = "",
    as_json: Annotated[bool, JSON] = False,
) -> None:
    """Answer a question, or say that the documents don't tell. Example: `hone ask "who signs a 60k order" --as tomas`

    With `--json` every step is one line; the last one is `answered`.
    """
    from agents import open_assistant
    from agents.events import as_json as plain
    from cli.answers import print_answer, tell
    from hone.settings import asker_of

    workspace = existing_workspace()
    asker = asker_of(workspace.settings, person)
    assistant = open_assistant(workspace)

    def listen(event: Event) -> None:
        if as_json:
            import json

            typer.echo(json.dumps(plain(event), ensure_ascii=False))
        elif sys.stderr.isatty():
            tell(event)

    try:
        answer = assistant.ask(question, asker, thread or None, listen)
    finally:
        assistant.close()
    if not as_json:
        print_answer(answer)
