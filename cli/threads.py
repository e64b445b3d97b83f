"""`hone threads`: the conversations that the assistant keeps."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from cli.context import JSON, existing_workspace

if TYPE_CHECKING:
    from agents.memory import Thread
    from hone.workspace import Workspace

app = typer.Typer(no_args_is_help=True, help="List and delete saved conversations.")


@app.command("list")
def list_threads(
    person: Annotated[str, typer.Argument(help="Whose conversations.")],
    as_json: Annotated[bool, JSON] = False,
) -> None:
    """List a person's conversations, most recent first. Example: `hone threads list nadia`"""
    from cli.tables import print_json, print_table

    found = asyncio.run(_threads(existing_workspace(), person))
    if as_json:
        print_json(found)
        return
    rows = [
        (thread.id, f"{datetime.fromtimestamp(thread.asked, UTC):%Y-%m-%d %H:%M}", thread.title) for thread in found
    ]
    print_table(("conversation", "last asked (UTC)", "began with"), rows)


@app.command()
def forget(
    person: Annotated[str, typer.Option("--person", help="All conversations of this person.")] = "",
    days: Annotated[int | None, typer.Option(min=1, help="All that weren't used for this many days.")] = None,
) -> None:
    """Delete conversations for good. Example: `hone threads forget --person nadia`"""
    from agents.memory import DAY
    from hone.errors import UsageError

    if bool(person) == (days is not None):
        raise UsageError("Name either --person or --days.", hint="hone threads forget --days 90")
    before = None if days is None else time.time() - days * DAY
    count = asyncio.run(_forget(existing_workspace(), person or None, before))
    typer.echo(f"{count:,} conversations deleted.")


async def _threads(workspace: Workspace, person: str) -> list[Thread]:
    from agents.memory import memory_of

    async with memory_of(workspace) as memory:
        return await memory.threads(person)


async def _forget(workspace: Workspace, person: str | None, before: float | None) -> int:
    from agents.memory import memory_of

    async with memory_of(workspace) as memory:
        return await memory.forget(person=person, before=before)
