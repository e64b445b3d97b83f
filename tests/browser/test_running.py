"""An answer under way: it is made on the server, whatever becomes of the page that waits for it."""

import re

import pytest
from playwright.sync_api import Page, expect

from hone.log.asks import AskLog, LoggedAsk
from hone.settings import read_settings
from hone.workspace import Workspace
from tests.browser.conftest import Visit, Written
from tests.browser.relay import Relay
from tests.browser.visitor import PATIENCE, Visitor
from tests.browser.writing import FIRST, QUESTION, REST
from ui.answer.data import TITLES

pytestmark = pytest.mark.browser

WHOLE = FIRST + REST


def asks(home: Written, person: str) -> list[LoggedAsk]:
    workspace = Workspace(read_settings(home.app.home))
    try:
        return AskLog(workspace.log_database).asks(person=person)
    finally:
        workspace.close()


def begun(visit: Visit, writing: Written, person: str, url: str = "") -> Visitor:
    """Ask, and come to where the LLM stands in the middle of a sentence."""
    visitor = visit(person, url or writing.app.url)
    visitor.open()
    visitor.begin(QUESTION)
    under_way(visitor.page)
    return visitor


def under_way(page: Page) -> None:
    """Check that something is being written, and that nothing stands yet."""
    expect(page.get_by_text(re.compile("^Writing")).first).to_be_visible(timeout=PATIENCE)
    expect(page.get_by_role("button", name="Stop")).to_be_visible()


def stands(visitor: Visitor) -> None:
    """Check that the whole answer is there, once, with a source that opens."""
    expect(visitor.actions).to_have_count(1, timeout=PATIENCE)
    visitor.settled()
    expect(visitor.page.get_by_text(WHOLE)).to_have_count(1)
    visitor.chip().click()
    expect(visitor.dialog.locator("mark")).to_have_text(WHOLE)


def test_an_answer_is_written_and_then_stands(visit: Visit, writing: Written) -> None:
    nadia = begun(visit, writing, "nadia")
    expect(nadia.page.get_by_role("button", name="Stop")).to_be_visible()
    expect(nadia.page.get_by_text("Found Leash (VPN)").first).to_be_attached()
    writing.go.set()
    stands(nadia)
    expect(nadia.page.get_by_role("button", name="Stop")).to_have_count(0)


def test_it_can_be_stopped_and_asked_again(visit: Visit, writing: Written) -> None:
    jo = begun(visit, writing, "jo")
    jo.page.get_by_role("button", name="Stop").click()
    jo.sees(TITLES["stopped"])
    jo.settled()
    assert len(writing.llm.calls) > 0
    assert not writing.go.is_set(), "it stopped although the LLM goes on"
    (stopped,) = asks(writing, "jo")
    assert stopped.degraded, "the log knows that it was stopped"
    writing.go.set()
    jo.page.get_by_role("button", name="Retry").click()
    expect(jo.page.get_by_text(WHOLE)).to_have_count(1, timeout=PATIENCE)
    assert jo.thread


def test_a_reload_keeps_it(visit: Visit, writing: Written) -> None:
    ravi = begun(visit, writing, "ravi")
    ravi.page.reload()
    under_way(ravi.page)
    ravi.page.reload()
    writing.go.set()
    stands(ravi)
    assert len(asks(writing, "ravi")) == 1, "it was asked once"


def test_it_goes_on_while_its_asker_is_elsewhere(visit: Visit, writing: Written) -> None:
    ingrid = begun(visit, writing, "ingrid")
    thread = ingrid.thread
    ingrid.page.get_by_role("link", name="Search").click()
    ingrid.page.get_by_placeholder("Search everything you have access to").wait_for()
    writing.go.set()
    ingrid.open("/", thread=thread)
    stands(ingrid)
    assert len(asks(writing, "ingrid")) == 1


def test_a_second_tab_shows_it_too(visit: Visit, writing: Written) -> None:
    wei = begun(visit, writing, "wei")
    second = wei.new_page()
    second.goto(wei.page.url)
    under_way(second)
    writing.go.set()
    expect(second.get_by_text(WHOLE)).to_have_count(1, timeout=PATIENCE)
    stands(wei)


def test_a_broken_connection_keeps_it(visit: Visit, writing: Written) -> None:
    relay = Relay(writing.app.port)
    tomas = begun(visit, writing, "tomas", relay.url)
    relay.cut()
    writing.go.set()
    tomas.page.wait_for_timeout(500)
    expect(tomas.actions).to_have_count(0)
    relay.mend()
    stands(tomas)
    assert len(asks(writing, "tomas")) == 1
    noise = [each for each in tomas.complaints if "ERR_" not in each and "WebSocket" not in each]
    tomas.complaints[:] = noise  # a browser that finds nobody says so
    relay.close()
