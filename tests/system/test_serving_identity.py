"""Who asks, in a real browser: logged in at a provider, named by a proxy, or picked; and who can't be made to be."""

import re
import shutil
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.naming_proxy import NamingProxy
from tests.oidc_server import CLIENT, SECRET, Claims, OidcServer
from tests.served import DEMO, make_home, served

pytestmark = [pytest.mark.slow, pytest.mark.browser]

CHROMIUM = shutil.which("chromium")
SEARCH = "/search?q=severance+budget"
CLOSED = re.compile("quetzalcoatl")  # stands in a document that HR alone may read
OPEN = re.compile("The parking garage opens")  # stands in one that everybody may read; a small company is found whole
OIDC = """
[identity]
mode = "oidc"
name_claim = "email"
[identity.groups]
"HR Team" = "hr"
[identity.oidc]
metadata_url = "{provider}/.well-known/openid-configuration"
client_id = "{client}"
client_secret = "{secret}"
redirect_url = "http://127.0.0.1:{port}/oauth2callback"
cookie_secret = "a long text that is random enough for a test"
"""
HEADER = '\n[identity]\nmode = "header"\n'
PEOPLE: dict[str, Claims] = {
    "bo": {"sub": "1", "email": "bo", "groups": []},
    "ana": {"sub": "2", "email": "ana", "groups": ["HR Team"]},  # the settings know better
    "cy": {"sub": "3", "email": "cy@example.com", "groups": ["HR Team", "admin"]},
    "unproven": {"sub": "4", "email": "bo", "email_verified": False},
}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("there is no Chromium here")
    with sync_playwright() as playwright:
        arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
        yield browser
        browser.close()


def opened(browser: Browser, url: str) -> Page:
    """Open a page as a person with a browser of their own; it is waited for longer than it should ever take."""
    page = browser.new_context().new_page()
    page.set_default_timeout(60_000)
    page.goto(url)
    return page


def shows(page: Page, text: str | re.Pattern[str]) -> None:
    expect(page.get_by_text(text).first).to_be_visible(timeout=60_000)


def log_in(page: Page, url: str, name: str) -> None:
    page.get_by_role("button", name="Log in").click()
    page.get_by_role("link", name=name, exact=True).click()
    page.wait_for_url(f"{url}/**")


def finds(page: Page, url: str, *, closed: bool) -> None:
    """Search, and check whether the closed document is among what is shown."""
    page.goto(url + SEARCH)
    shows(page, OPEN)
    expect(page.get_by_text(CLOSED)).to_have_count(1 if closed else 0)


def test_people_log_in_and_read_what_the_settings_say_now(browser: Browser, tmp_path: Path) -> None:
    provider = OidcServer(people=PEOPLE)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    home = make_home(tmp_path, OIDC.format(provider=provider.url, client=CLIENT, secret=SECRET, port=port))
    settings = home / "hone.toml"
    with served(home, "--port", str(port)) as app:
        bo, ana, cy = (opened(browser, app.url) for _ in range(3))
        for page, name in ((bo, "bo"), (ana, "ana"), (cy, "cy")):
            log_in(page, app.url, name)
        finds(bo, app.url, closed=True)
        finds(ana, app.url, closed=False)
        finds(cy, app.url, closed=True)
        assert cy.get_by_role("link", name="Admin").count() == 0, "a claim makes nobody admin"
        cookies = {cookie.get("name"): cookie.get("httpOnly") for cookie in bo.context.cookies()}
        assert cookies["_streamlit_user"] is True

        toml = settings.read_text()
        settings.write_text(toml.replace('[people.bo]\ngroups = ["hr"]', "[people.bo]"))
        finds(bo, app.url, closed=False)
        expect(bo.get_by_role("button", name="Log out")).to_be_visible()
        settings.write_text(toml.replace('"HR Team" = "hr"', ""))
        finds(cy, app.url, closed=False)
        settings.write_text(toml)
        finds(bo, app.url, closed=True)

        unproven = opened(browser, app.url)
        log_in(unproven, app.url, "unproven")
        shows(unproven, "Your login doesn't include your name")

        settings.write_text(toml.replace('mode = "oidc"', 'mode = "oidc"\nhours = 0.0001'))
        bo.goto(app.url + SEARCH)
        shows(bo, "Your login is older than")
        settings.write_text(toml)
        provider.age = 13 * 3600
        bo.reload()
        bo.get_by_role("button", name="Log out").click()
        expect(bo.get_by_role("button", name="Log in")).to_be_visible(timeout=60_000)
        log_in(bo, app.url, "bo")
        shows(bo, "Your login is older than")

        forging = NamingProxy(port=app.port, headers={"X-Forwarded-Email": "bo", "X-Forwarded-Groups": "hr"})
        forged = opened(browser, forging.url + SEARCH)
        expect(forged.get_by_role("button", name="Log in")).to_be_visible(timeout=60_000)
        forging.stop()
    provider.stop()


def test_a_proxy_that_is_trusted_names_people_and_nobody_else_does(browser: Browser, tmp_path: Path) -> None:
    with served(make_home(tmp_path, HEADER)) as app:
        named = {"X-Forwarded-Email": "dé@example.com", "X-Forwarded-Groups": "hr, everyone"}
        proxy, own = NamingProxy(port=app.port, headers=named), NamingProxy(port=app.port)
        stranger = NamingProxy(port=app.port, headers=named, source="127.0.0.2")
        twice = NamingProxy(port=int(proxy.url.rpartition(":")[2]), headers={"X-Forwarded-Email": "bo"})
        page = opened(browser, proxy.url + SEARCH)
        shows(page, CLOSED)
        shows(page, re.compile("dé.@.example"))  # with what keeps it from being made a link
        for each in (stranger, own):
            shows(opened(browser, each.url + SEARCH), "You aren't logged in")
        shows(opened(browser, twice.url), "Two headers say who you are")
        for each in (proxy, own, stranger, twice):
            each.stop()


def test_in_a_demo_people_are_picked_and_leave_nothing_to_the_next(browser: Browser, tmp_path: Path) -> None:
    with served(make_home(tmp_path, DEMO)) as app:
        naming = NamingProxy(port=app.port, headers={"X-Forwarded-Email": "bo"})
        page = opened(browser, naming.url)
        shows(page, "Who are you?")
        page.get_by_role("button", name="ana").click()
        shows(page, "choose who you are")
        page.wait_for_url("**as=ana**")
        page.goto(f"{naming.url}{SEARCH}&as=bo")
        shows(page, CLOSED)
        page.get_by_role("combobox", name="You are").click()
        page.get_by_role("option", name="ana").click()
        page.wait_for_url("**as=ana**")
        expect(page.get_by_text(CLOSED)).to_have_count(0)
        page.goto(f"{naming.url}{SEARCH}&as=ana")
        shows(page, OPEN)
        expect(page.get_by_text(CLOSED)).to_have_count(0)
        naming.stop()
