"""Finds a Chromium and starts it for tests."""

import shutil
from collections.abc import Generator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome")
ARGUMENTS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking")


def find_chromium() -> str | None:
    """Give the path of the first Chromium there is."""
    return next((found for name in NAMES if (found := shutil.which(name))), None)


@contextmanager
def started() -> Generator[Browser]:
    """Start a Chromium, or skip the test where there is none."""
    path = find_chromium()
    if path is None:
        pytest.skip(f"there is no Chromium here: none of {', '.join(NAMES)} is on the path (apt-get install chromium)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(ARGUMENTS))
        yield browser
        browser.close()
