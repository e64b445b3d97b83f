"""The gate: live against candidate on questions that neither has learned from, and all else that may go wrong."""

import contextlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

from eval.gold import GoldFinder
from eval.pinned import open_pinned
from eval.ranking import Owners
from hone.errors import HoneError
from hone.progress import Progress
from hone.registry import Generation
from hone.workspace import Workspace
from retriever.library.library import Library
from retriever.searching.searcher import Searcher
from training.gate.canary import opened_canary
from training.gate.checks import STATIONS, Station
from training.gate.context import Case, Trial
from training.gate.heldout import held_out
from training.gate.ranking import served
from training.gate.scored import Line, compare
from training.gate.searching import Bench, ask_both
from training.gate.verdict import Findings, Verdict, finding, together

LAST = 10  # place of a page


def judge(workspace: Workspace, trial: Trial, progress: Progress) -> Verdict:
    """Hold a candidate against the live model; passed is what every check passes."""
    library = Library(workspace.database)
    finder = GoldFinder(library)
    exam = held_out(trial.splits.test, trial.judgments, finder)
    with contextlib.ExitStack() as opened:
        progress.stage("reading the canary", None)
        canary = opened.enter_context(opened_canary(workspace.settings, trial.canary, progress))
        live, candidate = (_open(workspace, item, opened) for item in (trial.live, trial.candidate))
        bench = Bench(live=live, candidate=candidate, owners=Owners(library), shown=workspace.settings.search.hits)
        progress.stage("asking held-out questions", len(exam.questions))
        asked = ask_both(bench, exam.questions, progress.advance)
        lines = [replace(line, inverse_propensity=_inverse_propensity(line, trial)) for line in asked]
        case = Case(workspace=workspace, trial=trial, exam=exam, lines=lines, bench=bench, canary=canary, finder=finder)
        progress.stage("checking", len(STATIONS))
        found = together(_looked(station, case, progress) for station in STATIONS)
    return verdict_of(trial, lines, found)


def _inverse_propensity(line: Line, trial: Trial) -> float:
    """Tell how many a question stands for; one whose answer is not on the page, as many as one at its end."""
    return trial.inverse_propensity(line.live.place or LAST)


def verdict_of(trial: Trial, lines: Sequence[Line], found: Findings) -> Verdict:
    """Put findings into the record that is kept."""
    main = compare(lines, served(lines), weighed=True)
    failed = [check for check in found.checks if not check.passed]
    return Verdict(
        version=trial.version,
        model=trial.candidate.model.id,
        live=trial.live.model.id,
        live_generation=trial.live.id,
        generation=trial.candidate.id,
        decided=datetime.now(UTC),
        decision="refused" if failed else "passed",
        reasons=tuple(f"{check.name}: {check.says}" for check in failed),
        checks=found.checks,
        measures=found.measures,
        slices=found.slices,
        regressions=found.regressions,
        wins=main.wins,
        ties=main.ties,
        losses=main.losses,
        p=main.p if main.questions else None,
        questions=main.questions,
        needed=found.needed,
    )


def _open(workspace: Workspace, generation: Generation, opened: contextlib.ExitStack) -> Searcher:
    searcher = open_pinned(workspace, generation)
    opened.callback(searcher.close)
    return searcher


def _looked(station: Station, case: Case, progress: Progress) -> Findings:
    """Look, and take what kept a check from being made for a check that failed: nobody can say it would have passed."""
    try:
        return station.look(case)
    except HoneError as error:
        return finding(station.name, False, f"This could not be checked. {error.message} {error.hint}".strip())
    finally:
        progress.advance(1)
