"""What ends a fit: the time, a person, or a space that falls in; every process ends with the first that must."""

import logging
import signal
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from hone.progress import Progress
from training.candidates.manifest import HistoryPoint
from training.fitting.dev_evaluator import COSINE, EVAL, RANK, SCORE_KEY
from training.fitting.processes import any_of, world
from training.gate.geometry import Geometry, degenerate

log = logging.getLogger(__name__)


@dataclass(kw_only=True)
class Watch(TrainerCallback):
    """Stops a fit that has had its time, was interrupted, or is degenerating; remembers every evaluation."""

    until: float  # monotonic
    progress: Progress
    base: Geometry
    patience: int  # evaluations without anything better
    began: float = field(default_factory=time.monotonic)
    history: list[HistoryPoint] = field(default_factory=list[HistoryPoint])
    why: str = ""  # it was stopped
    steps: int = 0  # made in this run
    stepping: float = 0.0  # seconds that they took
    _step_began: float = 0.0
    _interrupted: bool = False
    _loss: float = 0.0

    def interrupt(self) -> None:
        """Stop after the present step, keeping the best so far."""
        self._interrupted = True

    def see(self, geometry: Geometry) -> None:
        """Look at the shape of the space."""
        if sentence := degenerate(geometry, self.base):
            self.why = f"Stopped: {sentence}"

    def on_log(
        self,
        args: TrainingArguments,  # noqa: ARG002
        state: TrainerState,  # noqa: ARG002
        control: TrainerControl,  # noqa: ARG002
        logs: dict[str, float] | None = None,
        **_: Any,
    ) -> None:
        """Remember the loss."""
        told = (logs or {}).get("loss")
        self._loss = self._loss if told is None else told / world()  # the trainer's is as many times as large

    def on_train_begin(self, *_: Any, **__: Any) -> None:
        """Start the clock of steps; it stands still while the development questions are looked at."""
        self._step_began = time.monotonic()

    def on_save(self, *_: Any, **__: Any) -> None:
        """Start the clock again."""
        self._step_began = time.monotonic()

    def on_step_end(
        self,
        args: TrainingArguments,  # noqa: ARG002
        state: TrainerState,  # noqa: ARG002
        control: TrainerControl,
        **_: Any,
    ) -> None:
        """Count, and stop where it is time, with a last evaluation of what was learned since the one before."""
        self.progress.advance(1)
        now = time.monotonic()
        self.steps, self.stepping, self._step_began = self.steps + 1, self.stepping + now - self._step_began, now
        if self._interrupted:
            self.why = "Interrupted; the best so far is kept."
        elif time.monotonic() > self.until:
            self.why = "Time was up."
        if any_of(bool(self.why)):
            control.should_evaluate = control.should_save = control.should_training_stop = True

    def on_evaluate(
        self,
        args: TrainingArguments,  # noqa: ARG002
        state: TrainerState,
        control: TrainerControl,
        metrics: dict[str, float] | None = None,
        **_: Any,
    ) -> None:
        """Remember how the development questions do."""
        found = metrics or {}
        point = HistoryPoint(
            step=state.global_step,
            seconds=round(time.monotonic() - self.began, 1),
            score=round(found.get(SCORE_KEY, 0.0), 5),
            loss=round(self._loss, 4),
            rank=round(found.get(EVAL + RANK, self.base.rank) / self.base.rank, 3),
            cosine=round(found.get(EVAL + COSINE, self.base.cosine) - self.base.cosine, 3),
        )
        self.history.append(point)
        scores = [item[SCORE_KEY] for item in state.log_history if SCORE_KEY in item]  # also from before it was cut off
        if scores and len(scores) - scores.index(max(scores)) > self.patience:
            self.why = self.why or "It stopped improving."
        log.info("step %d, %.0f s: dev nDCG@10 %.4f, loss %.3f", point.step, point.seconds, point.score, point.loss)
        if any_of(bool(self.why)):
            control.should_training_stop = True
        self._step_began = time.monotonic()


@contextmanager
def interruptible(watch: Watch) -> Generator[None]:
    """Let the first Ctrl-C end the fit well, and the second at once."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def heard(*_: object) -> None:
        watch.interrupt()
        signal.signal(signal.SIGINT, before)

    before = signal.signal(signal.SIGINT, heard)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
