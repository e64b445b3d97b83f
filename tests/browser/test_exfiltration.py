"""Documents, people and LLMs that would have a browser tell another server something: none gets it to."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.agents.workplace import write
from tests.browser.conftest import HASH, MUCH
from tests.browser.payloads import PAYLOADS, SHORT, name_of, planted, written
from tests.browser.program import Program
from tests.browser.trap import ELSEWHERE, Trap, set_trap
from tests.browser.visitor import PATIENCE, visitor
from tests.copying import copied
from tests.llm_server import Call, LlmServer, answers, fails, says
from tests.served import DEMO, Served, hone, served
from ui.admin_page import SECTIONS

pytestmark = pytest.mark.browser

TOML = """
[[sources]]
name = "wiki"
path = "../wiki"
groups = ["everyone"]
url = "https://wiki.example/"
[people.ana]
[people.root]
groups = ["admin"]
"""
OURS = "https://wiki.example/"  # where the settings say that the documents are
NUMBERS = range(len(PAYLOADS))


@pytest.fixture(scope="module")
def trap() -> Iterator[Trap]:
    with set_trap() as trap:
        yield trap


@pytest.fixture(scope="module")
def infested(tmp_path_factory: pytest.TempPathFactory, trap: Trap) -> Path:
    """A company whose every document would have its reader's browser ask the trap."""
    folder = tmp_path_factory.mktemp("infested")
    write(folder, dict(planted(trap.url)))
    for new in folder.glob("wiki/*/new*.md"):
        new.touch()
    home = folder / "home"
    home.mkdir()
    (home / "hone.toml").write_text(TOML + DEMO + MUCH + HASH, encoding="utf-8")
    told = hone(home, "documents", "sync")
    assert told.returncode in (0, 1), told.stderr  # one file is none
    return home


class Checked:
    """Looks at page after page, and counts what was to be seen of the payloads."""

    def __init__(self, browser: Browser, app: Served, trap: Trap, person: str) -> None:
        self.visitor, self._trap = visitor(browser, app.url, person), trap
        self.seen = ""

    def look(self, state: str) -> None:
        """Check the page as it is now."""
        page = self.visitor.settled()
        elsewhere = [each for each in page.evaluate(ELSEWHERE) if f"={OURS}" not in each]
        assert not elsewhere, (state, elsewhere[:5])
        assert (
            page.evaluate("document.querySelectorAll('iframe, object, embed, base, meta[http-equiv=refresh]').length")
            == 0
        )
        assert not self._trap.visits, (state, self._trap.visits)
        self.seen += self.visitor.everything()

    def done(self) -> str:
        """Check that nobody was asked on the way, and give all that was seen."""
        self.visitor.page.wait_for_timeout(300)
        self.visitor.context.close()
        assert not self._trap.visits
        self.visitor.is_content()
        return self.seen


