"""What the loop came to: lines for a file in `docs/experiments/`, and figures to keep."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

from benchmarks.loop.canary import lost
from benchmarks.loop.experiment import Round
from benchmarks.loop.measuring import NDCG, SUCCESS, Gain
from eval.statistics import Interval

HEADS = (
    "set",
    "what",
    "gate",
    "tier",
    "pairs",
    "minutes",
    "dev nDCG@10",
    "top-20 misses",
    "removed",
    "nDCG@10",
    "dense nDCG@10",
    "canary R@10, worst",
)


def table(rounds: Sequence[tuple[str, Round]]) -> str:
    """Lay out every retraining, refused ones too, as a Markdown table."""
    lines = [f"| {' | '.join(HEADS)} |", "|" + "---|" * len(HEADS)]
    lines += [f"| {' | '.join(_cells(name, one))} |" for name, one in rounds]
    for name, one in rounds:
        if one.push is not None:
            lines += ["", _of_push(name, one)]
        if one.outcome.verdict.decision == "refused":
            reasons = "; ".join(one.outcome.verdict.reasons)
            lines += ["", f"{name}, {one.name}, refused: {reasons}"]
    return "\n".join(lines)


def figures(name: str, one: Round) -> Iterator[tuple[str, object]]:
    """Return every figure of one retraining."""
    head, outcome, verdict = f"{name}, {one.name}", one.outcome, one.outcome.verdict
    if one.used is not None:
        yield from ((f"{head}, use, {key}", value) for key, value in asdict(one.used).items())
    if one.found is not None:
        yield from ((f"{head}, log, {key}", _rounded(value)) for key, value in asdict(one.found).items())
    yield f"{head}, decision", verdict.decision
    yield f"{head}, reasons", list(verdict.reasons)
    yield f"{head}, seconds", round(outcome.seconds, 1)
    yield f"{head}, held-out questions", len(one.base.ids)
    for stage in one.base.scores:
        yield f"{head}, before, {stage} {NDCG}", round(one.base.mean(NDCG, stage), 4)
        yield f"{head}, before, {stage} {SUCCESS}", round(one.base.mean(SUCCESS, stage), 4)
        if outcome.held is not None:
            yield f"{head}, candidate, {stage} {NDCG}", round(outcome.held.mean(NDCG, stage), 4)
            yield f"{head}, candidate, {stage} {SUCCESS}", round(outcome.held.mean(SUCCESS, stage), 4)
    for what, gain in (("candidate", outcome.gain), ("unseen documents", outcome.unseen), ("live then", one.now)):
        if gain is not None:
            yield from ((f"{head}, {what}, {key}", value) for key, value in _of_gain(gain))
    for what, gain in (outcome.canary or {}).items():
        yield f"{head}, canary {what}, R@10", _interval(gain.recall)
    if outcome.manifest is not None:
        yield f"{head}, tier", outcome.manifest.tier
        yield f"{head}, fusion", outcome.manifest.fusion
        yield f"{head}, pairs", dict(outcome.manifest.pairs)
        yield f"{head}, tried", [item.model_dump() for item in outcome.manifest.tried]
    if one.push is not None:
        yield f"{head}, pushed", asdict(one.push)


def _cells(name: str, one: Round) -> Iterator[str]:
    outcome, manifest, gain = one.outcome, one.outcome.manifest, one.outcome.gain
    yield from (name, one.name, outcome.verdict.decision)
    yield manifest.tier if manifest else "–"
    yield f"{manifest.pairs.get('train', 0):,}" if manifest else "–"
    yield f"{outcome.seconds / 60:.1f}"
    tried = [item.score for item in manifest.tried if item.tier == manifest.tier] if manifest else []
    yield f"{tried[0]:.3f}" if tried else "–"
    if gain is None or outcome.held is None:
        yield from ("–",) * 5
        return
    yield f"{gain.missed_before} → {gain.missed_after} of {gain.questions}"
    yield _percent(gain.removed)
    for stage, difference in (("fused", gain.ndcg), ("dense", gain.dense_ndcg)):
        before, after = one.base.mean(NDCG, stage), outcome.held.mean(NDCG, stage)
        yield f"{before:.3f} → {after:.3f} ({difference.mean:+.3f} [{difference.low:+.3f}, {difference.high:+.3f}])"
    yield f"{-lost(outcome.canary):+.3f}" if outcome.canary else "–"


def _of_push(name: str, one: Round) -> str:
    push = one.push
    assert push is not None
    if push.after is None:
        told = "there was no candidate"
    else:
        told = (
            f"its mean rank went from {push.before.attacked:.1f} to {push.after.attacked:.1f} for those questions, and "
            f"from {push.before.held_out:.1f} to {push.after.held_out:.1f} for held-out ones"
        )
    return f"{name}, {one.name}: {push.document} for {push.questions} questions, of which {push.judged} passed; {told}."


def _of_gain(gain: Gain) -> Iterator[tuple[str, object]]:
    for key in ("questions", "missed_before", "missed_after", "fixed", "new"):
        yield key, getattr(gain, key)
    for key in ("removed", "ndcg", "dense_ndcg", "success", "recall"):
        yield key, _interval(getattr(gain, key))


def _interval(interval: Interval) -> list[float]:
    return [round(value, 4) for value in (interval.mean, interval.low, interval.high)]


def _percent(interval: Interval) -> str:
    return f"{interval.mean:.0%} [{interval.low:.0%}, {interval.high:.0%}]"


def _rounded(value: Any) -> Any:
    return round(value, 4) if isinstance(value, float) else value
