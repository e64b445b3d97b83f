"""Who asks, in this run of a page: named by the identity provider or a proxy, or picked in a demo.

The mode is the one that Hone was started in; groups and ages are looked at anew each time.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import streamlit as st

from hone.records import Asker
from ui.admin.words import group_names
from ui.process import service
from ui.safe import plain

AS = "as"  # a demo's person is in the address, so that a reload and a link keep it
NOW, SINCE = "hone_asker", "hone_since"
PICKER = "hone_picker"
LONGEST_NAME = 200  # characters


def who() -> Asker | None:
    """Find who asks; nobody when they have to log in first."""
    asker = _mode().who()
    name = asker.name if asker else ""
    if st.session_state.get(NOW, name) != name:  # what one person left in this page is not the next one's
        st.session_state.clear()
    st.session_state[NOW] = name
    st.session_state.setdefault(SINCE, time.time())
    return asker


def banner() -> None:
    """Show who asks, and how to be nobody again, or somebody else."""
    _mode().banner()


def login_page() -> None:
    """Show what a person has to do before they can ask."""
    _mode().login()


def _picked() -> Asker | None:
    """Take the person that the address names; a page that lost its address still knows."""
    known = {person.id for person in service().people.everybody()}
    named = (st.query_params.get(AS, ""), st.session_state.get(NOW, ""))
    name = next((each for each in named if each in known), "")
    if not name:
        return None
    if st.query_params.get(AS) != name:
        st.query_params[AS] = name
    return service().people.asker(name)


def _pick_banner() -> None:
    people = {person.id: person for person in service().people.everybody()}
    st.session_state[PICKER] = st.query_params[AS]
    with st.sidebar:
        st.selectbox(
            "You are", list(people), key=PICKER, format_func=lambda id_: people[id_].name, on_change=_become_picked
        )
        st.caption(plain(group_names(people[st.query_params[AS]].groups)))
    st.warning("**Demo**: choose who you are. No password needed.", icon=":material/theater_comedy:")


def _pick_page() -> None:
    st.title("Who are you?")
    st.warning("**Demo**: choose who you are. No password needed.", icon=":material/theater_comedy:")
    for person in service().people.everybody():
        label = f"{plain(person.name)} · {plain(group_names(person.groups))}"
        st.button(label, key=f"{PICKER}_{person.id}", on_click=_become, args=(person.id,), width="stretch")


def _become_picked() -> None:
    _become(st.session_state[PICKER])


def _become(name: str) -> None:
    st.query_params.from_dict({AS: name})  # a conversation's address is not everybody's


def _named_by_proxy() -> Asker | None:
    """Take who the proxy says it is. Headers of anybody else never come this far: the guards leave them out."""
    identity = service().workspace.settings.identity
    began = st.session_state.get(SINCE, time.time())
    name = _header(identity.user_header).strip()
    if not _is_name(name) or _too_old(began):
        return None
    groups = [group.strip() for group in _header(identity.groups_header).split(",")]
    return service().people.asker(name, [group for group in groups if group])


def _proxy_page() -> None:
    st.title("You aren't logged in")
    st.write("Reload this page, and log in if asked.")


def _logged_in() -> Asker | None:
    """Take who logged in, while their login is fresh; the cookie would last longer."""
    identity, claims = service().people.settings().identity, _claims()
    name = claims.get(identity.name_claim)
    unverified = identity.name_claim == "email" and claims.get("email_verified") is False
    if not claims or not isinstance(name, str) or not _is_name(name.strip()) or unverified:
        return None
    if _too_old(claims.get("iat")):
        return None
    return service().people.asker(name.strip(), _groups(claims.get(identity.groups_claim)))


def _login_page() -> None:
    identity, claims = service().people.settings().identity, _claims()
    st.title("Hone")
    if claims and _too_old(claims.get("iat")):
        st.info(f"Your login is older than {identity.hours:g} hours.", icon=":material/schedule:")
    elif claims:
        st.error(f"Your login doesn't include your name (claim {plain(identity.name_claim)}). Ask your admin.")
    else:
        st.write("Log in to search and ask questions in your company's documents.")
    st.button("Log in", type="primary", on_click=st.login)
    if claims:
        st.button("Log out", on_click=st.logout)


def _name_banner() -> None:
    with st.sidebar:
        st.caption(plain(_shown_name()))


def _logout_banner() -> None:
    with st.sidebar:
        st.caption(plain(_shown_name()))
        st.button("Log out", on_click=st.logout, icon=":material/logout:", width="stretch")


def _nobody() -> Asker | None:
    return None


def _unchosen_page() -> None:
    st.title("Hone")
    st.error("Logins aren't set up. In hone.toml, set [identity] mode.")


def _nothing() -> None:
    """There is nothing to show."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Mode:
    """One way of knowing who asks, and what of it is seen."""

    who: Callable[[], Asker | None]
    login: Callable[[], None]
    banner: Callable[[], None]


MODES: Mapping[str, _Mode] = {
    "": _Mode(who=_nobody, login=_unchosen_page, banner=_nothing),
    "demo": _Mode(who=_picked, login=_pick_page, banner=_pick_banner),
    "header": _Mode(who=_named_by_proxy, login=_proxy_page, banner=_name_banner),
    "oidc": _Mode(who=_logged_in, login=_login_page, banner=_logout_banner),
}


def _mode() -> _Mode:
    return MODES[service().workspace.settings.identity.mode]


def _claims() -> dict[str, Any]:
    user = st.user.to_dict()
    return user if user.get("is_logged_in") is True else {}


def _groups(claim: object) -> list[str]:
    """Read a claim of groups: a list, or names separated by commas."""
    parts = claim.split(",") if isinstance(claim, str) else claim
    if not isinstance(parts, list):
        return []
    return [part.strip() for part in parts if isinstance(part, str) and part.strip()]  # pyright: ignore[reportUnknownVariableType]  # any list


def _too_old(moment: object) -> bool:
    hours = service().people.settings().identity.hours
    return not isinstance(moment, int | float) or time.time() - moment > hours * 3600


def _is_name(name: str) -> bool:
    return 0 < len(name) <= LONGEST_NAME and name.isprintable()


def _header(name: str) -> str:
    """Read a header as the UTF-8 that proxies send; servers give its bytes one by one."""
    value = st.context.headers.get(name) or ""
    try:
        return value.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return value


def _shown_name() -> str:
    name: str = st.session_state.get(NOW, "")
    return next((person.name for person in service().people.everybody() if person.id == name), name)
