"""All tiers, cheapest first, with what each asks of the data and the time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from hone.errors import UsageError
from hone.progress import Progress
from training.candidates.manifest import TIERS, TierName
from training.lesson.dev_set import FREE
from training.tiers.attempt import Attempt, Tier, TierJob
from training.tiers.encoder import learn_encoder
from training.tiers.heads import query_head, two_sided_head


def learn_fusion(job: TierJob, progress: Progress) -> Attempt:
    """Choose the weights under which the development questions do best."""
    dev = job.data.dev
    progress.stage("choosing fusion weights", None)
    weights, score = dev.best_weights(dev.live_questions, dev.live_passages)
    said = "The current weights are as good as any." if weights == dev.weights else ""
    if (known := int(dev.free.sum())) < FREE:
        said = (
            f"Too little to learn weights from: needs {FREE} development questions from labels or pair files, has "
            f"{known}. Clicks don't count, since they follow the current weights."
        )
    return Attempt(tier="fusion", score=score, weights=weights, said=said)


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedTier:
    """A tier, and what it takes to be worth trying."""

    name: TierName
    learn: Tier
    examples: int  # with fewer it learns chance
    least: timedelta  # with less time it comes to nothing


# The numbers of examples lie between published ones: docs/experiments/2026-11-27-first-fits.md. What is tried still
# has to win on the dev questions, and then to pass the gate.
TABLE: tuple[NamedTier, ...] = (
    NamedTier(
        name="fusion",
        learn=learn_fusion,
        examples=0,
        least=timedelta(seconds=5),
    ),
    NamedTier(
        name="query-head",
        learn=query_head,
        examples=100,
        least=timedelta(seconds=20),
    ),
    NamedTier(
        name="two-sided-head",
        learn=two_sided_head,
        examples=200,
        least=timedelta(seconds=30),
    ),
    NamedTier(
        name="full",
        learn=learn_encoder,
        examples=1000,
        least=timedelta(minutes=3),
    ),
)


def chosen(tier: str) -> Sequence[NamedTier]:
    """Return the tiers that a name stands for."""
    found = [item for item in TABLE if tier in (item.name, "auto")]
    if not found:
        raise UsageError(f"Unknown tier {tier!r}.", hint=f"Use auto, {', '.join(TIERS)}.")
    return found
