"""What changed between two versions on the same questions, and how sure that is."""

from collections.abc import Iterator, Sequence

from benchmarks.worlds.answers import KeptAnswer
from benchmarks.worlds.scoring import SCORES
from eval.statistics import Interval, bootstrap


def differences(now: Sequence[KeptAnswer], before: Sequence[KeptAnswer]) -> Iterator[tuple[str, int, Interval]]:
    """Yield each score that changed: on how many shared questions it is known, and by how much, with its interval."""
    earlier = {item.id: item for item in before}
    pairs = [(item, earlier[item.id]) for item in now if item.id in earlier]
    for name, score in SCORES.items():
        known = [(score(one), score(other)) for one, other in pairs]
        gains = [one - other for one, other in known if one is not None and other is not None]
        if any(gains):
            yield name, len(gains), bootstrap(gains)


def changes(world: str, now: Sequence[KeptAnswer], before: Sequence[KeptAnswer]) -> str:
    """Write the changes of a world, those that chance hardly explains marked."""
    lines = [
        f"  {name:<24} {gain.mean:+.3f} [{gain.low:+.3f}, {gain.high:+.3f}] of {count}{' *' * gain.excludes_zero}"
        for name, count, gain in differences(now, before)
    ]
    return "\n".join([f"{world}, changed by (* where the interval leaves out 0):", *(lines or ["  nothing"])])
