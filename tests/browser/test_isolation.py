"""Several people at once, each at a browser of their own: nobody sees a word of another's."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visit
from tests.browser.visitor import PATIENCE

pytestmark = pytest.mark.browser

PEOPLE = ("nadia", "jo", "ravi", "tomas", "wei")
MARK = re.compile(r"mark[a-z]+mark")


def marked(person: str) -> str:
    return f"mark{person}mark"


def test_people_who_ask_at_the_same_moment_see_their_own(visit: Visit) -> None:
    visitors = [visit(person) for person in PEOPLE]
    for visitor in visitors:
        visitor.open()
    for turn in (1, 2):
        for visitor in visitors:
            visitor.begin(f"vpn keeps dropping at home, {marked(visitor.person)} {turn}")
        for visitor in visitors:
            expect(visitor.actions).to_have_count(turn, timeout=PATIENCE)
            visitor.settled()
    for visitor in visitors:
        assert set(MARK.findall(visitor.everything())) == {marked(visitor.person)}
        for path in ("/search", "/feedback"):
            visitor.open(path, q="vpn")
            assert set(MARK.findall(visitor.everything())) <= {marked(visitor.person)}
