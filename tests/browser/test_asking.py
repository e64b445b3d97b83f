"""Asking, from the question to what is said of the answer."""

import re

import pytest
from playwright.sync_api import expect

from hone.log.rows import Event
from hone.workspace import Workspace
from tests.browser.conftest import Visit

pytestmark = pytest.mark.browser

BELL = "Who wears the bell at night?"
VPN = "vpn keeps dropping at home"
CITED = "Open the Leash client, Settings › Advanced › Packet size, and set it to 1280 instead of Auto."


def said_by(log: Workspace, person: str, *actions: str) -> list[Event]:
    return log.log.events(person=person, actions=actions)


def test_an_answer_tells_how_it_was_found_and_where_it_stands(visit: Visit, log: Workspace) -> None:
    nadia = visit("nadia")
    page = nadia.open()
    nadia.ask(VPN)
    assert nadia.thread
    nadia.sees(CITED)
    page.get_by_text(re.compile(r"\d search(es)? in")).click()
    nadia.sees("Searched for “vpn keeps dropping at home”")
    nadia.chip().click()
    expect(nadia.dialog.get_by_role("heading", name="Leash (VPN)")).to_be_visible()
    marked = nadia.dialog.locator("mark")
    expect(marked).to_contain_text(CITED)
    expect(marked).to_be_in_viewport()
    colours = marked.evaluate(
        "it => [getComputedStyle(it).backgroundColor, getComputedStyle(it.parentElement).backgroundColor]"
    )
    assert colours[0] != colours[1], "the words stand out"
    nadia.dialog.get_by_role("button", name="Close").click()
    expect(nadia.dialog).to_have_count(0)
    (opened,) = said_by(log, "nadia", "open")
    shown = log.log.search(opened.search_id).search.shown
    assert opened.ordinal == 1 + shown.index(opened.object_id)
    assert opened.attributes["ask_id"]


def test_a_thumb_stands_after_a_reload_and_can_be_taken_back(visit: Visit, log: Workspace) -> None:
    jo = visit("jo")
    page = jo.open()
    jo.ask(BELL)
    up = page.get_by_role("radio", name="Thumbs up")
    up.click()
    page.get_by_placeholder("What was good about it? (optional)").fill("short and true")
    page.keyboard.press("Enter")
    jo.settled()
    (given,) = said_by(log, "jo", "thumb_up", "thumb_down")
    assert (given.action, given.attributes["reason"]) == ("thumb_up", "short and true")
    assert given.attributes["model"] == log.log.search(given.search_id).search.model
    page.reload()
    jo.settled()
    expect(up).to_be_checked()
    expect(page.get_by_placeholder("What was good about it? (optional)")).to_have_value("short and true")
    up.click()
    expect(up).not_to_be_checked()
    jo.settled()
    assert said_by(log, "jo", "thumb_up", "thumb_down") == []
    page.reload()
    jo.settled()
    expect(up).not_to_be_checked()


def test_a_right_document_can_be_named_and_taken_back(visit: Visit, log: Workspace) -> None:
    jo = visit("jo")
    page = jo.open()
    jo.ask(VPN)
    page.get_by_role("button", name="Mark Leash (VPN) as the right source").first.click()
    taken_back = page.get_by_role("button", name="Leash (VPN) is marked as the right source. Undo")
    expect(taken_back.first).to_be_visible()
    (given,) = said_by(log, "jo", "relevant")
    assert given.object_id in log.log.search(given.search_id).search.shown
    jo.open("/feedback")
    jo.sees(VPN)
    page.get_by_role("button", name="Withdraw").first.click()
    expect(page.get_by_role("button", name="Withdraw")).to_have_count(0)
    assert said_by(log, "jo", "relevant") == []


def test_a_follow_up_stays_in_its_conversation(visit: Visit) -> None:
    ravi = visit("ravi")
    ravi.open()
    ravi.ask("LSH-412 ???")
    first = ravi.thread
    ravi.ask("and how fast will somebody react?")
    assert ravi.thread == first
    ravi.sees("LSH-412 ???")
    ravi.sees("and how fast will somebody react?")
    listed = ravi.page.get_by_role("region", name="Sidebar").get_by_role("button", name="LSH-412 ???", exact=True)
    expect(listed).to_have_count(1)


def test_a_suggestion_is_asked_with_a_click(visit: Visit) -> None:
    ravi = visit("ravi")
    page = ravi.open()
    offered = page.get_by_role("radiogroup", name="Suggestions").get_by_role("radio")
    title = offered.first.inner_text()
    offered.first.click()
    expect(ravi.actions).to_have_count(1)
    ravi.settled()
    expect(page.get_by_role("main").get_by_text(title, exact=True).first).to_be_visible()
    assert ravi.thread


def test_a_question_is_asked_again_or_in_other_words(visit: Visit, log: Workspace) -> None:
    tomas = visit("tomas")
    page = tomas.open()
    tomas.ask(VPN)
    page.get_by_role("button", name="Retry").click()
    expect(tomas.actions).to_have_count(2)
    tomas.settled()
    expect(page.get_by_role("button", name="Retry")).to_have_count(1)
    page.get_by_role("button", name="Edit").click()
    page.get_by_role("textbox", name="Your question").fill("packet size of the Leash client")
    page.get_by_role("button", name="Ask", exact=True).click()
    expect(tomas.actions).to_have_count(3)
    tomas.settled()
    tomas.sees("packet size of the Leash client")
    (reworded,) = said_by(log, "tomas", "reformulate")
    assert reworded.attributes["reason"] == "packet size of the Leash client"


def test_nothing_is_found_where_there_is_nothing(visit: Visit) -> None:
    ravi = visit("ravi")
    page = ravi.open()
    ravi.begin("Mariana trench fathoms")
    expect(page.get_by_role("note").first).to_be_visible()
    ravi.settled()
    expect(page.get_by_role("button", name=re.compile("^Source"))).to_have_count(0)
    expect(page.get_by_role("button", name="Retry")).to_be_visible()
