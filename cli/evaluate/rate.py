"""`hone evaluate rate`: how good what people were shown is, without golden labels."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from cli.context import JSON, existing_hone, in_utc

if TYPE_CHECKING:
    from eval.rating.judges import RaterName
    from eval.rating.pages import ChosenPages
    from eval.rating.rate import Rating
    from retriever.searching.searcher import Searcher

WORST = 10
SINCE = typer.Option(
    "--since", formats=["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"], help="Only searches since this day or time (UTC)."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Judging:
    """Who judges, how fast, and how the result is printed."""

    rater: RaterName
    thresholds: Literal["auto", "shipped"]
    at_once: int
    as_json: bool


def rate(
    since: Annotated[datetime | None, SINCE] = None,
    limit: Annotated[
        int, typer.Option(min=1, help="At most this many: the newest searches, or a sample of the questions.")
    ] = 200,
    depth: Annotated[int, typer.Option(min=1, max=100, help="How many positions of a page count.")] = 10,
    rater: Annotated[
        Literal["auto", "llm", "signals"], typer.Option(help="Who grades; `auto` uses the LLM where there is one.")
    ] = "auto",
    thresholds: Annotated[
        Literal["auto", "shipped"],
        typer.Option(
            help="Without an LLM: `auto` fits the thresholds to your grades if there are enough, `shipped` never does."
        ),
    ] = "auto",
    questions: Annotated[
        Path | None, typer.Option(help="Grade the live search on these questions instead of the log.")
    ] = None,
    against: Annotated[
        str, typer.Option(help="Compare blind with `dense`, `bm25` or another index on the same questions.")
    ] = "",
    at_once: Annotated[int, typer.Option(min=1, max=64, help="How many LLM calls at once.")] = 4,
    as_json: Annotated[bool, JSON] = False,
) -> None:
    """Grade the results people saw from 0 to 3, weighted by position. Example: `hone evaluate rate --since 2026-11-01`

    Without an LLM, the thresholds follow the grades people gave (`hone evaluate label`), if there are enough.
    Every grade is saved at once; run the same command again to continue. What couldn't be graded is counted.
    Results are kept in the workspace: `hone evaluate list`.
    """
    from eval.rating.pages import from_file, from_log

    judged = _Judging(rater=rater, thresholds=thresholds, at_once=at_once, as_json=as_json)
    searcher = existing_hone().searcher
    if questions is not None:
        chosen = from_file(searcher, questions, limit=limit, depth=depth)
    else:
        chosen = from_log(searcher, since=in_utc(since), limit=limit, depth=depth)
    if against:
        _compare(searcher, chosen, against, judged)
    else:
        _rate(searcher, chosen, depth, judged)


def _rate(searcher: Searcher, chosen: ChosenPages, depth: int, judged: _Judging) -> None:
    from contextlib import closing
    from dataclasses import replace

    from cli.evaluate.runs import print_where
    from cli.progress import shown_progress
    from cli.tables import visible
    from eval.llm_batch import Pace
    from eval.rating.judges import open_rater
    from eval.rating.people import check_against_people
    from eval.rating.rate import rate_pages
    from eval.rating.report import keep_rating, lines_of, plain
    from eval.rating.store import RatingStore
    from eval.rating.thresholds import calibrated
    from eval.runs import to_json

    judge = open_rater(searcher, judged.rater, Pace(at_once=judged.at_once))
    with closing(RatingStore(searcher.workspace.home)) as store:
        with shown_progress() as progress:
            judge, calibration = calibrated(judge, searcher, store, own=judged.thresholds == "auto")
            rating = rate_pages(chosen.pages, judge, store, depth=depth, progress=progress)
        rating = replace(rating, calibration=calibration)
        check = check_against_people(rating, store)
    run = keep_rating(searcher.workspace, rating, check, chosen)
    if judged.as_json:
        typer.echo(to_json({"run": run.id, **plain(rating, check, chosen)}, indent=2))
        return
    for line in lines_of(rating, check, chosen):
        typer.echo(visible(line))
    if not check.enough:
        typer.echo("  → hone evaluate label")
    _print_worst(rating)
    typer.echo("", err=True)
    print_where(run, err=True)


def _print_worst(rating: Rating) -> None:
    from cli.tables import print_table
    from eval.rating.report import marks

    rows = [(f"{page.score:.3f}", marks(page.grades), page.page.query, page.page.id) for page in rating.worst(WORST)]
    typer.echo("")
    print_table(("score", "grades", "worst questions", "search"), rows)


def _compare(searcher: Searcher, chosen: ChosenPages, against: str, judged: _Judging) -> None:
    from contextlib import closing

    from cli.evaluate.runs import print_where
    from cli.progress import shown_progress
    from cli.tables import visible
    from eval.llm_batch import Pace
    from eval.rating.comparing import compare_blind, faceoffs
    from eval.rating.judges import SEEN, open_chooser
    from eval.rating.report import comparison_lines, keep_comparison, plain_comparison
    from eval.rating.store import RatingStore
    from eval.runs import to_json

    chooser = open_chooser(searcher, judged.rater, Pace(at_once=judged.at_once))
    with shown_progress() as progress, closing(RatingStore(searcher.workspace.home)) as store:
        progress.stage(f"searching, and with {against}", None)
        faces = list(faceoffs(searcher, chosen.pages, against, SEEN))
        found = compare_blind(faces, chooser, store, progress=progress)
    run = keep_comparison(searcher.workspace, found, chosen, against)
    if judged.as_json:
        typer.echo(to_json({"run": run.id, **plain_comparison(found, chosen, against)}, indent=2))
        return
    for line in comparison_lines(found, chosen, against):
        typer.echo(visible(line))
    typer.echo("", err=True)
    print_where(run, err=True)
