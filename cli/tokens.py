"""`hone tokens`: what programs show the API to ask in a person's name."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from cli.context import JSON, existing_workspace

if TYPE_CHECKING:
    from service.tokens import Token, Tokens

app = typer.Typer(no_args_is_help=True, help="Make, list and revoke the tokens that programs call the API with.")


@app.command()
def create(
    person: Annotated[str, typer.Argument(help="Whose token; it reads what this person may read, as of each request.")],
    name: Annotated[str, typer.Option(help="What it is for, to know it again.")] = "",
    days: Annotated[
        float | None, typer.Option(min=0.01, help="After how many days it ends; never, if left out.")
    ] = None,
) -> None:
    """Make a token for a person and print it, this once. Example: `hone tokens create nadia --name laptop --days 90`

    Only its hash is kept. `TOKEN=$(hone tokens create nadia)` takes it; what else is said goes to standard error.
    """
    from hone.errors import UsageError
    from service.people import spelling
    from service.tokens import Tokens

    workspace = existing_workspace()
    if not person.strip():
        raise UsageError("The person has no name.", hint="hone tokens create nadia")
    token, text = Tokens(workspace.database).create(person, name, days)
    typer.echo(text)
    until = f"until {_moment(token.expires)} UTC" if token.expires else "until it is revoked"
    typer.echo(f"Token {token.id} asks as {person} {until}. It is shown this once.", err=True)
    if spelling(person, workspace.settings) not in workspace.settings.people:
        typer.secho(f"{person} is not in {workspace.settings.file}: it reads what everyone may.", fg="yellow", err=True)


@app.command("list")
def list_tokens(as_json: Annotated[bool, JSON] = False) -> None:
    """List the tokens there are, newest first. Example: `hone tokens list`"""
    import json
    from dataclasses import asdict

    from cli.tables import print_table

    found = _tokens().tokens()
    if as_json:
        typer.echo(json.dumps([asdict(token) for token in found], indent=2, ensure_ascii=False))
        return
    if not found:
        typer.echo("There is no token. Make one: hone tokens create PERSON")
        return
    print_table(("token", "person", "for", "made (UTC)", "ends", "last used"), [_row(token) for token in found])


@app.command()
def revoke(token: Annotated[str, typer.Argument(help="Its id, as `hone tokens list` shows it.")]) -> None:
    """Take a token's effect away, from the next request on and for good. Example: `hone tokens revoke 1f0c2d3e`"""
    gone = _tokens().revoke(token)
    typer.echo(f"Token {gone.id} of {gone.person} is revoked.")


def _tokens() -> Tokens:
    from service.tokens import Tokens

    return Tokens(existing_workspace().database)


def _row(token: Token) -> tuple[str, ...]:
    import time

    ends = "never" if token.expires is None else _moment(token.expires)
    if token.expires is not None and token.expires < time.time():
        ends = f"ended {ends}"
    used = "never" if token.used is None else _moment(token.used)
    return token.id, token.person, token.name, _moment(token.created), ends, used


def _moment(when: float) -> str:
    return f"{datetime.fromtimestamp(when, UTC):%Y-%m-%d %H:%M}"
