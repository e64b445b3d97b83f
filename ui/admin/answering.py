"""How searches and answers do: how long people wait, stage by stage, and what failed."""

import altair as alt
import streamlit as st

from hone.records import Asker
from service.overview.answering import LlmState, StageTimes, llm_state
from service.service import Service
from ui.admin import kept
from ui.admin.words import ago, milliseconds, share
from ui.answer.steps import STAGES
from ui.parts.components import figure, table
from ui.safe import plain

DENIED = {"plan": "plan searches", "judge": "judge what was found", "write": "write answers"}


def speed(service: Service, _: Asker) -> None:
    """Show how quickly searches and answers came in the last seven days."""
    paces = kept.paces(service, service.workspace.home)
    st.caption("Last seven days. Half are faster than p50, and 95 of 100 are faster than p95.")
    for title, pace in (("Searches", paces.searches), ("Answers", paces.answers)):
        st.header(title)
        if pace.total is None:
            st.text("None in the last seven days.")
        else:
            _pace(title, pace)


def _pace(title: str, pace: StageTimes) -> None:
    total = pace.total
    assert total is not None
    with st.grid(3, min_column_width=100):
        figure("Number", f"{total.count:,}")
        figure("p50", milliseconds(total.p50))
        figure("p95", milliseconds(total.p95))
    if len(pace.days) > 1:
        _chart(title, pace)
    rows = [
        {"Stage": stage.name, "p50 (ms)": stage.p50, "p95 (ms)": stage.p95, "Count": stage.count}
        for stage in pace.stages
    ]
    digits = {"p50 (ms)": 1, "p95 (ms)": 1}
    table(rows, f"The stages of {title.casefold()} with their times", digits=digits)


def _chart(title: str, pace: StageTimes) -> None:
    rows = [
        {"Day": f"{day.day:%d %b}", "Percentile": name, "Milliseconds": value, "Count": day.count}
        for day in pace.days
        for name, value in (("p50", day.p50), ("p95", day.p95))
    ]
    chart = (
        alt.Chart(alt.Data(values=rows))
        .mark_line(point=True)
        .encode(
            x=alt.X("Day:O", title=None, sort=None, axis=alt.Axis(labelAngle=0, labelOverlap=True)),
            y=alt.Y("Milliseconds:Q", title="ms in total", scale=alt.Scale(zero=True)),
            color=alt.Color("Percentile:N", title=None, legend=alt.Legend(orient="top")),
            tooltip=["Day:O", "Percentile:N", alt.Tooltip("Milliseconds:Q", format=",.1f"), "Count:Q"],
        )
        .properties(height=220)
    )
    last = pace.days[-1]
    st.altair_chart(
        chart,
        alt=f"{title} by day: on {last.day:%d %B} p50 was {milliseconds(last.p50)} and p95 {milliseconds(last.p95)}",
    )


def degraded_answers(service: Service, _: Asker) -> None:
    """Show what failed in the last seven days, and how the LLM does."""
    found = kept.troubles(service, service.workspace.home)
    with st.grid(3, min_column_width=150):
        figure("Answers, last 7 days", f"{found.answers:,}")
        figure("With problems", f"{found.degraded:,}")
        figure("Share", share(found.degraded, found.answers))
    if not found.troubles:
        st.success("No problems in the last seven days.", icon=":material/check_circle:")
    else:
        st.header("Problems")
        rows = [
            {
                "Step": STAGES.get(trouble.stage, trouble.stage.capitalize()),
                "Problem": trouble.what,
                "Instead": trouble.instead,
                "Times": trouble.count,
                "Last": ago(trouble.last),
            }
            for trouble in found.troubles
        ]
        table(rows, "Problems, most frequent first")
    st.header("LLM")
    _llm(llm_state(service.assistant.llm))


def _llm(state: LlmState) -> None:
    if not state.name:
        st.text("No LLM is set up: answers are quoted from the documents.")
        st.caption(
            "To have answers written for you, run `hone llm install`. Or set `llm.model` and `llm.base_url`, then run "
            "`hone llm check`."
        )
        return
    st.markdown(f"**{plain(state.name)}** at {plain(state.address or 'its provider')}")
    facts = [f"structured replies: {state.mode}" if state.mode else "not tested yet"]
    if state.first_token_ms is not None:
        facts.append(f"first word after {milliseconds(state.first_token_ms)}")
    if state.tokens_per_second is not None:
        facts.append(f"{state.tokens_per_second:.0f} tokens a second")
    facts.append(f"checked {state.checked}" if state.checked else "not checked yet: run `hone llm check`")
    st.caption(" · ".join(facts))
    for role, why in state.denied.items():
        st.text(f"It doesn't {DENIED.get(role, role)}, because of its check: it {why.removeprefix('it ')}.")
