"""`hone models retrain --watch`: a line for each check, until a signal comes."""

from __future__ import annotations

import json
import signal
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from datetime import timedelta
    from pathlib import Path

    from training.plan import Plan
    from training.watching import Retrain, WatchEvent


def keep_watching(home: Path, plan: Plan, pause: timedelta, retrain: Retrain, *, as_json: bool) -> None:
    """Watch until SIGTERM or Ctrl-C, which end it cleanly."""
    from training.watching import Stop, watch

    stop = Stop()
    numbers = (signal.SIGTERM, signal.SIGINT)
    before = {number: signal.signal(number, stop.ask) for number in numbers}
    try:
        watch(home, plan, pause, retrain, stop=stop, hear=lambda event: _print(event, as_json=as_json))
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _print(event: WatchEvent, *, as_json: bool) -> None:
    """Print one line at once: the reader is a log."""
    if as_json:
        at = event.at.isoformat(timespec="seconds")
        plain = {"at": at, "what": event.what, "version": event.version, "why": event.why}
        typer.echo(json.dumps(plain, ensure_ascii=False))
        return
    from cli.tables import visible

    version = f" {event.version}" if event.version else ""
    typer.echo(visible(f"{event.at:%Y-%m-%d %H:%M:%S}Z {event.what}{version}: {event.why}"))
