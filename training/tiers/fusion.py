"""The cheapest tier: how the legs are weighed. It touches no vector."""

from hone.progress import Progress
from training.lesson.dev_set import FREE
from training.tiers.attempt import Attempt, Schooling


def learn_fusion(schooling: Schooling, progress: Progress) -> Attempt:
    """Choose the weights under which the development questions do best."""
    dev = schooling.lesson.dev
    progress.stage("weighing the legs", None)
    weights, score = dev.best_weights(dev.live_questions, dev.live_passages)
    said = "The weights in force do as well as any." if weights == dev.weights else ""
    if (known := int(dev.free.sum())) < FREE:
        said = (
            f"Nothing to learn weights from: people find answers where the weights in force put them. It takes {FREE} "
            f"development questions from labels or files of pairs, and there are {known}."
        )
    return Attempt(tier="fusion", score=score, weights=weights, said=said)
