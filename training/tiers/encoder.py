"""The dear tier: the whole encoder."""

from dataclasses import replace

from hone.progress import Progress
from retriever.encoding import open_encoder
from retriever.encoding.encoder import Encoder
from training.fitting.fit import FitJob, fit_together
from training.lesson.dev_set import DevSet
from training.lesson.forgetting_probe import general_recall_loss
from training.tiers.attempt import Attempt, TierJob


def learn_encoder(job: TierJob, progress: Progress) -> Attempt:
    """Fit the encoder, then weigh the legs for it."""
    options = job.options
    if job.truncate_dim is not None:  # what vectors are cut to has to work by itself
        options = replace(options, matryoshka_dimensions=(*options.matryoshka_dimensions, job.truncate_dim))
    fit_job = FitJob(
        data=job.data,
        source=job.source,
        target=job.workdir / "model",
        work=job.workdir / "checkpoints",
        options=options,
        until=job.until,
        resume=job.resume,
        device=job.device,
    )
    fitted = fit_together(fit_job, progress)
    dev, outside = job.data.dev, job.data.outside
    encoder = open_encoder(str(fit_job.target), truncate_dim=job.truncate_dim, device=job.device)
    weights, score = dev.best_weights(encoder.encode_queries(dev.questions), encoder.encode_passages(dev.passages))
    return Attempt(
        tier="full",
        score=score,
        weights=weights,
        lost=_lost(outside, encoder),
        folder=fit_job.target,
        history=fitted.history,
        said=fitted.why,
    )


def _lost(outside: DevSet | None, encoder: Encoder) -> float:
    if outside is None:
        return 0.0
    return general_recall_loss(
        outside, encoder.encode_queries(outside.questions), encoder.encode_passages(outside.passages)
    )
