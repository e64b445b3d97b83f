"""What a browser does with our pages: it asks nobody else, and our own policy is in nobody's way."""

import shutil
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import ConsoleMessage, expect, sync_playwright

from tests.served import make_home, served

ADMIN = '[people.root]\ngroups = ["admin"]\n[identity]\nmode = "demo"\n'
PAGES = ("/?as=root", "/search?as=root&q=parking", "/feedback?as=root", "/admin?as=root", "/docs")


@pytest.mark.slow
@pytest.mark.browser
def test_pages_ask_nobody_else_and_break_no_rule_of_ours(tmp_path: Path) -> None:
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("there is no Chromium here")
    hosts: set[str] = set()
    said: list[str] = []

    def listen(message: ConsoleMessage) -> None:
        if "Content Security Policy" in message.text or "Content-Security-Policy" in message.text:
            said.append(message.text)

    with served(make_home(tmp_path, ADMIN)) as app, sync_playwright() as playwright:
        arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        page = playwright.chromium.launch(executable_path=chromium, args=arguments).new_page()
        page.on("request", lambda request: hosts.add(urlsplit(request.url.removeprefix("blob:")).netloc))
        page.on("websocket", lambda opened: hosts.add(urlsplit(opened.url).netloc))
        page.on("console", listen)
        for path in PAGES:
            page.goto(app.url + path)
            if path != "/docs":
                expect(page.get_by_text("choose who you are")).to_be_visible(timeout=60_000)
            page.wait_for_load_state("networkidle")
        assert hosts == {f"127.0.0.1:{app.port}"}
        assert said == []
        page.evaluate("fetch('http://127.0.0.1:9/').catch(() => 0)")
        page.wait_for_timeout(500)
        assert said, "a rule that is broken would have been seen"
        assert "fault" not in (app.home / "serve.log").read_text()
