"""What a person sees of a fault: that there was one, and the reference under which the log has it."""

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
    """Give the reference under which the log has an error; a page that is drawn again writes no more of it."""
    if error not in _references:
        _references[error] = uuid.uuid4().hex[:8]
        log.warning("%s (reference %s)", error.message, _references[error], exc_info=error)
    return _references[error]


def kindly(do: Callable[[], object]) -> None:
    """Do it, and say so where it fails: a word that was not written must not look as if it were."""
    try:
        do()
    except HoneError as error:
        st.toast(plain(f"{error.message} {error.hint}"), icon=":material/error:")
