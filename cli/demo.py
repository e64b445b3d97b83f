"""`hone demo`: the sample company, indexed and searched as two of its people."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from hone.workspace import Workspace

HOME = Path(".hone-demo")


def demo(
    quiet: Annotated[bool, typer.Option("--quiet", help="Set it up and index it, without the tour.")] = False,
) -> None:
    """Set up the sample company in `.hone-demo` and search it as two of its people. Example: `hone demo`

    Its documents are copied there, so change one and run `hone --home .hone-demo documents sync`.
    """
    from cli.context import named_home, open_workspace
    from cli.progress import shown_progress
    from cli.sync_report import print_synced
    from retriever.syncing.sync import sync
    from sample import copy_to

    copy_to(named_home() or HOME)
    workspace = open_workspace(HOME)
    with shown_progress() as progress:
        synced = sync(workspace, [], progress, wait=600, what="hone demo")
    print_synced(synced)
    if not quiet:
        _tour(workspace)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stop:
    """One search of the tour, and what a person should notice."""

    person: str
    query: str
    notice: str
    hits: int = 1
    expected: str = ""  # a document to ask after: why is it not there?


TOUR = (
    _Stop(
        person="nadia",
        query="who wears the bell at night, and when does it change hands",
        notice="A page says Monday; a later decision says Tuesday and ends the night bell. Both are there, with dates.",
        hits=4,
    ),
    _Stop(
        person="ingrid",
        query="Range for a senior developer in Rotterdam, 2026?",
        notice="Ingrid is in HR, so she finds the salary bands, cell and all, in a spreadsheet.",
    ),
    _Stop(
        person="nadia",
        query="Range for a senior developer in Rotterdam, 2026?",
        notice="Nadia is not. The same question, and not a word of it reaches her.",
        expected="hr/salary-bands-2026.xlsx",
    ),
    _Stop(
        person="nadia",
        query="how many flaps until an alarm is suppressed",
        notice="The glossary, a runbook and the function in the source code, side by side.",
        hits=3,
    ),
)


def _tour(workspace: Workspace) -> None:
    """Search as two people, saying what is good about each page."""
    from cli.hits import print_explanation, print_result
    from hone.settings import asker_of
    from retriever import open_searcher
    from retriever.searching.explain import explain
    from retriever.searching.searcher import Question

    searcher = open_searcher(workspace)
    for stop in TOUR:
        question = Question(text=stop.query, asker=asker_of(workspace.settings, stop.person))
        typer.secho(f"\n{stop.person} asks: {stop.query}", bold=True, fg="green")
        typer.secho(f"{stop.notice}\n", italic=True)
        print_result(searcher.search(question), why=True, hits=stop.hits)
        if stop.expected:
            typer.echo("")
            print_explanation(explain(searcher, question, stop.expected))
    typer.echo(f'\nTry your own: .venv/bin/hone --home {workspace.home} search "…" --as nadia')
