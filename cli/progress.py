"""A bar with rate and remaining time for long work, on a terminal only."""

import sys
import time
from collections.abc import Generator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, Task, TextColumn, TimeRemainingColumn
from rich.text import Text

from hone.progress import Progress as Listener
from hone.progress import Silent

OFTEN = 0.1  # seconds between two updates of the bar; a faster one costs more than it shows


class _Rate(ProgressColumn):
    def render(self, task: Task) -> Text:
        return Text(f"{task.speed:,.0f}/s" if task.speed else "", style="cyan")


class Bar:
    """Shows one bar a stage."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._task = progress.add_task("starting", total=None)
        self._steps = 0
        self._shown = 0.0

    def stage(self, name: str, total: int | None) -> None:
        """Begin a stage with a bar of its own."""
        self._show()
        self._progress.update(self._task, visible=False)
        self._task = self._progress.add_task(name, total=total)

    def rename(self, name: str) -> None:
        """Rename the current stage, for example to show its cost so far."""
        self._progress.update(self._task, description=name)

    def advance(self, steps: int) -> None:
        """Move the bar."""
        self._steps += steps
        if time.monotonic() - self._shown > OFTEN:
            self._show()

    def _show(self) -> None:
        self._progress.advance(self._task, self._steps)
        self._steps, self._shown = 0, time.monotonic()


@contextmanager
def shown_progress() -> Generator[Listener]:
    """Show progress on standard error in a terminal; be silent when piped."""
    if not sys.stderr.isatty():
        yield Silent()
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), _Rate(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        bar = Bar(progress)
        yield bar