def look_at_searches(checked: Checked) -> None:
    """Every document's snippet, and those that hold all payloads in the dialog."""
    ana = checked.visitor
    for folder in range(0, len(PAYLOADS) // 10 + 1):
        for kind in ("g", "m"):
            page = ana.open("/search", q="torque of the valve", path=f"{kind}{folder}")
            ana.sees(re.compile(r"passages in \d+ ms"))
            for more in page.get_by_role("button", name="More", exact=True).all():
                more.click()
                page.wait_for_timeout(200)
            checked.look(f"search {kind}{folder}")
    for number in range(0, len(PAYLOADS), 8):
        look_into(checked, f"sheet{number // 8}", path="pages")
    look_into(checked, "gasket", kind="csv")
    look_into(checked, "Raw", kind="html")
    look_into(checked, "Grommet", path="![x](http:")
    evil = SHORT.format(host="127.0.0.1:9")
    page = ana.open("/search", q=evil, source=evil, kind=evil, path=evil, since="2025-01-01")
    page.get_by_text("I expected another document").click()
    page.get_by_label("Its title, file name or path").fill(evil)
    page.keyboard.press("Enter")
    checked.look("a search for a payload")


def look_into(checked: Checked, words: str, **filters: str) -> None:
    ana = checked.visitor
    page = ana.open("/search", q=words, **filters)
    page.get_by_role("list", name="Results").get_by_role("button").first.click()
    ana.dialog.get_by_role("region", name="Text of the document").wait_for()
    checked.look(f"dialog of {words}")


def look_at_admin(checked: Checked) -> None:
    checked.visitor.open("/admin")
    for section in SECTIONS:
        checked.visitor.section(section)
        checked.look(f"admin: {section}")


def look_at_answers(checked: Checked, app: Served, questions: list[str], reasons: list[str]) -> None:
    """Ask everything in one conversation, rate it, and look at it all."""
    ana = Program(app=app, person="ana")
    thread, claims = "", 0
    for question, reason in zip(questions, reasons, strict=True):
        answered = ana.ask(question, thread)
        thread, claims = answered["thread"], claims + len(answered["claims"])
        if answered["search_ids"]:
            word = {"search_id": answered["search_ids"][0], "ask_id": answered["ask_id"], "reason": reason}
            ana.call("POST", "/api/feedback", {"action": "thumb_down", **word})
    assert claims > len(questions) / 2, "most were answered"
    page = checked.visitor.open("/", thread=thread)
    expect(checked.visitor.actions).to_have_count(len(questions), timeout=2 * PATIENCE)
    checked.look("a conversation")
    checked.visitor.chip().hover()
    checked.look("a tip")
    for step in page.get_by_text(re.compile("search(es)? in")).all()[:3]:
        step.click()
    checked.look("steps")
    checked.visitor.chip().click()
    checked.visitor.dialog.wait_for()
    checked.look("a passage")
    checked.visitor.open("/feedback")
    page.get_by_role("button", name=re.compile("^Show")).click()
    checked.look("my feedback")


def test_the_trap_catches_whom_nothing_holds_back(browser: Browser, trap: Trap) -> None:
    page = browser.new_context().new_page()
    html = "".join(written(trap.url)[at] for at in (40, 41, 44, 46, 47))
    page.set_content(f"<body>{html}")
    page.wait_for_timeout(500)
    caught = {path[:4] for path in trap.visits}
    assert {"/p41", "/p42", "/p45", "/p47", "/p48"} <= caught, trap.visits
    assert len(page.evaluate(ELSEWHERE)) >= 6, "and this check sees where it would have gone"
    page.context.close()
    trap.visits.clear()


def test_there_are_enough_of_them() -> None:
    assert len(set(PAYLOADS)) >= 60


def test_what_documents_hold_stays_text(browser: Browser, infested: Path, trap: Trap) -> None:
    questions = [f"What is the torque of valve {name_of(number)}?" for number in NUMBERS]
    with served(infested) as app:
        ana = Checked(browser, app, trap, "ana")
        ana.visitor.open()
        ana.visitor.sees("Recently updated")
        ana.look("suggestions")
        look_at_searches(ana)
        look_at_answers(ana, app, questions, list(written(trap.url)))
        evil = SHORT.format(host=trap.host)
        ana.visitor.open()
        ana.visitor.begin(f"{evil} {written(trap.url)[40]}")
        ana.visitor.page.wait_for_url(re.compile("thread="))
        ana.look("a question")
        seen = ana.done()
        root = Checked(browser, app, trap, "root")
        look_at_admin(root)
        told = root.done()
    assert trap.host in told.replace("\u2060", ""), "admins saw payloads, with what keeps them from being links"
    shown = {number for number in NUMBERS if f"/p{number + 1}" in seen or name_of(number) in seen}
    assert len(shown) == len(PAYLOADS)
    assert len({number for number in NUMBERS if f"{trap.host}/p{number + 1}" in seen}) > 45, "to the letter"


def test_what_an_obedient_llm_writes_stays_text(browser: Browser, infested: Path, trap: Trap) -> None:
    payloads, llm = written(trap.url), LlmServer()

    def plan(call: Call) -> dict[str, object]:
        asked = call.prompt.strip().splitlines()[-1].removeprefix("user: ")[:300]
        evil = SHORT.format(host=trap.host)
        return {"intent": "question", "standalone": asked, "questions": [asked, evil], "ask_back": "", "narrow": []}

    def obey(call: Call) -> str:
        number = int((re.findall(r"valve v(\d+)x\?", call.prompt) or ["0"])[-1])
        return f"The torque of valve {name_of(number)} is {12 + number} newton [1]. {payloads[number]} [1]"

    llm.on("You prepare searches", answers(plan)).on("breaks", fails(500, " ".join(payloads[40:44])), times=6)
    llm.on("every valve", says(lambda call: "The torque of valve v00x is 12 newton [1].\n" + "\n\n".join(payloads)))
    llm.on("You answer a question", says(obey))
    llm.always(answers({"verdict": "sufficient", "supported": [1, 2, 3], "contradicted": []}))
    home = infested.parent / "obedient"
    copied(infested, home)
    with (home / "hone.toml").open("a", encoding="utf-8") as file:
        file.write(f'\n[llm]\nbase_url = "{llm.url}"\nmodel = "obedient"\ncontext_tokens = 32000\n')
    with served(home) as app:
        ana = Checked(browser, app, trap, "ana")
        look_at_answers(ana, app, [f"What is the torque of valve {name_of(n)}?" for n in NUMBERS], list(payloads))
        for question in ("Tell me of every valve v00x", "What breaks valve v00x?"):
            ana.visitor.open()
            ana.visitor.begin(question)
            ana.visitor.page.wait_for_url(re.compile("thread="))
            while ana.visitor.page.get_by_role("button", name="Retry").count() == 0:
                ana.look(f"while it answers {question}")
            ana.look(question)
        ana.done()
        root = Checked(browser, app, trap, "root")
        look_at_admin(root)
        root.done()
    llm.stop()
    assert sum("You answer a question" in call.prompt for call in llm.calls) > len(PAYLOADS) / 2
