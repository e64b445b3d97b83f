"""Searching: the address is the search, and every hit can be opened and explained."""

import re

import pytest
from playwright.sync_api import expect

from hone.workspace import Workspace
from tests.browser.conftest import Visit

pytestmark = pytest.mark.browser

VPN = "vpn keeps dropping"


def test_a_search_is_narrowed_and_stands_in_its_address(visit: Visit) -> None:
    nadia = visit("nadia")
    page = nadia.open("/search")
    page.get_by_placeholder("Search everything you have access to").fill(VPN)
    page.keyboard.press("Enter")
    results = page.get_by_role("list", name="Results").get_by_role("button", name=re.compile(r"^(?!Mark|Why).*"))
    nadia.sees("Leash (VPN)")
    nadia.settled()
    everything = results.count()
    page.get_by_role("button", name="Kind").click()
    page.get_by_role("button", name=re.compile(r"^html")).click()
    page.wait_for_url(re.compile("kind=html"))
    nadia.settled()
    shown = page.get_by_role("list", name="Results").get_by_role("listitem").all_inner_texts()
    assert shown
    assert all(".html" in each for each in shown)
    assert "q=vpn" in page.url
    page.reload()
    nadia.settled()
    assert page.get_by_role("list", name="Results").get_by_role("listitem").all_inner_texts() == shown
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Clear").click()
    nadia.settled()
    assert "kind=" not in page.url
    expect(results).to_have_count(everything)


def test_a_link_to_a_search_is_the_search(visit: Visit) -> None:
    nadia = visit("nadia")
    page = nadia.open("/search", q=VPN, kind=["html", "csv"], since="2025-01-01")
    hits = page.get_by_role("list", name="Results").get_by_role("listitem")
    expect(hits.first).to_be_visible()
    shown = hits.all_inner_texts()
    assert all(".html" in each or ".csv" in each for each in shown)
    expect(page.get_by_role("button", name="Kind: html, csv")).to_be_visible()
    expect(page.get_by_role("button", name="Since 2025-01-01")).to_be_visible()


def test_a_hit_opens_where_it_was_found_and_tells_why(visit: Visit, log: Workspace) -> None:
    wei = visit("wei")
    page = wei.open("/search", q=VPN)
    hit = page.get_by_role("list", name="Results").get_by_role("listitem").first
    assert "drop" in hit.locator("mark").first.inner_text(), "words are marked in whatever form they stand there"
    hit.get_by_text("Why this?").click()
    expect(hit.get_by_text("By keywords", exact=True)).to_be_visible()
    expect(hit.get_by_text(re.compile(r"^\d+(st|nd|rd|th)")).first).to_be_visible()
    hit.get_by_role("button").first.click()
    expect(wei.dialog.locator("mark")).to_be_in_viewport()
    page.keyboard.press("Escape")
    expect(wei.dialog).to_have_count(0)
    (clicked,) = log.log.events(person="wei", actions=("click",))
    assert clicked.ordinal == 1
    assert log.log.search(clicked.search_id).search.shown[0] == clicked.object_id


def test_a_document_that_was_expected_is_explained(visit: Visit) -> None:
    wei = visit("wei")
    page = wei.open("/search", q="annual leave in november")
    page.get_by_text("I expected another document").click()
    page.get_by_label("Its title, file name or path").fill("wearing-the-bell.md")
    page.keyboard.press("Enter")
    wei.sees(re.compile(r"at rank \d+|\d(st|nd|rd|th) overall"))
