"""`hone evaluate label`: grade results by hand, to see how far the automatic rater can be trusted."""

from __future__ import annotations

import sys
import textwrap
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from cli.context import existing_hone

if TYPE_CHECKING:
    from rich.console import Console

    from eval.rating.labels import Item, Walk

WIDTH = 100
ENDS = ("", "q", "\x03", "\x04")  # nothing more to read, q, Ctrl-C, Ctrl-D


def label(
    count: Annotated[int, typer.Option("--count", "-n", min=1, max=1000, help="How many results to grade.")] = 30,
    person: Annotated[
        str, typer.Option("--as", help="Grade as this person of hone.toml; you only see what they can read.")
    ] = "",
    limit: Annotated[int, typer.Option(min=1, help="Draw from this many of the newest searches.")] = 200,
    depth: Annotated[int, typer.Option(min=1, max=100, help="How many positions of a page count.")] = 10,
    rater: Annotated[Literal["auto", "llm", "signals"], typer.Option(help="Whose grades to check.")] = "auto",
) -> None:
    """Grade results by hand, one at a time; 30 are enough to begin with. Example: `hone evaluate label --count 50`

    Keys: 0 to 3 grade, s skips, b goes back, q quits. Each grade is saved at once, and you can continue any time.
    Without --as you see every text.
    """
    from contextlib import closing

    from cli.progress import shown_progress
    from eval.rating.judges import open_rater
    from eval.rating.labels import begin_walk, resume_walk
    from eval.rating.pages import from_log
    from eval.rating.people import check_against_people
    from eval.rating.rate import rate_pages
    from eval.rating.report import told
    from eval.rating.store import RatingStore
    from hone.settings import asker_of

    hone = existing_hone()
    workspace, searcher = hone.workspace, hone.searcher
    reader, name = asker_of(workspace.settings, person) if person else None, person or "admin"
    with closing(RatingStore(workspace.home)) as store:
        with shown_progress() as progress:  # what was graded before is not graded again
            pages = from_log(searcher, limit=limit, depth=depth).pages
            rating = rate_pages(pages, open_rater(searcher, rater), store, depth=depth, progress=progress)
        walk = resume_walk(workspace, store, name, reader) or begin_walk(workspace, store, rating, count, name, reader)
        _walk(walk)
        done, check = walk.progress, check_against_people(rating, store)
    typer.echo(f"\nYou graded {done.labelled} of {done.total}; {told(check)}.")


def _walk(walk: Walk) -> None:
    from rich.console import Console

    from eval.rating.judge import MEANINGS

    console = Console(highlight=False, markup=False)
    if walk.progress.lost:
        console.print(f"{walk.progress.lost} results are left out: deleted, changed, or not accessible to you.")
    for grade, meaning in enumerate(MEANINGS):
        console.print(f"  {grade}  the passage {meaning}")
    while (item := walk.item) is not None:
        _show(console, item, walk)
        key = _key(console)
        if key in ENDS:
            return
        if key in "0123":
            walk.label(int(key))
        elif key == "s":
            walk.skip()
        elif key == "b":
            walk.back()
        else:
            console.print(f"Press 0, 1, 2, 3, s, b or q, not {key!r}.")


def _show(console: Console, item: Item, walk: Walk) -> None:
    from rich.text import Text

    from cli.tables import visible, visible_lines
    from eval.rating.labels import marked

    progress, hit = walk.progress, item.hit
    console.print(f"\n[{progress.labelled}/{progress.total}]", style="dim")
    console.print(Text(visible(item.query), style="bold"))
    console.print(Text(visible(" › ".join(part for part in (hit.title, *hit.place) if part)), style="cyan"))
    text = _wrapped(visible_lines(hit.text), min(console.width, WIDTH))
    shown = Text(text)
    for span in marked(item.query, text):
        shown.stylize("bold underline", span.start, span.end)
    console.print(shown)
    if item.grade is not None:
        console.print(f"your grade so far: {item.grade}", style="dim")


def _wrapped(text: str, width: int) -> str:
    return "\n".join(
        textwrap.fill(line, width, break_on_hyphens=False, replace_whitespace=False) for line in text.split("\n")
    )


def _key(console: Console) -> str:
    """Read one key in a terminal, one line otherwise."""
    console.print("0 1 2 3 · s skip · b back · q quit > ", end="")
    if not sys.stdin.isatty():
        return sys.stdin.readline().strip()[:1].lower()
    key = typer.getchar().lower()
    console.print(key if key.isprintable() else "")
    return key
