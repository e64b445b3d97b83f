"""Whether the candidate ranks better on held-out questions, finds as much, and is worse nowhere."""

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence

from eval.comparing import SAME
from eval.statistics import at_least, holm
from retriever.ranking.legs import FUSED, RERANKED
from training.gate.rules import GateRules
from training.gate.scored import PairedScores, QuestionResult, chance_of, compare
from training.gate.verdict import Check, ComparedMeasure, Findings, Regression, finding

PRIMARY, RECALL, DENSE_RECALL = "fused nDCG@10", "fused R@20", "dense R@20"
TOLD = ("nDCG@10", "R@20", "RR@10", "Success@20")  # of the order that is served
TOLD_BESIDE = ("page nDCG@10", "dense nDCG@10", DENSE_RECALL)
EMPTY = "There are no held-out questions."


def served(lines: Sequence[QuestionResult], measure: str = "nDCG@10") -> str:
    """Name a measure of the order that people are shown: reranked where there is a reranker, else fused."""
    reranked = f"{RERANKED} {measure}"
    return reranked if any(reranked in line.live.scores for line in lines) else f"{FUSED} {measure}"


def better(lines: Sequence[QuestionResult], rules: GateRules) -> Findings:
    """Ask for a gain that is large enough and no chance, and say how many more questions would tell.

    A log knows answers where people looked, and so most of those that the live search had put first: counted as they
    come, they show next to nothing of what another model finds. So each counts as many as it stands for.
    """
    found = compare(lines, served(lines), weighed=True)
    if not found.questions:
        says = f"{EMPTY} At least {rules.fewest} with a known answer are needed."
        return Findings(checks=(Check(name="better", passed=False, says=says),), needed=rules.fewest)
    enough = found.questions >= rules.fewest
    sure = found.p <= rules.p and found.difference.low > 0
    passed = enough and sure and found.difference.mean >= rules.gain
    needed = None if passed else _needed(found, rules)
    measures = tuple(
        item.measured(name)
        for name in (*(served(lines, told) for told in TOLD), *TOLD_BESIDE)
        if (item := compare(lines, name)).questions
    )
    return Findings(
        checks=(Check(name="better", passed=passed, says=_better(found, rules, needed)),),
        measures=measures,
        regressions=_regressions(lines, rules.regressions),
        needed=needed,
    )


def recall(lines: Sequence[QuestionResult], rules: GateRules) -> Findings:
    """Ask that as much is found as before."""
    found = compare(lines, served(lines, "R@20"))
    if not found.questions:
        return finding("recall", False, EMPTY)
    proved = found.difference.low >= -rules.recall_margin
    passed = proved or found.difference.mean >= -rules.recall_unproven
    if not passed and found.live >= rules.recall_selected:
        return _selected(lines, found, rules)
    wanted = (
        f"at most {rules.recall_margin:.3f} may be lost"
        if proved or not passed
        else f"too few questions to prove a loss below {rules.recall_margin:.3f}, so the measured loss counts: "
        f"at most {rules.recall_unproven:.3f}"
    )
    return finding("recall", passed, f"R@20 {found.moves}; {wanted}.")


def _selected(lines: Sequence[QuestionResult], found: PairedScores, rules: GateRules) -> Findings:
    """Judge recall where it can only fall, since the answers are known because the live search had found them.

    What the candidate finds and the live search does not is in nobody's log. The leg by meaning was not what people
    looked down, so its recall has not been chosen for being whole: where that has not fallen, a little may go, and
    somewhat more where it has risen by more than that.
    """
    dense = compare(lines, DENSE_RECALL)
    gained, lost = dense.difference.mean, -found.difference.mean
    passed = gained >= 0 and lost <= max(rules.recall_loss, min(gained, rules.recall_loss_most))
    says = (
        f"R@20 {found.moves}. It can only fall: these answers are known because the live search found them. Allowed "
        f"where dense R@20 doesn't fall: a loss of {rules.recall_loss:.3f}, up to {rules.recall_loss_most:.3f} if "
        f"dense R@20 gains as much. Dense R@20 {dense.moves}."
    )
    return finding("recall", passed, says)


def slices(lines: Sequence[QuestionResult], rules: GateRules) -> Findings:
    """Ask that no kind of question becomes worse by what is no chance."""
    groups: dict[str, list[QuestionResult]] = defaultdict(list)
    for line in lines:
        for name, value in line.slices.items():
            groups[f"{name}: {value}"].append(line)
    measured = {name: compare(group, served(group)) for name, group in sorted(groups.items())}
    counted = {
        name: item
        for name, item in measured.items()
        if rules.slice_questions <= item.questions < len(lines)  # one that holds everything is no slice
    }
    fallen = {name: item for name, item in counted.items() if item.difference.mean < -rules.slice_drop}
    corrected = dict(zip(counted, holm([item.p for item in counted.values()]), strict=True))
    shown = {name: item for name, item in fallen.items() if corrected[name] <= rules.slice_p}
    told = tuple(item.measured(name) for name, item in counted.items())
    check = Check(name="slices", passed=not shown, says=_slices(counted, fallen, shown, rules))
    return Findings(checks=(check,), slices=told)


