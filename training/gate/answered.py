"""Whether questions that the live model answers today would still be answered."""

from collections.abc import Sequence

from eval.statistics import at_least
from training.gate.rules import GateRules
from training.gate.scored import QuestionResult
from training.gate.verdict import ComparedMeasure, Findings, finding

CHANCE = 0.05  # that so many are lost where no more than allowed are


def answered(lines: Sequence[QuestionResult], rules: GateRules) -> Findings:
    """Ask that what people find near the top of their page stays on it.

    Questions chosen for being answered can only lose, by chance too, so a mean would fall for any other model. What is
    lost is therefore held against what is won the same way: off the page before, near its top now.
    """
    near = rules.answered_places
    had = [line for line in lines if line.live.place is not None and line.live.place <= near]
    lost = [line for line in had if line.candidate.place is None]
    won = sum(
        line.live.place is None and line.candidate.place is not None and line.candidate.place <= near for line in lines
    )
    if not had:
        return finding(
            "answered", True, f"The live model puts no answer in the first {near} places, so none can be lost."
        )
    allowed = min(max(rules.lost_share, won / rules.won_for_each / len(had)), rules.lost_most)
    passed = len(lost) / len(had) <= allowed or at_least(len(lost), len(had), allowed) > CHANCE
    said = (
        f"Of {len(had):,} questions answered in the first {near} places today, {len(lost):,} "
        f"({len(lost) / len(had):.1%}) lose the answer from their page, and {won:,} gain one; "
        f"allowed: {allowed:.1%}, plus chance"
    )
    if lost and not passed:
        said += f". For example: {'; '.join(repr(line.text[:80]) for line in lost[:3])}"
    kept = 1 - len(lost) / len(had)
    measure = ComparedMeasure(
        name="answered today, still on the page", live=1.0, candidate=round(kept, 4), questions=len(had)
    )
    return finding("answered", passed, f"{said}.", measure)
