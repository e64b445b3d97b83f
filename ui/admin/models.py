"""Which model answers, which generations there are, and what the gate said of candidates."""

import streamlit as st

from hone.records import Asker
from service.overview.training import Verdict, unreadable, verdicts
from service.service import Service
from ui.admin.tables import table
from ui.admin.words import ago, counted
from ui.safe import plain


def models(service: Service, _: Asker) -> None:
    """Show the live model, every generation and every candidate."""
    registry = service.workspace.registry
    live = registry.live()
    st.header("Live")
    if live is None:
        st.text("Nothing is live yet. Run: hone documents sync")
    else:
        card = live.model.card
        st.markdown(f"**{plain(live.model.id)}**")
        st.caption(
            f"{card.dimensions} dimensions · up to {card.max_tokens} tokens a passage · index {live.id} with "
            f"{counted(live.passages, 'passage')}, built {ago(live.built)}"
        )
    st.header("Indexes")
    rows = [
        {
            "Index": item.id,
            "Model": item.model.id,
            "State": "live" if live and item.id == live.id else item.state,
            "Passages": item.passages,
            "Engine": item.engine,
            "Built": ago(item.built),
        }
        for item in registry.generations()
    ]
    if rows:
        table(rows, "Every index with the model that it belongs to")
    else:
        st.text("None.")
    _candidates(service)


def _candidates(service: Service) -> None:
    st.header("Candidates")
    home = service.workspace.home
    found = verdicts(home)
    if not found:
        st.text("None yet. Train one from the search log with: hone models retrain")
    for verdict in found:
        _verdict(verdict)
    if broken := unreadable(home):
        st.warning("These files say something of a model and can't be read:", icon=":material/warning:")
        st.text("\n".join(broken))


def _verdict(verdict: Verdict) -> None:
    colours = {"promoted": "green", "refused": "red", "undecided": "gray"}
    with st.container(border=True):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.badge(verdict.decision, color=colours[verdict.decision])  # pyright: ignore[reportArgumentType]  # one of the table above
            st.caption(ago(verdict.decided), width="content")
        st.markdown(f"**{plain(verdict.model)}**")
        for reason in verdict.reasons:
            st.markdown(f"- {plain(reason)}")
        if verdict.measures:
            rows = [
                {
                    "Measure": item.name,
                    "Live": item.live,
                    "Candidate": item.candidate,
                    "Difference": item.candidate - item.live,
                    "95 % interval": ""
                    if item.low is None or item.high is None
                    else f"{item.low:+.3f} to {item.high:+.3f}",
                }
                for item in verdict.measures
            ]
            table(
                rows,
                "Every measure of the candidate beside the live model's",
                digits=dict.fromkeys(("Live", "Candidate", "Difference"), 3),
            )
