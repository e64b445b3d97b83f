"""A rating told: as data for programs and pages, as Markdown, and as a run under `runs/`.

Searches stand in it by their ids alone. What people asked stays in the log, so that it can be forgotten there.
"""

import hashlib
import html
from collections.abc import Mapping, Sequence
from typing import Any

from eval.rating.people import NEEDED, PeopleCheck
from eval.rating.rate import Rating
from eval.runs import Run, begin, to_json
from eval.statistics import Interval
from hone.workspace import Workspace

WORST = 10


def plain(rating: Rating, check: PeopleCheck) -> dict[str, Any]:
    """Give a rating as data."""
    return {
        "headline": f"PWAS@{rating.depth} {rating.pwas}",
        "measure": f"PWAS@{rating.depth}",
        "pwas": _interval(rating.pwas),
        "bounds": {"low": rating.bounds.low, "high": rating.bounds.high},
        "searches": len(rating.pages),
        "searches_without_score": len(rating.pages) - len(rating.scored),
        "searches_that_showed_nothing": rating.empty,
        "results": {"shown": rating.shown, "judged": rating.judged, "judged_share": rating.judged_share},
        "ungraded": {kind: {"results": count, "why": rating.reasons[kind]} for kind, count in rating.ungraded.items()},
        "grades": [sum(grade == level for page in rating.pages for grade in page.grades) for level in range(4)],
        "pairs": {"graded_now": rating.asked, "from_before": rating.cached},
        "judge": {"kind": rating.judge.kind, "model": rating.judge.model, "version": rating.judge.version},
        "known_of_the_judge": list(rating.agreement),
        "people": _people(check),
        "worst": [
            {"id": page.page.id, "score": page.score, "grades": list(page.grades)} for page in rating.worst(WORST)
        ],
    }


def lines_of(rating: Rating, check: PeopleCheck) -> list[str]:
    """Tell a rating to a person, the worst questions left out."""
    shown = f"{len(rating.scored):,} searches ({rating.empty:,} of them showed nothing)"
    lines = [
        f"PWAS@{rating.depth}: {rating.pwas} over {shown}",
        f"judge: {rating.judge}",
        f"judged: {rating.judged:,} of {rating.shown:,} results ({rating.judged_share:.1%}); "
        f"{rating.asked:,} pairs now, {rating.cached:,} known from before",
    ]
    lines += [f"not judged: {count:,} × {kind}: {rating.reasons[kind]}" for kind, count in rating.ungraded.items()]
    if rating.ungraded:
        lines.append(
            f"between {rating.bounds.low:.3f} and {rating.bounds.high:.3f}, whatever those would have been given"
        )
    lines += [f"of the judge: {said}" for said in rating.agreement]
    return [*lines, told(check)]


def told(check: PeopleCheck) -> str:
    """Say how the judge stands against people."""
    if not check.enough:
        return f"not checked against people yet: {check.labels} of {NEEDED} labels"
    by = f"{check.labels} labels by {check.people} " + ("people" if check.people > 1 else "person")
    return (
        f"against people: κ {check.kappa} and {check.exact:.0%} equal grades on {by}; "
        f"PWAS by people (prediction-powered): {check.pwas}"
    )


def keep_run(workspace: Workspace, rating: Rating, check: PeopleCheck, settings: Mapping[str, Any]) -> Run:
    """Keep a rating under `runs/`."""
    seen = hashlib.sha256("\n".join(page.page.id for page in rating.pages).encode()).hexdigest()[:12]
    full = {**settings, "depth": rating.depth, "judge": rating.judge.key, "searches": seen}
    with begin(workspace.home, "rate", full) as run:
        if not any(True for _ in run.lines()):
            run.append(
                to_json({"id": page.page.id, "score": page.score, "grades": page.grades}) for page in rating.pages
            )
        markdown = _markdown(rating, check)
        run.finish(plain(rating, check), markdown, _page(markdown))
    return run


def _markdown(rating: Rating, check: PeopleCheck) -> str:
    rows = [f"| {page.page.id} | {page.score:.3f} | {_grades(page.grades)} |" for page in rating.worst(WORST)]
    table = ["| search | score | grades |", "|---|---|---|", *rows]
    return "\n".join(["# Rating", "", *(f"- {line}" for line in lines_of(rating, check)), "", "## Worst", "", *table])


def _page(markdown: str) -> str:
    return f'<!doctype html><meta charset="utf-8"><title>Rating</title><pre>{html.escape(markdown)}</pre>'


def _grades(grades: Sequence[int | None]) -> str:
    return " ".join("–" if grade is None else str(grade) for grade in grades)


def _people(check: PeopleCheck) -> dict[str, Any]:
    if not check.enough:
        return {"checked": False, "labels": check.labels, "needed": NEEDED}
    return {
        "checked": True,
        "labels": check.labels,
        "people": check.people,
        "kappa": _interval(check.kappa),
        "equal": check.exact,
        "pwas": _interval(check.pwas),
    }


def _interval(interval: Interval) -> dict[str, float]:
    return {"mean": interval.mean, "low": interval.low, "high": interval.high}
