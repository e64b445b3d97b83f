"""What a person sees of a fault: that there was one, and the reference under which the log has it."""

import logging
import uuid

import streamlit as st

log = logging.getLogger(__name__)


def tell_failure(error: Exception) -> bool:
    """Log an error that a page did not expect, and say so without telling what it was."""
    reference = uuid.uuid4().hex[:8]
    log.error("a page failed, reference %s", reference, exc_info=error)
    st.error(f"This page has a fault. Reload it; the server's log has it under {reference}.")
    return True
