"""Which model answers, which indexes there are, and every model that was trained here."""

import streamlit as st

from hone.records import Asker
from retriever.indexing.keeping import before
from service.overview.models import trained_models, unfinished, unreadable
from service.service import Service
from ui.admin.trained import trained
from ui.admin.words import ago, counted
from ui.parts.components import table
from ui.safe import plain

SHOWN = 10  # at once; each has tables of its own


def models(service: Service, _: Asker) -> None:
    """Show the live model, every index and every candidate."""
    _live(service)
    _indexes(service)
    _candidates(service)


def _live(service: Service) -> None:
    live = service.workspace.registry.live()
    st.header("In use")
    if live is None:
        st.text("Nothing is indexed yet. Run: hone documents sync")
        return
    card = live.model.card
    st.markdown(f"**{plain(live.model.id)}**")
    st.caption(
        f"{card.dimensions} dimensions · up to {card.max_tokens} tokens a passage · index {live.id} with "
        f"{counted(live.passages, 'passage')}, built {ago(live.built)}"
    )
    if before(service.workspace.registry.moves()):
        st.caption("Roll back to the previous model:")
        st.code("hone models rollback", language=None)


def _indexes(service: Service) -> None:
    registry = service.workspace.registry
    live = registry.live()
    st.header("Indexes")
    rows = [
        {
            "Index": item.id,
            "Model": item.model.id,
            "State": "in use" if live and item.id == live.id else item.state,
            "Passages": item.passages,
            "Engine": item.engine,
            "Built": ago(item.built),
        }
        for item in registry.generations()
    ]
    if rows:
        table(rows, "Every index with its model")
    else:
        st.text("None.")


def _candidates(service: Service) -> None:
    st.header("Trained here")
    found = trained_models(service.workspace)
    if not found:
        st.text("None yet. Train one from the search log: hone models retrain")
    for place, item in enumerate(found[:SHOWN]):
        trained(item, opened=place == 0)
    if len(found) > SHOWN:
        st.text(f"{len(found) - SHOWN:,} older ones: hone models list")
    if left := unfinished(service.workspace):
        st.text(f"Unfinished: {', '.join(left)}. Continue with: hone models retrain --resume")
    if broken := unreadable(service.workspace.home):
        st.warning("These files about models can't be read:", icon=":material/warning:")
        st.text("\n".join(broken))
