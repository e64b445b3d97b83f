"""`hone tokens`: keys with which programs use the API as a person."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from cli.context import JSON, existing_workspace

if TYPE_CHECKING:
    from service.tokens import Token, Tokens

app = typer.Typer(no_args_is_help=True, help="Create, list and revoke API tokens.")


@app.command()
def create(
    person: Annotated[
        str, typer.Argument(help="Whose token. It can read what this person can read, checked at each request.")
    ],
    name: Annotated[str, typer.Option(help="A name to recognise it by.")] = "",
    days: Annotated[float | None, typer.Option(min=0.01, help="Days until it expires; never by default.")] = None,
) -> None:
    """Create an API token for a person and print it once. Example: `hone tokens create nadia --name laptop --days 90`

    Only its hash is stored. `TOKEN=$(hone tokens create nadia)` captures it: everything else goes to standard error.
    """
    from hone.errors import UsageError
    from service.people import spelling
    from service.tokens import Tokens

    workspace = existing_workspace()
    if not person.strip():
        raise UsageError("The person's name is empty.", hint="hone tokens create nadia")
    token, text = Tokens(workspace.database).create(person, name, days)
    typer.echo(text)
    until = f"until {_moment(token.expires)} UTC" if token.expires else "until it is revoked"
    typer.echo(f"Token {token.id} works as {person} {until}. Save it: you won't see it again.", err=True)
    if spelling(person, workspace.settings) not in workspace.settings.people:
        typer.secho(
            f"{person} isn't in {workspace.settings.file}, so the token can only read what everyone can read.",
            fg="yellow",
            err=True,
        )


@app.command("list")
def list_tokens(as_json: Annotated[bool, JSON] = False) -> None:
    """List tokens, newest first. Example: `hone tokens list`"""
    from cli.tables import print_json, print_table

    found = _tokens().tokens()
    if as_json:
        print_json(found)
        return
    if not found:
        typer.echo("No tokens yet. Create one: hone tokens create PERSON")
        return
    print_table(("token", "person", "for", "created (UTC)", "expires", "last used"), [_row(token) for token in found])


@app.command()
def revoke(token: Annotated[str, typer.Argument(help="Its id, as `hone tokens list` shows it.")]) -> None:
    """Revoke a token. Example: `hone tokens revoke 1f0c2d3e`"""
    gone = _tokens().revoke(token)
    typer.echo(f"Token {gone.id} of {gone.person} is revoked.")


def _tokens() -> Tokens:
    from service.tokens import Tokens

    return Tokens(existing_workspace().database)


def _row(token: Token) -> tuple[str, ...]:
    import time

    ends = "never" if token.expires is None else _moment(token.expires)
    if token.expires is not None and token.expires < time.time():
        ends = f"expired {ends}"
    used = "never" if token.used is None else _moment(token.used)
    return token.id, token.person, token.name, _moment(token.created), ends, used


def _moment(when: float) -> str:
    return f"{datetime.fromtimestamp(when, UTC):%Y-%m-%d %H:%M}"
