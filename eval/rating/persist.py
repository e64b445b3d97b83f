"""Ratings and blind comparisons as runs: what they were made with, a line a question, what they came to, a report.

Searches stand in them by their ids alone. What people asked stays in the log, so that it can be forgotten there.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from eval.rating.baselines import rival_settings
from eval.rating.blind_report import blind_report, plain_comparison
from eval.rating.comparing import CHANCE, PreferenceComparison
from eval.rating.judge import JudgeIdentity
from eval.rating.page_selection import ChosenPages
from eval.rating.people import PeopleCheck
from eval.rating.preference_judges import SEEN
from eval.rating.rate import Rating
from eval.rating.report import plain, rating_report
from eval.reports.blocks import Report
from eval.reports.html import to_html
from eval.reports.markdown import to_markdown
from eval.run_environment import served
from eval.runs import SCORES, EvalRun, Plain, begin, to_json
from hone.workspace import Workspace

RATE, AGAINST = "rate", "against"  # kinds of runs


def keep_rating(workspace: Workspace, rating: Rating, check: PeopleCheck, chosen: ChosenPages) -> EvalRun:
    """Keep a rating under `runs/`."""
    calibration = rating.calibration and rating.calibration.plain()
    settings = {**_settings(workspace, chosen, rating.judge), "depth": rating.depth, "calibration": calibration}
    with begin(workspace.home, RATE, settings) as run:
        lines = ({"id": page.page.id, "score": page.score, "grades": page.grades} for page in rating.pages)
        report = rating_report(run.settings(), rating, check, chosen)
        _finish(run, lines, plain(rating, check, chosen), report)
    return run


def keep_comparison(workspace: Workspace, found: PreferenceComparison, chosen: ChosenPages, against: str) -> EvalRun:
    """Keep a blind comparison under `runs/`."""
    rival = {"name": against, **rival_settings(workspace, against)}
    settings = {**_settings(workspace, chosen, found.judge), "against": rival, "depth": SEEN, "seed": CHANCE}
    with begin(workspace.home, AGAINST, settings) as run:
        lines = (
            {
                "id": verdict.id,
                "winner": {"a": "live", "b": against}.get(str(verdict.winner), verdict.winner),
                "flipped": verdict.flipped,
                "same": verdict.same,
                "why": verdict.why,
            }
            for verdict in found.verdicts
        )
        report = blind_report(run.settings(), found, chosen, against)
        _finish(run, lines, plain_comparison(found, chosen, against), report)
    return run


def _finish(run: EvalRun, lines: Iterable[Mapping[str, Any]], summary: Plain, report: Report) -> None:
    (run.folder / SCORES).unlink(missing_ok=True)  # of one that was cut off between here and its end
    run.append(map(to_json, lines))
    run.finish({"kind": run.settings()["kind"], **summary}, to_markdown(report), to_html(report))


def _settings(workspace: Workspace, chosen: ChosenPages, judge: JudgeIdentity) -> Plain:
    live = workspace.registry.live()
    return {"questions": chosen.questions, "judge": judge.key, **served(workspace, [live] if live else [])}
