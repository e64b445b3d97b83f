"""The dear tier: the whole encoder."""

from dataclasses import replace

from hone.progress import Progress
from retriever.encoding import open_encoder
from retriever.encoding.encoder import Encoder
from training.fitting.distributed import fit_together
from training.fitting.fit import Job
from training.lesson.dev_set import DevSet
from training.lesson.forgetting_probe import lost_outside
from training.tiers.attempt import Attempt, Schooling


def learn_encoder(schooling: Schooling, progress: Progress) -> Attempt:
    """Fit the encoder, then weigh the legs for it."""
    options = schooling.options
    if schooling.truncate_dim is not None:  # what vectors are cut to has to work by itself
        options = replace(options, dimensions=(*options.dimensions, schooling.truncate_dim))
    job = Job(
        lesson=schooling.lesson,
        source=schooling.source,
        target=schooling.room / "model",
        work=schooling.room / "checkpoints",
        options=options,
        until=schooling.until,
        resume=schooling.resume,
        device=schooling.device,
    )
    fitted = fit_together(job, progress)
    dev, outside = schooling.lesson.dev, schooling.lesson.outside
    encoder = open_encoder(str(job.target), truncate_dim=schooling.truncate_dim, device=schooling.device)
    weights, score = dev.best_weights(encoder.encode_queries(dev.questions), encoder.encode_passages(dev.passages))
    return Attempt(
        tier="full",
        score=score,
        weights=weights,
        lost=_lost(outside, encoder),
        folder=job.target,
        history=fitted.history,
        said=fitted.why,
    )


def _lost(outside: DevSet | None, encoder: Encoder) -> float:
    if outside is None:
        return 0.0
    return lost_outside(outside, encoder.encode_queries(outside.questions), encoder.encode_passages(outside.passages))
