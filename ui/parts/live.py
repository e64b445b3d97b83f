"""Follows an answer while it is made. It runs on the server: whoever looks away comes back to where it is."""

from collections.abc import Callable
from dataclasses import dataclass, field
from time import time
from typing import Any

import streamlit as st

from agents.events import AnswerToken, Event, QuotedFirst, Searching
from service.runs import Run
from ui.answer.steps import now_doing, step_of, summary
from ui.safe import plain, plain_lines, plain_paragraphs, short

HEARTBEAT = 0.3  # seconds: a script that waits can be ended, by the stop button for one, only when it draws
LABEL = 90  # characters of a step; longer ones would take two lines on most screens
WAIT = 2.0  # seconds after which it is shown that time passes


@dataclass(slots=True)
class RunProgress:
    """What is to be seen of a run until now."""

    doing: str = "Reading the question"
    steps: list[str] = field(default_factory=list[str])
    quoted: str = ""  # shown until something that was written holds
    written: str = ""
    searches: int = 0

    def add(self, event: Event) -> None:
        """Take in what has happened."""
        self.doing = now_doing(event)
        self.searches += isinstance(event, Searching)
        if isinstance(event, AnswerToken):
            self.written += event.text
        elif isinstance(event, QuotedFirst):
            self.quoted = event.text
        elif step := step_of(event):
            self.steps.append(step)

    @property
    def text(self) -> str:
        """Return what can be shown already."""
        return self.written or self.quoted


def follow(run: Run, status: Any, slot: Any) -> RunProgress:
    """Show a run until it has ended: its steps in the status, what is being written in the slot."""
    progress, lines, seen, drawn = RunProgress(), status.empty(), 0, ("", 0)
    while True:
        events = run.wait(seen, HEARTBEAT)
        for event in events:
            progress.add(event)
        seen += len(events)
        if len(progress.steps) > drawn[1]:
            lines.caption(plain_lines(progress.steps))
        status.update(label=_label(progress, run), state="running")
        if progress.text != drawn[0]:
            slot.markdown(plain_paragraphs(progress.text))
        drawn = (progress.text, len(progress.steps))
        if run.ended and seen >= len(run.events):
            return progress


def show_run(run: Run, then: Callable[[Any, Any], None]) -> None:
    """Draw a turn under way, and what `then` makes of its places once it has ended."""
    with st.container(key="hone_last"):
        with st.container(key="hone_question_live"):
            st.markdown(plain(run.question))
        status = st.status(f":shimmer[{plain('Reading the question')}]", type="compact")
        slot, actions = st.empty(), st.empty()
        actions.button("Stop", key=f"stop_{run.id}", icon=":material/stop_circle:", type="tertiary", on_click=run.stop)
        progress = follow(run, status, slot)
        took = (time() - run.began) * 1000
        status.update(label="Stopped" if run.stopped else summary(progress.searches, took), state="complete")
        then(slot, actions)


def _label(progress: RunProgress, run: Run) -> str:
    waited = time() - run.began
    clock = f" · {waited:.0f} s" if waited >= WAIT else ""
    doing = "Stopping" if run.stopped else short(progress.doing, LABEL)
    return f":shimmer[{plain(doing + clock)}]"
