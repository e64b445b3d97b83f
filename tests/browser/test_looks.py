"""Every page and state by day, by night and on a phone, for eyes and for screen readers."""

from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from playwright.sync_api import Browser, ViewportSize

from tests.browser.accessibility import barriers, faint, too_wide
from tests.browser.conftest import Visit
from tests.browser.visitor import Visitor, visitor
from tests.served import Served
from ui.admin_page import SECTIONS
from ui.answer.data import NEXT

pytestmark = pytest.mark.browser

PHONE: ViewportSize = {"width": 390, "height": 844}
DESK: ViewportSize = {"width": 1280, "height": 860}
LOOKS: Mapping[str, Mapping[str, Any]] = {
    "by day": {"viewport": DESK, "color_scheme": "light"},
    "by night": {"viewport": DESK, "color_scheme": "dark"},
    "on a phone": {"viewport": PHONE, "color_scheme": "light", "has_touch": True},
}
BELL, VPN = "Who wears the bell at night?", "vpn keeps dropping at home"


@pytest.fixture(scope="module")
def threads(browser: Browser, app: Served) -> Iterator[list[str]]:
    """Amara's conversations, with a thumb: documents that disagree, a part of an answer, and none."""
    amara = visitor(browser, app.url, "amara")
    made: list[str] = []
    for question in (BELL, VPN):
        amara.open()
        amara.ask(question)
        made.append(amara.thread)
    amara.page.get_by_role("radio", name="Thumbs down").click()
    amara.settled()
    amara.open()
    amara.begin("Mariana trench fathoms")
    amara.sees(NEXT["insufficient"])
    made.append(amara.thread)
    yield made
    amara.context.close()


def states(amara: Visitor, threads: list[str]) -> Iterator[str]:
    """Go through every page and state, and name each."""
    page = amara.open()
    amara.sees("Recently updated")
    yield "welcome"
    for number, thread in enumerate(threads):
        amara.open("/", thread=thread)
        page.get_by_role("button", name="Retry").wait_for()
        yield f"conversation {number}"
    amara.open("/", thread=threads[1])
    amara.chip().click()
    amara.dialog.locator("mark").wait_for()
    amara.settled()
    yield "passage"
    amara.open("/", thread="nobodys")
    yield "no conversation"
    amara.open("/search")
    yield "empty search"
    amara.open("/search", q="vpn keeps dropping", kind="md")
    page.get_by_text("Why this?").first.click()
    yield "search"
    amara.open("/search", q="vpn", source="hr", since="week")
    yield "nothing found"
    amara.open("/feedback")
    yield "feedback"
    amara.open("/admin")
    for section in SECTIONS:
        amara.section(section)
        yield f"admin: {section}"


def wrong(amara: Visitor, threads: list[str]) -> list[str]:
    return [
        f"{state}: {found}"
        for state in states(amara, threads)
        for look in (barriers, faint, too_wide)
        for found in look(amara.page)
    ]


@pytest.mark.parametrize("name", LOOKS)
def test_every_state_can_be_read(name: str, visit: Visit, threads: list[str]) -> None:
    amara = visit("amara", **LOOKS[name])
    found = wrong(amara, threads)
    assert not found, "\n".join(found)


def test_the_night_is_dark(visit: Visit) -> None:
    shades: list[int] = []
    for name in ("by day", "by night"):
        page = visit("nadia", **LOOKS[name]).open()
        colour = page.evaluate("getComputedStyle(document.querySelector('[data-testid=stApp]')).backgroundColor")
        shades.append(sum(int(part) for part in colour.removeprefix("rgb(").removesuffix(")").split(",")))
    assert shades[0] > 3 * 230
    assert shades[1] < 3 * 60


def test_these_checks_find_what_is_wrong(visit: Visit) -> None:
    page = visit("nadia").open()
    assert (barriers(page), faint(page), too_wide(page)) == ([], [], [])
    page.get_by_test_id("stMain").evaluate(
        "it => it.insertAdjacentHTML('beforeend', `<button></button><img src='data:,'><h5>x</h5><input>"
        "<p style='color:#bbb;background:#fff'>too faint</p><div style='width:4000px'>wide</div>`)"
    )
    assert len(barriers(page)) == 4
    assert [each.partition(": ")[2] for each in faint(page)] == ["too faint"]
    assert too_wide(page)
