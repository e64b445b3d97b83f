"""What a person sees when something fails: that it did, and the reference to find it by in the log."""

import logging
import uuid
from collections.abc import Callable
from weakref import WeakKeyDictionary

import streamlit as st

from hone.errors import HoneError
from ui.safe import plain

log = logging.getLogger(__name__)

_references = WeakKeyDictionary[HoneError, str]()


def tell_failure(error: Exception) -> bool:
    """Say that a page has a fault without telling what it was; Streamlit has just logged it."""
    reference = uuid.uuid4().hex[:8]
    log.error("the %s above has the reference %s", type(error).__name__, reference)
    st.error(
        f"Something went wrong on this page. Reload it; if it happens again, give your admin the reference {reference}."
    )
    return True


def reference_of(error: HoneError) -> str:
    """Log an error under a reference and return that; drawing the page again logs nothing more."""
    if error not in _references:
        _references[error] = uuid.uuid4().hex[:8]
        log.warning("%s (reference %s)", error.message, _references[error], exc_info=error)
    return _references[error]


def kindly(do: Callable[[], object]) -> bool:
    """Do it, say so if it fails, and return whether it was done: what was not saved must not look as if it was."""
    try:
        do()
    except HoneError as error:
        st.toast(plain(f"{error.message} {error.hint}"), icon=":material/error:")
        return False
    return True
