"""What a person sees of a fault: that there was one, and the reference under which the log has it."""

import logging
import uuid

import streamlit as st

log = logging.getLogger(__name__)


def tell_failure(error: Exception) -> bool:
    """Say that a page has a fault without telling what it was; Streamlit has just logged it."""
    reference = uuid.uuid4().hex[:8]
    log.error("the %s above has the reference %s", type(error).__name__, reference)
    st.error(f"This page has a fault. Reload it; the server's log has it under {reference}.")
    return True
