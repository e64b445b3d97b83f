"""Whether one system is better than another on the same questions, how sure that is, and on which it is worse."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from eval.reports.blocks import Block, Heading, Paragraph, Picture, Report, Table
from eval.reports.plots import PlotPoint, scatter
from eval.runs import EvalRun, find_run, list_runs, scores_of, systems_of
from eval.statistics import Interval, bootstrap_columns, detectable, holm, paired_permutation
from hone.errors import UsageError

KINDS = ("retrieval", "models", "answers")  # whose runs have the score of every question
LATEST = "latest"
SAME = 1e-9  # sums of the same grades in another order differ in the last digits


@dataclass(frozen=True, slots=True, kw_only=True)
class Contender:
    """One system of one run, with its score and text by question."""

    run: EvalRun
    system: str
    scores: Mapping[str, tuple[str, float]]

    def name(self, among: Sequence["Contender"] = ()) -> str:
        """Name it; by its system alone among those of one run."""
        alone = among and all(other.run == self.run for other in among)
        return self.system if alone else f"{self.run.id}:{self.system}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreChange:
    """A question that two systems answered unlike well."""

    id: str
    text: str
    before: float
    after: float

    @property
    def difference(self) -> float:
        return self.after - self.before


@dataclass(frozen=True, slots=True, kw_only=True)
class SystemComparison:
    """One system against another, on the questions that both were asked."""

    before: str
    after: str
    measure: str
    questions: int
    left_out: int  # questions that only one of them has a score of
    mean_before: Interval
    mean_after: Interval
    difference: Interval
    p: float
    p_holm: float  # corrected for all the candidates of one comparison
    wins: int
    ties: int
    losses: int
    detectable: float  # a true difference this large would have been seen four times of five
    changes: tuple[ScoreChange, ...]  # every question, the worst regression first

    @property
    def verdict(self) -> str:
        """Put the verdict into words."""
        if self.p_holm <= 0.05 and self.difference.excludes_zero:
            return "better" if self.difference.mean > 0 else "worse"
        return "no significant difference"


def find_comparable(home: Path, name: str) -> EvalRun:
    """Find a run that can be compared; `latest` is the newest of these, whatever else was evaluated since."""
    if name == LATEST:
        return _latest(home)
    run = find_run(home, name)
    if (kind := _kind(run)) not in KINDS:
        raise UsageError(
            f"Run {run.id} is of kind {kind!r}; only runs of {', '.join(KINDS)} score questions one by one.",
            hint="Choose one of those (hone evaluate list). Without known answers: hone evaluate rate --against bm25",
        )
    if not run.finished:
        raise UsageError(
            f"Run {run.id} was interrupted, so some of its questions may be missing.",
            hint="Run the same command again to finish it, then compare.",
        )
    return run


def contender(run: EvalRun, system: str, measure: str) -> Contender:
    """Take a system of a run; the run's first if none is named."""
    chosen = system or next(iter(systems_of(run)), "")
    return Contender(run=run, system=chosen, scores=scores_of(run, chosen, measure))


def compare(before: Contender, candidates: Sequence[Contender], measure: str) -> list[SystemComparison]:
    """Compare candidates with one system, each on the questions both have, and correct for how many they are."""
    among = [before, *candidates]
    found = [_compare(before, after, measure, among) for after in candidates]
    corrected = holm([item.p for item in found])
    return [replace(item, p_holm=p) for item, p in zip(found, corrected, strict=True)]


def _latest(home: Path) -> EvalRun:
    found = next((run for run in list_runs(home) if run.finished and _kind(run) in KINDS), None)
    if found is None:
        raise UsageError(
            f"There's no finished run of {', '.join(KINDS)} to compare.",
            hint="Start one: hone evaluate retrieval questions.jsonl",
        )
    return found


def _kind(run: EvalRun) -> str:
    return str(run.settings().get("kind", ""))


