"""A rating, or a blind comparison, told: as data for programs and pages, to a person, and as a report."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from eval.rating.comparing import CHANCE, PreferenceComparison, Winner, rival_settings
from eval.rating.judge import MEANINGS, JudgeIdentity
from eval.rating.judges import SEEN
from eval.rating.pages import ChosenPages
from eval.rating.people import NEEDED, PeopleCheck
from eval.rating.rate import GradedPage, Rating
from eval.reports.blocks import Block, Fold, Heading, Paragraph, Picture, Report, Table, reproducing
from eval.reports.plots import PlotBar, bars, histogram
from eval.reports.writing import finish
from eval.runs import SCORES, EvalRun, Plain, begin, served, to_json
from eval.statistics import bootstrap
from hone.workspace import Workspace

LOST = 25  # questions named in the report


def plain_comparison(found: PreferenceComparison, chosen: ChosenPages, against: str) -> Plain:
    """Convert a comparison to plain data."""
    return {
        "headline": f"{against} against live: gain {found.gain}",
        "against": against,
        "judge": asdict(found.judge),
        "questions": len(found.verdicts),
        "of": chosen.of,
        "left_out": chosen.left_out,
        "wins": found.count("b"),
        "losses": found.count("a"),
        "ties": found.count("tie"),
        "same_lists": found.same,
        "without_answer": found.count(None),
        "gain": found.gain,
        "flip_rate": found.flip_rate,
        "orders": {"asked_now": found.asked, "from_before": found.cached},
    }


def comparison_lines(found: PreferenceComparison, chosen: ChosenPages, against: str) -> list[str]:
    """Describe a comparison to a person."""
    lines = [
        f"{against} against the live search on {len(found.verdicts):,} questions, blind, in both orders:",
        f"  better {found.count('b'):,}, worse {found.count('a'):,}, ties {found.count('tie'):,} "
        f"({found.same:,} showed the same), not judged {found.count(None):,}",
        f"  gain: {found.gain} (share better less share worse)",
        f"  judge: {found.judge}; {found.asked:,} orders judged now, {found.cached:,} reused",
    ]
    if chosen.left_out:
        lines.append(f"  of the questions, {chosen}")
    if found.judge.kind == "signals":
        lines.append("  it uses signals of the live search, so it may favor the live search over a rival")
    elif found.same < len(found.verdicts):
        lines.append(f"  the order of the lists decided {found.flip_rate:.1%} of the judge's verdicts")
    reasons = sorted({verdict.why for verdict in found.verdicts if verdict.why})
    return [*lines, *(f"  not judged: {why}" for why in reasons)]


def blind_report(settings: Mapping[str, Any], found: PreferenceComparison, chosen: ChosenPages, against: str) -> Report:
    """Lay a comparison out as a report."""
    told = [Paragraph(text=line.strip()) for line in comparison_lines(found, chosen, against)]
    rival = ", ".join(dict.fromkeys(map(str, settings["against"].values())))
    more = [("against", rival), ("judge", str(settings["judge"]))]
    blocks = [*told, *_shares(found, against), *_lost(found, chosen), *reproducing(settings, more)]
    return Report(title=f"{against} against the live search", blocks=blocks)


def _shares(found: PreferenceComparison, against: str) -> Iterator[Block]:
    names: Mapping[Winner, str] = {"b": f"{against} is better", "a": "live is better", "tie": "tie"}
    shown = [
        PlotBar(label=name, value=found.share(winner), colour=place)
        for place, (winner, name) in enumerate(names.items())
    ]
    yield Heading(text="Which is better")
    yield Picture(svg=bars(shown), caption="shares of judged questions, with 95 % intervals")


def _lost(found: PreferenceComparison, chosen: ChosenPages) -> Iterator[Block]:
    lost = [verdict for verdict in found.verdicts if verdict.winner == "a"]
    if lost:
        yield Heading(text="Where live is better")
        rows = [[verdict.id, verdict.query if chosen.told else ""] for verdict in lost[:LOST]]
        yield Table(names=["question" if chosen.told else "search", ""], rows=rows, figures=False)


WORST = 10
SHOWN = 25  # of the worst, in the report


def plain(rating: Rating, check: PeopleCheck, chosen: ChosenPages) -> dict[str, Any]:
    """Convert a rating to plain data."""
    return {
        "headline": f"PWAS@{rating.depth} {rating.pwas}",
        "measure": f"PWAS@{rating.depth}",
        "pwas": asdict(rating.pwas),
        "bounds": asdict(rating.bounds),
        "searches": len(rating.pages),
        "of": chosen.of,
        "left_out": chosen.left_out,
        "searches_without_score": len(rating.pages) - len(rating.scored),
        "searches_that_showed_nothing": rating.empty,
        "results": {"shown": rating.shown, "judged": rating.judged, "judged_share": rating.judged_share},
        "ungraded": {kind: {"results": count, "why": rating.reasons[kind]} for kind, count in rating.ungraded.items()},
        "grades": [sum(grade == level for page in rating.pages for grade in page.grades) for level in range(4)],
        "pairs": {"graded_now": rating.asked, "from_before": rating.cached},
        "judge": asdict(rating.judge),
        "one_grade": rating.one_grade,
        "calibration": rating.calibration and rating.calibration.plain(),
        "known_of_the_judge": list(rating.agreement),
        "people": _people(check),
        "worst": [
            {"id": page.page.id, "score": page.score, "grades": list(page.grades)} for page in rating.worst(WORST)
        ],
    }


def lines_of(rating: Rating, check: PeopleCheck, chosen: ChosenPages) -> list[str]:
    """Describe a rating to a person, without the worst questions."""
    shown = f"{len(rating.scored):,} searches ({rating.empty:,} of them showed nothing)"
    lines = [
        f"PWAS@{rating.depth}: {rating.pwas} over {shown}",
        f"judge: {rating.judge}",
        f"judged: {rating.judged:,} of {rating.shown:,} results ({rating.judged_share:.1%}); "
        f"{rating.asked:,} pairs graded now, {rating.cached:,} reused",
    ]
    if rating.one_grade is not None:
        said = f"it graded every result {rating.one_grade}, so this score says nothing; take another judge"
        lines.append(f"the judge is useless here: {said}")
    if chosen.left_out:
        lines.append(f"sample: {chosen}")
    lines += [f"not judged: {count:,} × {kind}: {rating.reasons[kind]}" for kind, count in rating.ungraded.items()]
    if rating.ungraded:
        lines.append(f"between {rating.bounds.low:.3f} and {rating.bounds.high:.3f}, whatever grades those would have")
    if rating.calibration:
        lines.append(f"calibration: {rating.calibration.told}")
    lines += [f"about the judge: {said}" for said in rating.agreement]
    return [*lines, told(check)]


def told(check: PeopleCheck) -> str:
    """Say how the judge compares with people."""
    if not check.enough:
        return f"not checked against people yet: {check.labels} of {NEEDED} labels"
    by = f"{check.labels} labels by {check.people} " + ("people" if check.people > 1 else "person")
    return (
        f"against people: κ {check.kappa} and {check.exact:.0%} equal grades on {by}; "
        f"PWAS by people (prediction-powered): {check.pwas}"
    )


def rating_report(settings: Mapping[str, Any], rating: Rating, check: PeopleCheck, chosen: ChosenPages) -> Report:
    """Lay a rating out as a report."""
    more = [("judge", rating.judge.key), ("depth", str(rating.depth))]
    blocks = [
        *(Paragraph(text=line) for line in lines_of(rating, check, chosen)),
        *_grade_shares(rating),
        *_spread(rating),
        *_worst(rating, chosen),
        *reproducing(settings, more),
    ]
    return Report(title=f"Rating of {settings['questions']['name']}", blocks=blocks)


def marks(grades: Sequence[int | None]) -> str:
    """Write a page's grades in a row."""
    return " ".join("–" if grade is None else str(grade) for grade in grades) or "nothing shown"


