"""`hone models retrain --watch`: look every so often, and retrain when enough new evidence has come."""

from __future__ import annotations

import logging
import signal
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from hone.errors import HoneError, in_words

if TYPE_CHECKING:
    from datetime import timedelta

    from hone.workspace import Workspace
    from training.gate.verdict import Verdict
    from training.plan import Plan

log = logging.getLogger(__name__)

MOMENT = 0.5  # seconds until a signal is seen

Learn = Callable[["Workspace", "Plan"], "Verdict"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One line of a watch."""

    what: str  # waiting, due, promoted, passed, refused, failed, stopped
    why: str
    version: str = ""
    at: datetime = field(default_factory=lambda: datetime.now(UTC))

    def plain(self) -> dict[str, Any]:
        """Give it for programs."""
        return {
            "at": self.at.isoformat(timespec="seconds"),
            "what": self.what,
            "version": self.version,
            "why": self.why,
        }


@dataclass(slots=True)
class _Signals:
    """Whether a signal has asked the watch to end."""

    asked: bool = False
    learning: bool = False  # a signal cuts this off at once; anything else is over in seconds, and is let end

    def heard(self, *_: object) -> None:
        """Take a signal."""
        self.asked = True
        if self.learning:
            raise KeyboardInterrupt

    def sleep(self, seconds: float) -> None:
        """Wait, and no longer than a moment after a signal."""
        until = time.monotonic() + seconds
        while not self.asked and (left := until - time.monotonic()) > 0:
            time.sleep(min(left, MOMENT))

    def learn(self, workspace: Workspace, plan: Plan) -> Verdict:
        """Retrain until it is done or a signal comes."""
        from cli.models.retrain import learn

        self.learning = True
        try:
            if self.asked:
                raise KeyboardInterrupt
            return learn(workspace, plan)
        finally:
            self.learning = False


def keep_watching(home: Path, plan: Plan, pause: timedelta, *, as_json: bool) -> None:
    """Look and retrain until a signal comes; what is being learned then is left as it is, and `--resume` goes on."""
    with _heard() as signals, suppress(KeyboardInterrupt):
        while not signals.asked:
            look_once(home, plan, signals.learn, as_json=as_json)
            plan = replace(plan, resume=False)
            signals.sleep(pause.total_seconds())
    say(Said(what="stopped", why="A signal came; what is live stays live."), as_json=as_json)


def look_once(home: Path, plan: Plan, learn: Learn, *, as_json: bool) -> None:
    """Look whether a retraining is due, and do it if so; whatever goes wrong, the next look comes.

    Settings are read anew each time: people may have opted out in them since.
    """
    from hone.settings import read_settings
    from hone.workspace import Workspace
    from training.evidence.evidence_rules import rules_of
    from training.evidence.schedule import due

    try:
        workspace = Workspace(read_settings(home))
        try:
            found = due(workspace, rules_of(workspace), datetime.now(UTC))
            say(Said(what="due" if found.due or plan.resume else "waiting", why=found.why), as_json=as_json)
            if not found.due and not plan.resume:
                return
            verdict = learn(workspace, plan)
        finally:
            workspace.close()
    except HoneError as error:
        say(Said(what="failed", why=f"{error.message} {error.hint}".strip()), as_json=as_json)
    except Exception as error:
        log.exception("a retraining failed")
        say(Said(what="failed", why=in_words(error)), as_json=as_json)
    else:
        why = " ".join(verdict.reasons) or f"Instead of {verdict.live}."
        say(Said(what=verdict.decision, version=verdict.version, why=why), as_json=as_json)


def say(said: Said, *, as_json: bool) -> None:
    """Print one line, at once: what reads it is a log."""
    if as_json:
        import json

        typer.echo(json.dumps(said.plain(), ensure_ascii=False))
        return
    from cli.tables import visible

    version = f" {said.version}" if said.version else ""
    typer.echo(visible(f"{said.at:%Y-%m-%d %H:%M:%S}Z {said.what}{version}: {said.why}"))


@contextmanager
def _heard() -> Generator[_Signals]:
    """Let SIGTERM and Ctrl-C end the watch in good order."""
    signals = _Signals()
    before = {number: signal.signal(number, signals.heard) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield signals
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
