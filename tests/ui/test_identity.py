"""Who asks in a demo, without a browser; `tests/system/test_serving_identity.py` has the other ways, and real ones."""

import sys
from collections.abc import Iterator

import pytest
from streamlit.testing.v1 import AppTest

from hone.workspace import Workspace
from service.service import Service
from tests.conftest import MakeWorkspace
from ui import process

PEOPLE = '[people.ana]\nname = "Ana *Star*"\n[people.bo]\ngroups = ["hr"]\n'


def script() -> None:
    """A page that says who asks, and remembers something."""
    import streamlit as st

    from ui import identity

    asker = identity.who()
    if asker is None:
        identity.login_page()
    else:
        identity.banner()
        st.text(f"{asker.name}: {', '.join(sorted(asker.groups))}")
        st.text(f"kept: {st.session_state.setdefault('kept', asker.name)}")


@pytest.fixture(autouse=True)
def main_module(monkeypatch: pytest.MonkeyPatch) -> None:
    """Put back what AppTest takes the place of; processes that are spawned later would run its script."""
    monkeypatch.setitem(sys.modules, "__main__", sys.modules["__main__"])


@pytest.fixture
def demo(make_workspace: MakeWorkspace) -> Iterator[Workspace]:
    workspace = make_workspace(f'{PEOPLE}[identity]\nmode = "demo"\n')
    service = Service(workspace)
    process.use(service)
    yield workspace
    process.use(None)
    service.close()


def page() -> AppTest:
    return AppTest.from_function(script, default_timeout=30)


def test_somebody_is_picked_first_and_stays_in_the_address(demo: Workspace) -> None:
    shown = page().run()
    assert [button.label for button in shown.button] == ["Ana \\*Star\\* · Everyone", "bo · hr"]
    shown.button[1].click().run()
    assert [text.value for text in shown.text] == ["bo: everyone, hr", "kept: bo"]
    assert shown.query_params["as"] == "bo"
    assert "Demo" in shown.warning[0].value
    assert shown.selectbox[0].value == "bo"


def test_what_one_person_left_is_gone_when_the_next_one_comes(demo: Workspace) -> None:
    shown = page()
    shown.query_params["as"] = "bo"
    shown.query_params["c"] = "a conversation of theirs"
    shown.run()
    shown.selectbox[0].set_value("ana").run()
    assert [text.value for text in shown.text] == ["ana: everyone", "kept: ana"]
    assert "c" not in shown.query_params


def test_nobody_is_somebody_whom_the_settings_do_not_name(demo: Workspace) -> None:
    shown = page()
    shown.query_params["as"] = "root"
    shown.run()
    assert shown.title[0].value == "Who are you?"


def test_groups_are_those_of_now(demo: Workspace) -> None:
    shown = page()
    shown.query_params["as"] = "bo"
    shown.run()
    file = demo.settings.file
    file.write_text(file.read_text().replace('"hr"', '"hr", "eng"'))
    shown.run()
    assert shown.text[0].value == "bo: eng, everyone, hr"


def test_without_a_mode_nobody_asks(make_workspace: MakeWorkspace) -> None:
    service = Service(make_workspace(PEOPLE))
    process.use(service)
    shown = page().run()
    assert "[identity] mode" in shown.error[0].value
    assert list(shown.text) == []
    process.use(None)
    service.close()