def _grade_shares(rating: Rating) -> Iterator[Block]:
    graded = [(page.page.query, grade) for page in rating.pages for grade in page.grades if grade is not None]
    if not graded:
        return
    queries, grades = [query for query, _ in graded], np.array([grade for _, grade in graded])
    shown = [
        PlotBar(label=f"{level} {meaning}", value=bootstrap(grades == level, clusters=queries), colour=level)
        for level, meaning in reversed(list(enumerate(MEANINGS)))
    ]
    yield Heading(text="Grades")
    yield Picture(svg=bars(shown), caption=f"shares of {len(graded):,} graded results, with 95 % intervals")


def _spread(rating: Rating) -> Iterator[Block]:
    name = f"PWAS@{rating.depth}"
    yield Heading(text="Distribution of scores")
    yield Picture(svg=histogram({name: [page.score or 0.0 for page in rating.scored]}), caption=f"{name} by search")


def _worst(rating: Rating, chosen: ChosenPages) -> Iterator[Block]:
    worst = rating.worst(SHOWN)
    yield Heading(text="The worst questions")
    if chosen.told:
        yield from (
            Fold(title=f"{page.score:.3f} · {page.page.query} ({page.page.id})", blocks=[_shown(page)])
            for page in worst
        )
        return
    rows = [[page.page.id, f"{page.score:.3f}", marks(page.grades)] for page in worst]
    yield Table(names=["search", "score", "grades"], rows=rows)


def _shown(page: GradedPage) -> Table:
    rows = [
        [str(rank), "–" if grade is None else str(grade), "gone" if hit is None else f"{hit.document} · {hit.title}"]
        for rank, (hit, grade) in enumerate(zip(page.page.results, page.grades, strict=False), 1)
    ]
    return Table(names=["rank", "grade", "shown"], rows=rows, figures=False)


def _people(check: PeopleCheck) -> dict[str, Any]:
    if not check.enough:
        return {"checked": False, "labels": check.labels, "needed": NEEDED}
    return {
        "checked": True,
        "labels": check.labels,
        "people": check.people,
        "kappa": asdict(check.kappa),
        "equal": check.exact,
        "pwas": asdict(check.pwas),
    }


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
    finish(run, summary, report)


def _settings(workspace: Workspace, chosen: ChosenPages, judge: JudgeIdentity) -> Plain:
    live = workspace.registry.live()
    return {"questions": chosen.questions, "judge": judge.key, **served(workspace, [live] if live else [])}
