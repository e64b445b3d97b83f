"""One fit in a process of its own: `python fitting_alone.py FOLDER RESUME`, alone or under torchrun.

It begins from `FOLDER/start`.
"""

import pickle
import sys
import time
from pathlib import Path

from hone.progress import Silent
from retriever.encoding import open_encoder
from tests.training.lessons import jargon
from training.fitting.fit import FitJob, fit
from training.fitting.options import FitOptions
from training.fitting.processes import is_first, joined

if __name__ == "__main__":
    at, resume = Path(sys.argv[1]), bool(int(sys.argv[2]))
    options = FitOptions(
        learning_rate=2e-4,
        batch_size=32,
        epochs=3,
        evaluations_per_epoch=2,
        patience=3,
        base_shares=(),
        general_texts=8,
    )
    with joined():
        job = FitJob(
            data=jargon(open_encoder("")),
            source=at / "start",
            target=at / "model",
            work=at / "work",
            options=options,
            until=time.monotonic() + 600,
            resume=resume,
            device="cpu",
        )
        found = fit(job, Silent())
        if is_first():
            (at / "fit.pickle").write_bytes(pickle.dumps(found))
