"""Hone without a mouse."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Visit

pytestmark = pytest.mark.browser

MOST = 60  # tabs until anything on a page has been reached
FOCUSED = """() => {
  let one = document.activeElement;
  while (one?.shadowRoot?.activeElement) one = one.shadowRoot.activeElement;
  return [one?.getAttribute("aria-label"), one?.getAttribute("placeholder"), one?.textContent].join(" ");
}"""
OUTLINE = """() => {
  let one = document.activeElement;
  while (one?.shadowRoot?.activeElement) one = one.shadowRoot.activeElement;
  const style = getComputedStyle(one);
  return style.outlineStyle !== "none" || style.boxShadow !== "none";
}"""


def tab_to(page: Page, name: str) -> int:
    """Press Tab until something of this name has the focus; gives how often."""
    for presses in range(1, MOST):
        page.keyboard.press("Tab")
        if name in page.evaluate(FOCUSED):
            return presses
    raise AssertionError(f"no Tab leads to {name!r}")


def test_asking_opening_and_closing_need_no_mouse(visit: Visit) -> None:
    nadia = visit("nadia")
    page = nadia.open()
    tab_to(page, "Ask anything")
    page.keyboard.type("vpn keeps dropping at home")
    page.keyboard.press("Enter")
    expect(nadia.actions).to_have_count(1)
    nadia.settled()
    page.locator("body").evaluate("() => document.activeElement.blur()")
    tab_to(page, "Source 1: Leash (VPN)")
    assert page.evaluate(OUTLINE), "it is seen where the focus is"
    page.keyboard.press("Enter")
    expect(nadia.dialog.locator("mark")).to_be_visible()
    page.keyboard.press("Escape")
    expect(nadia.dialog).to_have_count(0)
    nadia.settled()
    tab_to(page, "Thumbs up")
    page.keyboard.press("Space")
    expect(page.get_by_role("radio", name="Thumbs up")).to_be_checked()


def test_searching_needs_no_mouse(visit: Visit) -> None:
    nadia = visit("nadia")
    page = nadia.open("/search")
    tab_to(page, "Search everything you have access to")
    page.keyboard.type("vpn keeps dropping")
    page.keyboard.press("Enter")
    nadia.sees("Leash (VPN)")
    nadia.settled()
    tab_to(page, "Leash (VPN)")
    page.keyboard.press("Enter")
    expect(nadia.dialog.locator("mark")).to_be_visible()
    page.keyboard.press("Escape")
    expect(nadia.dialog).to_have_count(0)


def test_no_focus_is_kept_prisoner(visit: Visit) -> None:
    nadia = visit("nadia")
    page = nadia.open()
    nadia.ask("vpn keeps dropping at home")
    page.locator("body").evaluate("() => document.activeElement.blur()")
    tab_to(page, "Source 1: Leash (VPN)")
    assert tab_to(page, "Retry")
    page.keyboard.press("Shift+Tab")
    assert "Retry" not in page.evaluate(FOCUSED)
