"""`hone evaluate rate`: how good what people were shown is, without golden labels."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from cli.context import JSON, existing_workspace

if TYPE_CHECKING:
    from eval.rating.comparing import Comparison
    from eval.rating.rate import Rating
    from eval.rating.shown import Page
    from retriever.searching.searcher import Searcher

WORST = 10
SINCE = typer.Option(
    "--since", formats=["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"], help="Only searches from this day or moment on, in UTC."
)


def rate(
    since: Annotated[datetime | None, SINCE] = None,
    limit: Annotated[int, typer.Option(min=1, help="How many searches at most, the newest.")] = 200,
    depth: Annotated[int, typer.Option(min=1, max=100, help="How many places of a page count.")] = 10,
    rater: Annotated[
        Literal["auto", "llm", "signals"], typer.Option(help="Who grades; `auto` is the LLM where there is one.")
    ] = "auto",
    questions: Annotated[
        Path | None, typer.Option(help="Ask these questions of the live search, in place of the log.")
    ] = None,
    against: Annotated[
        str, typer.Option(help="Compare blind with `dense`, `bm25` or another generation, on the same questions.")
    ] = "",
    at_once: Annotated[int, typer.Option(min=1, max=64, help="How many calls to the LLM side by side.")] = 4,
    as_json: Annotated[bool, JSON] = False,
) -> None:
    """Grade what people were shown, 0 to 3, and average by position. Example: `hone evaluate rate --since 2026-11-01`

    Every grade is kept at once: interrupted, the command goes on where it was. What could not be graded is counted.
    """
    from cli.progress import shown_progress
    from cli.tables import visible
    from eval.rating.driving import Pace
    from eval.rating.opening import open_rater
    from eval.rating.people import check_against_people
    from eval.rating.rate import rate_pages
    from eval.rating.report import keep_run, lines_of, plain
    from eval.rating.store import RatingStore
    from eval.runs import to_json
    from retriever import open_searcher

    workspace = existing_workspace()
    searcher = open_searcher(workspace)
    moment = since and since.replace(tzinfo=UTC)
    pages = pages_of(searcher, moment, limit, depth, questions)
    if against:
        _compare(searcher, pages, against, rater, at_once, as_json=as_json)
        return
    judge, store = open_rater(searcher, rater, Pace(at_once=at_once)), RatingStore(workspace.home)
    try:
        with shown_progress() as progress:
            rating = rate_pages(pages, judge, store, depth=depth, progress=progress)
        check = check_against_people(rating, store)
    finally:
        store.close()
        searcher.close()
    settings = {"since": since, "limit": limit, "questions": str(questions or "log")}
    run = keep_run(workspace, rating, check, settings)
    if as_json:
        typer.echo(to_json({"run": run.id, **plain(rating, check)}, indent=2))
        return
    for line in lines_of(rating, check):
        typer.echo(visible(line))
    if not check.enough:
        typer.echo("  → hone evaluate label")
    _print_worst(rating)
    typer.echo(f"\nrun {run.id}", err=True)


def pages_of(searcher: Searcher, since: datetime | None, limit: int, depth: int, questions: Path | None) -> list[Page]:
    """Give the pages to grade: those of the log, or what the live search shows for a file's questions."""
    from eval.questions import read_questions
    from eval.rating.shown import live_pages, logged_pages
    from hone.errors import UsageError

    if questions is not None:
        found = read_questions(searcher.workspace, questions).questions[:limit]
        return list(live_pages(searcher, found, depth=depth))
    pages = logged_pages(searcher.workspace, since=since, limit=limit, depth=depth)
    if not pages:
        raise UsageError(
            "There is no search in the log to grade" + (f" since {since:%Y-%m-%d}." if since else "."),
            hint="Take --questions FILE, or `hone searches import` a log.",
        )
    return pages


def _print_worst(rating: Rating) -> None:
    from cli.tables import print_table

    rows = [
        (
            f"{page.score:.3f}",
            " ".join("–" if grade is None else str(grade) for grade in page.grades) or "nothing shown",
            page.page.query,
            page.page.id,
        )
        for page in rating.worst(WORST)
    ]
    typer.echo("")
    print_table(("score", "grades", "worst questions", "search"), rows)


def _compare(
    searcher: Searcher,
    pages: list[Page],
    against: str,
    rater: Literal["auto", "llm", "signals"],
    at_once: int,
    *,
    as_json: bool,
) -> None:
    from cli.progress import shown_progress
    from eval.rating.choosers import SEEN
    from eval.rating.comparing import compare_blind
    from eval.rating.driving import Pace
    from eval.rating.opening import open_chooser
    from eval.rating.rivals import faceoffs
    from eval.runs import to_json

    chooser = open_chooser(searcher, rater, Pace(at_once=at_once))
    with shown_progress() as progress:
        progress.stage(f"searching, and with {against}", None)
        faces = list(faceoffs(searcher, pages, against, SEEN))
        found = compare_blind(faces, chooser, progress=progress)
    searcher.close()
    if as_json:
        typer.echo(to_json({"against": against, **_plain(found)}, indent=2))
    else:
        _print_comparison(found, against)


def _plain(found: Comparison) -> dict[str, object]:
    return {
        "judge": {"kind": found.judge.kind, "model": found.judge.model, "version": found.judge.version},
        "questions": len(found.verdicts),
        "wins": found.count("b"),
        "losses": found.count("a"),
        "ties": found.count("tie"),
        "same_lists": found.same,
        "without_answer": found.count(None),
        "gain": found.gain,
        "flip_rate": found.flip_rate,
    }


def _print_comparison(found: Comparison, against: str) -> None:
    from cli.tables import visible

    typer.echo(
        f"{visible(against)} against the live search on {len(found.verdicts):,} questions, blind, each order once:"
    )
    typer.echo(
        f"  better {found.count('b'):,}, worse {found.count('a'):,}, ties {found.count('tie'):,} "
        f"({found.same:,} showed the same), without an answer {found.count(None):,}"
    )
    typer.echo(f"  gain: {found.gain} (share better less share worse)")
    typer.echo(f"  judge: {found.judge}")
    if found.judge.kind == "signals":
        typer.echo("  it weighs signals of the live search, so it is no impartial judge of a rival to it")
    elif found.same < len(found.verdicts):
        typer.echo(f"  of what it was asked, the order decided {found.flip_rate:.1%}")
    for why in sorted({verdict.why for verdict in found.verdicts if verdict.why}):
        typer.echo(f"  without an answer: {visible(why)}")
