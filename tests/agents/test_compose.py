"""The words around claims."""

import pytest

from agents.checking.check import read_claims
from agents.compose import in_lines
from agents.records import Claim
from tests.evidence import make_evidence

EVIDENCE = make_evidence("Laptops are replaced after 48 months instead of 36.", "Batteries are exchanged at month 30.")


@pytest.mark.parametrize(
    ("written", "put"),
    [
        ("One [1]. Two [2].", "One. [1] Two. [2]"),
        ("One [1].\nTwo [2].", "One. [1] Two. [2]"),
        ("One [1].\n\nTwo [2].", "One. [1]\n\nTwo. [2]"),
        ("Both [1]:\n- one [1].\n* two [2]. More [2].", "Both: [1]\n\n- one. [1]\n- two. [2] More. [2]"),
        ("1. one [1].\n2) two [2].\n\nDone [1].", "1. one. [1]\n2. two. [2]\n\nDone. [1]"),
    ],
)
def test_an_answer_keeps_its_lines_and_lists(written: str, put: str) -> None:
    assert in_lines(read_claims(written, EVIDENCE)) == put


def test_what_is_left_of_an_item_stays_an_item() -> None:
    claims = read_claims("- one [1].\n- two [2]. More [2].\n- three [1].", EVIDENCE)
    assert in_lines([claim for claim in claims if claim.text != "two."]) == "- one. [1]\n- More. [2]\n- three. [1]"


def test_quotes_of_several_lines_stand_apart() -> None:
    quotes = [Claim(text=text, citations=(), support="quoted") for text in ("a\nb", "c")]
    assert in_lines(quotes) == "a\nb\n\nc"
    assert in_lines([]) == ""
