"""What one person sees of another's conversations, documents and pages: nothing."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visit
from ui.admin_page import SECTIONS
from ui.answer.data import NEXT
from ui.parts.why import NOBODYS

pytestmark = pytest.mark.browser

QUESTION = "Range for a senior developer in Rotterdam, 2026?"
VPN = "vpn keeps dropping at home"
OWN = "vpn dropping at home, packet size?"  # nobody else asks this
FORBIDDEN = re.compile(r"salary-bands|Salary bands|€ ?\d\d,\d{3}|restricted", re.IGNORECASE)
NOWHERE = "Mariana trench fathoms"


def test_a_conversation_has_an_address_that_its_owner_alone_can_use(visit: Visit) -> None:
    nadia = visit("nadia")
    nadia.open()
    nadia.ask(OWN)
    at_home = visit("nadia")
    at_home.open("/", thread=nadia.thread)
    expect(at_home.actions).to_have_count(1)
    at_home.sees("Leash (VPN)")
    for person in ("jo", "ingrid", "amara"):
        other = visit(person)
        other.open("/", thread=nadia.thread)
        other.sees("Conversation not found")
        assert OWN not in other.everything()
        assert "Leash (VPN)" not in other.everything()


def test_a_conversation_is_deleted_for_good(visit: Visit) -> None:
    wei = visit("wei")
    page = wei.open()
    wei.ask(VPN)
    thread = wei.thread
    page.get_by_text(VPN).first.hover()
    page.get_by_role("button", name="Delete").first.click()
    wei.dialog.get_by_role("button", name="Delete").click()
    page.get_by_role("heading", name="What would you like to know").wait_for()
    wei.open("/", thread=thread)
    wei.sees("Conversation not found")


def test_a_closed_document_is_nowhere_in_the_page(visit: Visit) -> None:
    ingrid = visit("ingrid")
    ingrid.open("/search", q=QUESTION)
    ingrid.sees("salary")
    assert FORBIDDEN.search(ingrid.everything()), "HR finds it, and this pattern too"
    nadia = visit("nadia")
    nadia.open()
    nadia.ask(QUESTION)
    pages = [nadia.everything()]
    for path, query in (
        ("/search", {"q": QUESTION}),
        ("/search", {"q": "pay per level", "source": "hr"}),
        ("/feedback", {}),
    ):
        nadia.open(path, **query)
        pages.append(nadia.everything())
    for text in pages:
        found = FORBIDDEN.search(text)
        assert found is None, text[max(0, found.start() - 200) : found.end() + 200]


def test_a_closed_document_is_not_admitted_to_exist(visit: Visit) -> None:
    nadia = visit("nadia")
    page = nadia.open("/search", q=QUESTION)
    told: list[str] = []
    page.get_by_text("I expected another document").click()
    for name in ("salary-bands-2026.md", "there-is-no-file.md2"):
        page.get_by_label("Its title, file name or path").fill(name)
        page.keyboard.press("Enter")
        nadia.sees(NOBODYS)
        nadia.settled()
        told.append(page.get_by_role("main").inner_text())
    assert told[0] == told[1]


def test_admins_see_how_hone_is_doing_and_nobody_else_does(visit: Visit) -> None:
    amara = visit("amara")
    page = amara.open("/admin")
    for section in SECTIONS:
        amara.section(section)
        assert "couldn't be shown" not in amara.everything()
    expect(page.get_by_role("link", name="Admin")).to_be_visible()
    for person in ("nadia", "ingrid"):
        other = visit(person)
        page = other.open("/admin")
        expect(page.get_by_role("tab")).to_have_count(0)
        text = page.get_by_role("main").inner_text()
        assert not any(section in text for section in SECTIONS), text
        other.open("/search")
        expect(page.get_by_role("link", name="Search")).to_be_visible()
        expect(page.get_by_role("link", name="Admin")).to_have_count(0)
        assert all("does not seem to exist" in each for each in other.complaints)  # what the page says of /admin
        other.complaints.clear()


def test_an_admin_reads_questions_without_names(visit: Visit) -> None:
    wei = visit("wei")
    page = wei.open()
    wei.begin(NOWHERE)
    wei.sees(NEXT["insufficient"])
    amara = visit("amara")
    page = amara.open("/admin")
    amara.section("Content gaps")
    amara.sees("serve.names")
    main = page.get_by_role("main").inner_text()
    assert not re.search(r"\b(nadia|jo|wei|ingrid|zhang|haddad|lindqvist)\b", main, re.IGNORECASE), main
