"""Somebody at a browser of their own, who writes down whom it asks and what it complains of."""

import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Locator, Page, Request, WebSocket, expect

PATIENCE = 60_000  # milliseconds for what must happen soon; only a hang takes this long, on a busy machine too
QUIET = 120  # milliseconds without a change after which a page that has been drawn counts as settled
DRAWN = "stElementContainer"
expect.set_options(timeout=PATIENCE)
COMPLAINTS = frozenset({"error", "assert"})
LOOKING = re.compile(r"/(search|feedback|admin)/_stcore/(health|host-config)$")  # Streamlit finds out where it lives
RULE = re.compile("Content.Security.Policy", re.IGNORECASE)
SETTLED = """quiet => new Promise(done => {
  let timer = setTimeout(end, quiet);
  const watcher = new MutationObserver(() => { clearTimeout(timer); timer = setTimeout(end, quiet); });
  watcher.observe(document.body, {childList: true, subtree: true, characterData: true});
  function end() { watcher.disconnect(); done(); }
})"""


@dataclass(kw_only=True)  # playwright keeps its own names on whoever listens
class Visitor:
    """One person at one page, in a browser that knows nobody else."""

    context: BrowserContext
    url: str
    person: str
    page: Page = field(init=False)
    strangers: list[str] = field(default_factory=list[str])  # addresses outside the app that were asked
    complaints: list[str] = field(default_factory=list[str])  # errors on the console, broken rules of ours

    def __post_init__(self) -> None:
        self.context.set_default_timeout(PATIENCE)
        self.page = self.new_page()

    def new_page(self) -> Page:
        """Open one more tab; `page` stays what it is."""
        page = self.context.new_page()
        page.on("request", self._asked)
        page.on("websocket", self._connected)
        page.on("console", self._said)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        return page

    def open(self, path: str = "/", /, **query: str | list[str]) -> Page:
        """Go to a page as this person, and wait until it is drawn."""
        self.page.goto(f"{self.url}{path}?{urlencode({'as': self.person, **query}, doseq=True)}")
        return self.settled()

    def settled(self, page: Page | None = None) -> Page:
        """Wait until the page's script has ended and nothing moves any more."""
        page = page or self.page
        page.locator('[data-testid="stApp"][data-test-script-state="notRunning"]').wait_for()
        page.evaluate(SETTLED, QUIET)
        return page

    def section(self, name: str) -> Page:
        """Open a section of the admin page, and wait until it is drawn: it is empty until the server has run."""
        tab = self.page.get_by_role("tab", name=name)
        tab.click()
        expect(tab).to_have_attribute("aria-selected", "true", timeout=PATIENCE)
        expect(self.page.get_by_role("tabpanel", name=name).get_by_test_id(DRAWN).first).to_be_attached(
            timeout=PATIENCE
        )
        return self.settled()

    @property
    def box(self) -> Locator:
        """Where questions are written."""
        return self.page.get_by_test_id("stChatInputTextArea")

    @property
    def actions(self) -> Locator:
        """The rows under answers that stand."""
        return self.page.get_by_role("radiogroup", name="Feedback rating")

    @property
    def dialog(self) -> Locator:
        return self.page.get_by_role("dialog")

    @property
    def thread(self) -> str:
        """The conversation that the address names."""
        return parse_qs(urlsplit(self.page.url).query).get("thread", [""])[0]

    def begin(self, question: str) -> None:
        """Ask, and wait for nothing."""
        self.box.fill(question)
        self.box.press("Enter")

    def ask(self, question: str) -> None:
        """Ask, and wait until the answer stands."""
        before = self.actions.count()
        self.begin(question)
        expect(self.actions).to_have_count(before + 1, timeout=PATIENCE)
        self.settled()

    def chip(self, number: int = 1) -> Locator:
        """The first mark of a source in an answer."""
        return self.page.get_by_role("button", name=re.compile(f"^Source {number}:")).first

    def sees(self, text: str | re.Pattern[str]) -> None:
        """Check that a text is to be seen."""
        expect(self.page.get_by_text(text).first).to_be_visible(timeout=PATIENCE)

    def everything(self) -> str:
        """Give all that the page holds, what components and frames draw and every attribute of it included."""
        return "\n".join(frame.evaluate(EVERYTHING) for frame in self.page.frames)

    def is_content(self) -> None:
        """Check that nobody else was asked, and that the browser has nothing to complain of."""
        assert not self.strangers, self.strangers
        assert not self.complaints, self.complaints

    def _asked(self, request: Request) -> None:
        self._went_to(request.url)

    def _connected(self, socket: WebSocket) -> None:
        self._went_to(socket.url)

    def _went_to(self, address: str) -> None:
        parts = urlsplit(address.removeprefix("blob:"))
        if parts.scheme != "data" and parts.netloc != urlsplit(self.url).netloc:
            self.strangers.append(address)

    def _said(self, message: ConsoleMessage) -> None:
        where = message.location.get("url", "")
        if (message.type in COMPLAINTS and not LOOKING.search(where)) or RULE.search(message.text):
            self.complaints.append(f"{message.text} ({where})")


EVERYTHING = """() => {
  const told = [];
  const walk = node => {
    for (const child of node.childNodes) {
      if (child.nodeType === Node.TEXT_NODE) told.push(child.data);
      if (child.nodeType !== Node.ELEMENT_NODE) continue;
      for (const each of child.attributes) told.push(each.value);
      if ("value" in child) told.push(String(child.value));
      if (child.shadowRoot) walk(child.shadowRoot);
      walk(child);
    }
  };
  walk(document);
  return told.join("\\n");
}"""


def visitor(browser: Browser, url: str, person: str, **options: Any) -> Visitor:
    """Give somebody a browser of their own."""
    return Visitor(context=browser.new_context(**options), url=url, person=person)