def _needed(found: PairedScores, rules: GateRules) -> int | None:
    """Count the questions that would tell; nothing where what there is tells already that the gain is too small."""
    told = found.difference.high < rules.gain or (found.p <= rules.p and found.difference.excludes_zero)
    if told and found.questions >= rules.fewest:
        return None
    sought = max(found.difference.mean, rules.gain)
    return max(rules.fewest, found.needed(sought))


def _better(found: PairedScores, rules: GateRules, needed: int | None) -> str:
    required = f"a gain of at least {rules.gain:.3f} with p ≤ {rules.p:g}"
    # The table has the plain mean: with one name for both they would contradict each other.
    name = "nDCG@10, weighted by how rarely people look at the answer's place," if found.weighed else "nDCG@10"
    said = f"{name} {found.moves}, p {chance_of(found.p)}; required: {required}"
    if needed is None:
        if found.difference.high < rules.gain and found.difference.mean < rules.gain:
            return f"{said}. There is no such gain: the whole interval is below it."
        return f"{said}."
    more = max(needed - found.questions, 1)
    return (
        f"{said}. {found.questions} questions are enough to see a gain of {found.detectable:.3f}; to see "
        f"{max(found.difference.mean, rules.gain):.3f} you need about {needed:,}, {more:,} more."
    )


def _slices(
    counted: dict[str, PairedScores], fallen: dict[str, PairedScores], shown: dict[str, PairedScores], rules: GateRules
) -> str:
    if not counted:
        return f"No slice has the {rules.slice_questions} questions needed to judge one."
    if shown:
        told = "; ".join(f"{name} {item.moves}" for name, item in shown.items())
        return f"nDCG@10 falls by more than {rules.slice_drop:.3f} in some slices: {told}."
    lowest = min(counted, key=lambda name: counted[name].difference.mean)
    said = f"None of {len(counted)} slices falls by more than {rules.slice_drop:.3f} beyond chance"
    if fallen:
        return f"{said}; within chance: {', '.join(f'{name} {item.moves}' for name, item in fallen.items())}."
    return f"{said}; the lowest, {lowest}, {counted[lowest].moves}."


def _regressions(lines: Sequence[QuestionResult], most: int) -> tuple[Regression, ...]:
    name = served(lines)
    fallen = [
        Regression(question=line.text, before=round(before, 4), after=round(after, 4))
        for line in lines
        if (before := line.live.scores[name]) - (after := line.candidate.scores[name]) > SAME
    ]
    return tuple(sorted(fallen, key=lambda item: (item.after - item.before, item.question))[:most])


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


Tops = Sequence[tuple[str, ...]]


def rising(
    live: Tops, candidate: Tops, documents: int, rules: GateRules, title: Callable[[str], str] = str
) -> Findings:
    """Ask that no document's share of the first ten places shoots up, over all questions whatever they ask.

    In a small library an even share is large already, so a document that had less may come to a few times that.
    """
    before, after, even = shares(live), shares(candidate), 1 / max(1, documents)
    ceilings = {name: max(rules.rise_share, rules.rise_times * max(before.get(name, 0.0), even)) for name in after}
    risen = sorted((name for name in after if after[name] > ceilings[name]), key=lambda name: -after[name])
    if risen:
        told = "; ".join(
            f"{(title(name) or name)!r} ({name}) from {before.get(name, 0.0):.2%} to {after[name]:.2%}"
            for name in risen[:3]
        )
        more = f", and {len(risen) - 3} more" if len(risen) > 3 else ""
        says = (
            f"These documents take too many of the first ten places: {told}{more}. Allowed: {rules.rise_share:.0%}, "
            f"or {rules.rise_times:g} times the share before (an even share is {even:.2%}). Check who liked them: "
            "hone searches stats."
        )
        return finding("rising", False, says)
    if not after:
        return finding("rising", True, "No document was found, so none rises.")
    most = max(after, key=lambda name: (after[name] - before.get(name, 0.0), name))
    says = (
        f"On {len(candidate):,} questions no document rises too far. {(title(most) or most)!r} rises most, "
        f"from {before.get(most, 0.0):.2%} to {after[most]:.2%} of the first ten places."
    )
    return finding("rising", True, says)


def shares(tops: Tops) -> dict[str, float]:
    """Return each document's share of all places."""
    counts = Counter(name for top in tops for name in top)
    total = counts.total()
    return {name: count / total for name, count in counts.items()}
