"""Looking every so often whether a retraining is due, and retraining if so."""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal

from hone.errors import HoneError, in_words
from hone.settings import read_settings
from hone.workspace import Workspace
from training.evidence.rules import rules_of
from training.gate.verdict import Decision, Verdict
from training.plan import TrainingPlan
from training.schedule import should_retrain

log = logging.getLogger(__name__)

MOMENT = 0.5  # seconds until it is noticed that somebody wants the watch to end

Retrain = Callable[[Workspace, TrainingPlan], Verdict]


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchEvent:
    """One thing that happened in a watch."""

    what: Literal["waiting", "due", "failed", "stopped"] | Decision
    why: str
    version: str = ""
    at: datetime = field(default_factory=lambda: datetime.now(UTC))


@dataclass(slots=True)
class Stop:
    """Whether somebody has asked a watch to end."""

    asked: bool = False
    retraining: bool = False  # this is cut off at once; anything else is over in seconds, and is let end

    def ask(self, *_: object) -> None:
        """End the watch, as a signal's handler can: in the middle of a retraining by an exception."""
        self.asked = True
        if self.retraining:
            raise KeyboardInterrupt

    def sleep(self, seconds: float) -> None:
        """Wait, and no longer than a moment after the watch was asked to end."""
        until = time.monotonic() + seconds
        while not self.asked and (left := until - time.monotonic()) > 0:
            time.sleep(min(left, MOMENT))

    def guard(self, retrain: Retrain) -> Retrain:
        """Make a retraining one that ends at once when the watch is asked to."""

        def guarded(workspace: Workspace, plan: TrainingPlan) -> Verdict:
            self.retraining = True
            try:
                if self.asked:
                    raise KeyboardInterrupt
                return retrain(workspace, plan)
            finally:
                self.retraining = False

        return guarded


def watch(
    home: Path,
    plan: TrainingPlan,
    pause: timedelta,
    retrain: Retrain,
    *,
    stop: Stop,
    hear: Callable[[WatchEvent], None],
) -> None:
    """Look and retrain until somebody asks to stop; what is being learned then is left as it is, for `resume`."""
    try:
        while not stop.asked:
            look_once(home, plan, stop.guard(retrain), hear)
            plan = replace(plan, resume=False)
            stop.sleep(pause.total_seconds())
    except KeyboardInterrupt:
        pass
    hear(WatchEvent(what="stopped", why="Stopped by a signal. The live model is unchanged."))


def look_once(home: Path, plan: TrainingPlan, retrain: Retrain, hear: Callable[[WatchEvent], None]) -> None:
    """Retrain if a retraining is due; whatever goes wrong, the next look comes.

    Settings are read anew each time: people may have opted out in them since.
    """
    try:
        workspace = Workspace(read_settings(home))
        try:
            found = should_retrain(workspace, rules_of(workspace), datetime.now(UTC))
            hear(WatchEvent(what="due" if found.due or plan.resume else "waiting", why=found.why))
            if not found.due and not plan.resume:
                return
            verdict = retrain(workspace, plan)
        finally:
            workspace.close()
    except HoneError as error:
        hear(WatchEvent(what="failed", why=f"{error.message} {error.hint}".strip()))
    except Exception as error:
        log.exception("a retraining failed")
        hear(WatchEvent(what="failed", why=in_words(error)))
    else:
        why = " ".join(verdict.reasons) or f"It replaces {verdict.live}."
        hear(WatchEvent(what=verdict.decision, version=verdict.version, why=why))
