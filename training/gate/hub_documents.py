"""Whether one document pushes itself into many lists: what somebody gains by liking it for many questions."""

from collections import Counter
from collections.abc import Callable, Sequence

from training.gate.rules import GateRules
from training.gate.scored import ModelResult
from training.gate.verdict import Findings, finding

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


def tops_of(sides: Sequence[ModelResult]) -> Tops:
    """Return the lists of one model."""
    return [side.top for side in sides]
