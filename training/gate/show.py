"""A verdict as a person reads it in a minute: what was decided, why, and the figures behind it."""

from collections.abc import Iterator, Sequence

from training.gate.ranking import TOLD
from training.gate.scored import chance_of
from training.gate.verdict import Check, ComparedMeasure, Regression, Verdict

SHOWN = 10  # regressions and slices; the record has all
MARKS = {True: "✓", False: "✗"}


def to_markdown(verdict: Verdict) -> str:
    """Write a verdict down as Markdown, which reads as plain text too."""
    return "\n".join(_lines(verdict)).rstrip() + "\n"


def headline(verdict: Verdict) -> str:
    """Say in a line what was decided."""
    main = next((item for item in verdict.measures if item.name.endswith(TOLD[0])), None)
    moved = f": nDCG@10 {main.live:.3f} → {main.candidate:.3f} on {main.questions:,} held-out questions" if main else ""
    return f"{verdict.version} {verdict.decision}{moved}"


def _lines(verdict: Verdict) -> Iterator[str]:
    yield f"# {headline(verdict)}"
    yield ""
    yield f"Candidate {verdict.model} ({verdict.generation or 'no index yet'})"
    yield f"Live      {verdict.live} ({verdict.live_generation}), {verdict.decided:%Y-%m-%d %H:%M} UTC"
    yield ""
    if verdict.reasons:
        yield "Reasons:"
        yield from (f"- {reason}" for reason in verdict.reasons)
        yield ""
    if verdict.questions:
        chance = "" if verdict.p is None else f", p {chance_of(verdict.p)}"
        yield (
            f"{verdict.questions:,} questions: {verdict.wins:,} better, {verdict.ties:,} the same, "
            f"{verdict.losses:,} worse{chance}"
        )
    if verdict.needed is not None:
        yield f"Needs about {verdict.needed:,} held-out questions to be sure, {_more(verdict):,} more than there were."
    yield ""
    yield from _checks(verdict.checks)
    yield from _figures("Figures", verdict.measures)
    yield from _figures("Slices by nDCG@10, worst first", _worst(verdict.slices))
    yield from _regressions(verdict.regressions)


def _more(verdict: Verdict) -> int:
    return max(1, (verdict.needed or 0) - verdict.questions)


def _checks(checks: Sequence[Check]) -> Iterator[str]:
    if checks:
        yield "## Checks"
        yield ""
        yield from (f"- {MARKS[check.passed]} {check.name}: {check.says}" for check in checks)
        yield ""


def _figures(title: str, measures: Sequence[ComparedMeasure]) -> Iterator[str]:
    if not measures:
        return
    width = max(len("Measure"), *(len(item.name) for item in measures))
    yield f"## {title}"
    yield ""
    yield f"| {'Measure':{width}} |    Live | Candidate | Difference | 95 % interval    | Questions |"
    yield f"|{'-' * (width + 2)}|--------:|----------:|-----------:|------------------|----------:|"
    for item in measures:
        interval = "" if item.low is None or item.high is None else f"{item.low:+.3f} to {item.high:+.3f}"
        asked = "" if item.questions is None else f"{item.questions:,}"
        yield (
            f"| {item.name:{width}} | {_number(item.live):>7} | {_number(item.candidate):>9} "
            f"| {_number(item.candidate - item.live, '+'):>10} | {interval:16} | {asked:>9} |"
        )
    yield ""


def _worst(slices: Sequence[ComparedMeasure]) -> Sequence[ComparedMeasure]:
    return sorted(slices, key=lambda item: item.candidate - item.live)[:SHOWN]


def _regressions(found: Sequence[Regression]) -> Iterator[str]:
    if found:
        yield "## Biggest losses"
        yield ""
        yield from (f"- {item.before:.2f} → {item.after:.2f}  {item.question}" for item in found[:SHOWN])


def _number(value: float, sign: str = "") -> str:
    return f"{value:{sign},.0f}" if abs(value) >= 1000 else f"{value:{sign}.3f}"
