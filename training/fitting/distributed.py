"""Fitting with several processes: the first one does all else of a retraining, and calls the others for each fit."""

import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import replace

from hone.progress import Progress, Silent
from training.fitting.fit import FitJob, FitResult, fit
from training.fitting.processes import from_first_any, is_first, world


def fit_together(job: FitJob, progress: Progress) -> FitResult:
    """Fit with every process there is; called by the first one."""
    if world() > 1:
        from_first_any(replace(job, until=job.until - time.monotonic()))  # clocks differ between machines
    return fit(job, progress)


@contextmanager
def leading() -> Generator[None]:
    """Send the others home in the end, however it comes."""
    try:
        yield
    finally:
        if world() > 1 and is_first():
            from_first_any(None)


def follow() -> None:
    """Fit along with the first process until it sends this one home."""
    while (job := from_first_any(None)) is not None:
        fit(replace(job, until=job.until + time.monotonic()), Silent())
