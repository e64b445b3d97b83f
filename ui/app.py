"""The script of the pages: who asks, which pages there are for them, and the one that is open."""

import logging
import uuid
from collections.abc import Callable
from pathlib import Path

import streamlit as st

from hone.errors import HoneError
from hone.records import Asker
from service.people import is_admin
from service.service import Service
from ui import identity
from ui.failing import reference_of
from ui.process import service
from ui.safe import plain

log = logging.getLogger("ui.app")  # a script's own name is __main__

HERE = Path(__file__).parent  # an icon by its name would be fetched from another host
PATHS = ("ask", "search", "feedback", "admin")  # each asks who it is before it shows anything
Draw = Callable[[Service, Asker], None]


def main() -> None:
    """Draw the page that is open, for whoever asks."""
    st.set_page_config(page_title="Hone", page_icon=HERE / "mark.svg", layout="centered")
    st.logo(HERE / "hone.svg", icon_image=HERE / "mark.svg")
    asker = identity.who()
    if asker is None:
        doors = [st.Page(identity.login_page, title="Hone", url_path=path, default=path == "ask") for path in PATHS]
        st.navigation(doors, position="hidden").run()
        return
    chosen = st.navigation(_pages(asker))
    identity.banner()
    chosen.run()


def _pages(asker: Asker) -> list[st.Page]:
    pages = [
        st.Page(lambda: _drawn(_ask(), asker), title="Ask", icon=":material/forum:", url_path="ask", default=True),
        st.Page(lambda: _drawn(_search(), asker), title="Search", icon=":material/search:", url_path="search"),
        st.Page(
            lambda: _drawn(_feedback(), asker),
            title="My feedback",
            icon=":material/rate_review:",
            url_path="feedback",
        ),
    ]
    if is_admin(asker):
        admin = st.Page(lambda: _drawn(_admin(), asker), title="Admin", icon=":material/monitoring:", url_path="admin")
        pages.append(admin)
    return pages


def _drawn(draw: Draw, asker: Asker) -> None:
    """Draw a page; what goes wrong is said in words, and the details are in the server's log."""
    try:
        draw(service(), asker)
    except HoneError as error:
        st.error(plain(error.message), icon=":material/error:")
        st.caption(plain(f"{error.hint} Reference {reference_of(error)}.".strip()))
    except Exception:
        reference = uuid.uuid4().hex[:8]
        log.exception("a page failed, reference %s", reference)
        st.error(
            f"This page couldn't be shown. Try again; if it happens again, give your admin the reference {reference}.",
            icon=":material/error:",
        )
        st.button("Try again")


# Each page is imported when it is first opened: the first one is there sooner.
def _ask() -> Draw:
    from ui.ask_page import page

    return page


def _search() -> Draw:
    from ui.search_page import page

    return page


def _feedback() -> Draw:
    from ui.feedback_page import page

    return page


def _admin() -> Draw:
    from ui.admin_page import page

    return page


main()
