"""Answers that are worse than they should be because something failed."""

import streamlit as st

from hone.records import Asker
from service.overview.degraded import LlmState, llm_state
from service.service import Service
from ui.admin import kept
from ui.admin.words import ago, milliseconds, share
from ui.answer.steps import STAGES
from ui.parts.components import table
from ui.safe import plain


def degraded_answers(service: Service, _: Asker) -> None:
    """Show what failed in the last seven days, and how the LLM does."""
    found = kept.troubles(service)
    with st.grid(3, min_column_width=150):
        st.metric("Answers, last 7 days", f"{found.answers:,}", border=True)
        st.metric("With problems", f"{found.degraded:,}", border=True)
        st.metric("Share", share(found.degraded, found.answers), border=True)
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
        st.caption("To have answers written for you, set `llm.model` and `llm.base_url`, then run `hone llm check`.")
        return
    st.markdown(f"**{plain(state.name)}** at {plain(state.address or 'its provider')}")
    facts = [f"structured replies: {state.mode}" if state.mode else "not tested yet"]
    if state.first_token_ms is not None:
        facts.append(f"first word after {milliseconds(state.first_token_ms)}")
    if state.tokens_per_second is not None:
        facts.append(f"{state.tokens_per_second:.0f} tokens a second")
    facts.append(f"checked {state.checked}" if state.checked else "not checked yet: run `hone llm check`")
    st.caption(" · ".join(facts))
