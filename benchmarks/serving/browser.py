"""What somebody at a browser waits for, told by the frames that the page draws."""

import shutil
import statistics
import sys
import time
from collections.abc import Sequence
from urllib.parse import urlencode

import numpy as np
from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks.serving.questions import Question

PAINTS = 5
QUESTIONS = 24
BOX = '[data-testid="stChatInputTextArea"]'
ARGUMENTS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking")
# Gives the times of Enter, of the frame that shows what is being done, and of the frame that shows the answer.
WATCH = """() => { window.honeTimes = new Promise(done => {
  let enter, step;
  addEventListener("keydown", event => { if (event.key === "Enter") enter ??= performance.now(); }, {capture: true});
  const drawn = () => [...document.querySelectorAll('[class*="st-key-answer_"] *')]
    .some(one => one.shadowRoot?.querySelector(".root")?.childElementCount > 0);
  const look = () => {
    if (enter && document.querySelector('.st-key-hone_last [data-testid="stExpander"]')) step ??= performance.now();
    if (enter && drawn()) done([step - enter, performance.now() - enter]);
    else requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
}); }"""


GIVEN_UP = "Promise.race([window.honeTimes, new Promise(done => setTimeout(() => done([-1, -1]), 30000))])"


def measured_in_browser(url: str, asked: Sequence[Question]) -> dict[str, object]:
    """Open the page a few times, then ask in it, each time in a new conversation."""
    path = next(
        (found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))), ""
    )
    if not path:
        sys.exit("There is no Chromium here.\n  → apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(ARGUMENTS))
        paints = [paint(browser, url) for _ in range(PAINTS + 1)][1:]  # the first one fills the system's caches
        steps, answers = asking(browser, url, asked[:: max(1, len(asked) // QUESTIONS)][:QUESTIONS])
        browser.close()
    each = ", ".join(f"{one:.2f}" for one in paints)
    return {
        "first paint of Ask, s: median (all)": f"{statistics.median(paints):.2f} ({each})",
        "questions asked in the page": len(answers),
        "Enter → first step, ms: p50, p95": both(steps),
        "Enter → extractive answer, ms: p50, p95": both(answers),
    }


def paint(browser: Browser, url: str) -> float:
    """Time from the navigation until questions can be written, in a browser that was never here."""
    context = browser.new_context()
    page = context.new_page()
    began = time.perf_counter()
    page.goto(address(url, "nadia"), wait_until="commit")
    page.locator(BOX).wait_for()
    took = time.perf_counter() - began
    context.close()
    return took


def asking(browser: Browser, url: str, asked: Sequence[Question]) -> tuple[list[float], list[float]]:
    """Ask one question after another, as people who have had the page open for a while."""
    steps: list[float] = []
    answers: list[float] = []
    page = browser.new_context().new_page()
    for number, question in enumerate(asked):
        step, answer = ask(page, address(url, question.person), question.text)
        if number:  # the first one loads what every later one finds
            steps.append(step)
            answers.append(answer)
    return steps, answers


def ask(page: Page, where: str, question: str) -> tuple[float, float]:
    page.goto(where)
    page.locator(BOX).wait_for()
    page.wait_for_timeout(300)
    page.locator(BOX).fill(question)
    page.evaluate(WATCH)
    page.locator(BOX).press("Enter")
    step, answer = page.evaluate(GIVEN_UP)
    if answer < 0:
        sys.exit(f"There was no answer to {question!r} at {page.url}: {page.locator('main').inner_text()[-600:]}")
    return step, answer


def address(url: str, person: str) -> str:
    return f"{url}/?{urlencode({'as': person})}"


def both(milliseconds: Sequence[float]) -> str:
    """Write the median and what one in twenty waits longer for."""
    p50, p95 = np.quantile(milliseconds, (0.5, 0.95))
    return f"{p50:.0f}, {p95:.0f}"
