"""An admin grades one result after another, which shows how far the automatic grader can be trusted."""

from collections.abc import Callable

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from eval.rating.judge import MEANINGS
from eval.rating.labels import Item, Walk, marked
from eval.rating.people import NEEDED
from eval.statistics import Interval
from hone.records import Asker
from service.labelling import Labelling
from service.service import Service
from ui.admin.words import counted
from ui.answer.data import day
from ui.parts.components import figure, put_style
from ui.safe import plain

WALK = "hone_walk"
FEWEST, USUAL, MOST = NEEDED, 40, 100  # results of one walk; one that weighs much is drawn twice, and labelled once
KEYS = "Keys: 0 to 3 grade, S skips, B goes back. Every grade is saved at once, so you can stop any time."


def labels(service: Service, asker: Asker) -> None:
    """Show the result to grade now, or how to draw some, and how well the automatic grader agrees with people."""
    put_style()
    labelling = service.labelling
    walk: Walk | None = st.session_state.get(WALK)
    if walk is None:
        walk = labelling.resume(asker)
    st.session_state[WALK] = walk
    item = _next(labelling, walk, asker) if walk else None
    if walk and item:
        _progress(walk)
        _result(item)
        _answers(walk, item)
    else:
        _begin(labelling, walk, asker)
    _agreement(labelling)


def _next(labelling: Labelling, walk: Walk, asker: Asker) -> Item | None:
    """Find the result to grade; permissions and texts may have changed since it was drawn."""
    while (item := walk.item) is not None and not labelling.may_show(item, asker):
        walk.skip()
    return item


def _progress(walk: Walk) -> None:
    done = walk.progress
    st.progress(done.labelled / max(1, done.total), f"{done.labelled} of {done.total} graded")
    if done.lost:
        st.caption(f"{counted(done.lost, 'result')} left out: deleted, changed, or no longer accessible to you.")


def _result(item: Item) -> None:
    hit = item.hit
    st.header(plain(item.query), anchor=False)
    with st.container(border=True, key="labelled_result"):
        st.markdown(f"**{plain(' › '.join(part for part in (hit.title, *hit.place) if part)) or plain(hit.document)}**")
        st.caption(f"{plain(f'{hit.source}/{hit.path}')} · {day(hit.modified)}")
        st.markdown(marked_text(item.query, hit.text))


def marked_text(query: str, text: str) -> str:
    """Write a text as Markdown that shows exactly this text, line by line, with the question's words in bold."""
    return "  \n".join(filter(None, (_marked_line(query, line) for line in text.splitlines())))


def _marked_line(query: str, line: str) -> str:
    pieces: list[str] = []
    place = 0
    for span in marked(query, line):
        pieces += [_spaced(line[place : span.start]), f"**{plain(line[span.start : span.end])}**"]
        place = span.end
    return "".join([*pieces, _spaced(line[place:])]).strip()


def _spaced(text: str) -> str:
    written = plain(text)
    if not written:
        return " " if text else ""
    return f"{' ' if text[:1].isspace() else ''}{written}{' ' if text[-1:].isspace() else ''}"


def _answers(walk: Walk, item: Item) -> None:
    st.markdown("The passage …")
    for grade, meaning in enumerate(MEANINGS):
        st.button(
            meaning,
            key=f"grade_{grade}",
            icon=":material/check:" if grade == item.grade else None,
            width="stretch",
            shortcut=str(grade),
            on_click=_do(walk, item, lambda grade=grade: walk.label(grade)),
        )
    with st.container(horizontal=True):
        st.button("Back", icon=":material/undo:", shortcut="B", on_click=walk.back, disabled=not walk.passed)
        st.button("Skip", icon=":material/skip_next:", shortcut="S", on_click=_do(walk, item, walk.skip))
        if item.grade is not None:
            st.button("Undo this grade", icon=":material/delete:", on_click=_do(walk, item, walk.withdraw))
    st.caption(KEYS)


def _do(walk: Walk, item: Item, step: Callable[[], None]) -> Callable[[], None]:
    """Do something about the result that was shown; a second click on an old page is not for the next one."""

    def run() -> None:
        if walk.item is not None and walk.item.keys == item.keys:
            step()

    return run


def _begin(labelling: Labelling, walk: Walk | None, asker: Asker) -> None:
    if walk is not None:
        done = walk.progress
        left = done.total - done.labelled
        skipped = f" and skipped {left}, which come back when you reload this page" if left else ""
        st.success(f"You graded {done.labelled} of {done.total}{skipped}. Thank you.", icon=":material/done_all:")
        st.button("Back", icon=":material/undo:", shortcut="B", on_click=walk.back, disabled=not walk.passed)
    st.markdown(
        f"The automatic grader scores results that people saw. Grade {FEWEST} to {MOST} of them yourself to "
        "find out how far you can trust it. You don't see its grade, or who searched."
    )
    st.caption("You see questions in people's own words, and only results you have access to.")
    count = st.number_input("Results to grade", FEWEST, MOST, value=USUAL, step=10, width=200)
    if st.button("Start grading", icon=":material/playlist_add:"):
        bar = st.progress(0.0, "Grading")
        st.session_state[WALK] = labelling.begin(asker, int(count), _Bar(bar))
        st.rerun()


def _agreement(labelling: Labelling) -> None:
    st.divider()
    status = labelling.status()
    check = status.check
    st.header("Automatic grader against people", anchor=False)
    st.caption(f"Grader: {plain(status.judge.model)}")
    if check is None or not check.enough:
        st.text(f"{status.labels} of {NEEDED} grades collected. With fewer, no comparison is possible.")
        return
    with st.grid(3, min_column_width=180):
        figure("Agreement, weighted κ", *_figure(check.kappa))
        figure("Score by people", *_figure(check.pwas))
        by = counted(check.people, "person", "people")
        figure("Equal grades", f"{check.exact:.0%}", f"{counted(check.labels, 'grade')} by {by}")
    st.caption(
        "κ is 1 if the grader agrees with people and 0 if it agrees no better than chance. “Score by people” is the "
        "average score weighted by position, from your grades and the grader's for everything else. "
        "Below each is its 95 % interval."
    )


def _figure(interval: Interval) -> tuple[str, str]:
    return f"{interval.mean:.2f}", f"{interval.low:.2f} to {interval.high:.2f}"


class _Bar:
    """Shows how far the grading is."""

    def __init__(self, bar: DeltaGenerator) -> None:
        self._bar, self._total, self._done = bar, 0, 0

    def stage(self, name: str, total: int | None) -> None:
        """Start over."""
        self._total, self._done = total or 0, 0
        self._bar.progress(0.0, f"{name.capitalize()}: {self._total:,} results")

    def advance(self, steps: int) -> None:
        """Move on."""
        self._done += steps
        if self._total and self._done % 10 == 0:
            self._bar.progress(min(1.0, self._done / self._total), f"Grading: {self._done:,} of {self._total:,}")