def _compare(before: Contender, after: Contender, measure: str, among: Sequence[Contender]) -> SystemComparison:
    shared = [name for name in before.scores if name in after.scores]
    if not shared:
        raise UsageError(
            f"{before.name()} and {after.name()} have no questions in common.",
            hint="Compare runs over the same question set.",
        )
    renamed = next((name for name in shared if before.scores[name][0] != after.scores[name][0]), None)
    if renamed is not None:
        raise UsageError(
            f"Question {renamed!r} reads {before.scores[renamed][0]!r} in one run "
            f"and {after.scores[renamed][0]!r} in the other.",
            hint="Compare runs over the same question set.",
        )
    old, new = ([side.scores[name][1] for name in shared] for side in (before, after))
    gaps = [b - a for a, b in zip(old, new, strict=True)]
    columns = bootstrap_columns(list(zip(old, new, gaps, strict=True)))
    p = paired_permutation(old, new)
    changes = [
        ScoreChange(id=name, text=before.scores[name][0], before=a, after=b)
        for name, a, b in zip(shared, old, new, strict=True)
    ]
    return SystemComparison(
        before=before.name(among),
        after=after.name(among),
        measure=measure,
        questions=len(shared),
        left_out=len(before.scores) + len(after.scores) - 2 * len(shared),
        mean_before=columns[0],
        mean_after=columns[1],
        difference=columns[2],
        p=p,
        p_holm=p,
        wins=sum(gap > SAME for gap in gaps),
        ties=sum(abs(gap) <= SAME for gap in gaps),
        losses=sum(gap < -SAME for gap in gaps),
        detectable=detectable(gaps),
        changes=tuple(sorted(changes, key=lambda change: (change.difference, change.id))),
    )


SHOWN = 15  # regressions and gains by name


def keep_comparison(contenders: Sequence[Contender], html: str) -> Path:
    """Keep the report of a comparison with the latest of its runs; it replaces what the same two runs gave before."""
    later = max((item.run for item in contenders), key=lambda run: run.id)
    return later.lay_beside(f"against-{contenders[0].run.id}.html", html)


def comparison_report(comparisons: Sequence[SystemComparison], shown: int = SHOWN) -> Report:
    """Lay comparisons with one system out as a report."""
    first = comparisons[0]
    blocks: list[Block] = [
        comparison_table(comparisons),
        *(block for item in comparisons for block in _one(item, shown)),
    ]
    return Report(title=f"{first.measure} against {first.before}", blocks=blocks)


def comparison_table(comparisons: Sequence[SystemComparison]) -> Table:
    """Lay out one line per candidate."""
    several = len(comparisons) > 1
    return Table(
        names=[
            "candidate",
            "before",
            "after",
            "difference",
            "p",
            *(["p (Holm)"] if several else []),
            "win/tie/loss",
            "",
        ],
        rows=[
            [
                item.after,
                str(item.mean_before),
                str(item.mean_after),
                str(item.difference),
                f"{item.p:.4f}",
                *([f"{item.p_holm:.4f}"] if several else []),
                f"{item.wins:,}/{item.ties:,}/{item.losses:,}",
                item.verdict,
            ]
            for item in comparisons
        ],
    )


def reach(item: SystemComparison) -> str:
    """Say how large a difference could have been seen, and what was left out."""
    told = f"With {item.questions:,} questions, a true difference of {item.detectable:.3f} shows 4 times out of 5."
    return told + (f" {item.left_out:,} questions have a score in only one run." if item.left_out else "")


def changes_table(changes: Sequence[ScoreChange]) -> Table:
    """List questions with their scores before and after."""
    rows = [
        [item.text, item.id, f"{item.before:.3f}", f"{item.after:.3f}", f"{item.difference:+.3f}"] for item in changes
    ]
    return Table(names=["question", "id", "before", "after", "difference"], rows=rows)


def regressions(item: SystemComparison, shown: int = SHOWN) -> list[ScoreChange]:
    """Return the questions that lost most."""
    return [change for change in item.changes[:shown] if change.difference < 0]


def gains(item: SystemComparison, shown: int = SHOWN) -> list[ScoreChange]:
    """Return the questions that gained most."""
    return [change for change in reversed(item.changes[-shown:]) if change.difference > 0]


def _one(item: SystemComparison, shown: int) -> Iterator[Block]:
    yield Heading(text=item.after)
    yield Paragraph(text=reach(item))
    points = [PlotPoint(x=change.before, y=change.after, note=change.text) for change in item.changes]
    yield Picture(
        svg=scatter(points, x=f"before: {item.before}", y=f"after: {item.after}"),
        caption=f"{item.measure} by question (above the line: improved; larger marks: more questions)",
    )
    for title, changes in (("Biggest losses", regressions(item, shown)), ("Biggest gains", gains(item, shown))):
        if changes:
            yield Heading(text=title)
            yield changes_table(changes)
